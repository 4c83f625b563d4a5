//! Every metric there is, in one table: what it counts, and whose it is. `docs/METRICS.md` is written from it.
//!
//! Named `bellwether_<area>_<what>_<unit>`; a counter ends in `_total`. Labels take few values: services, sections,
//! levels, universes of the running market (at most [`UNIVERSES`]). Every metric is there from the start, at zero: a
//! rule on one that comes into being with its first failure would miss that.

use self::{
    Kind::{Counter, Gauge, Histogram},
    Of::{Fold, Gateway, Process},
};
use std::fmt::Write as _;

/// Universes that get a label of their own.
pub const UNIVERSES: usize = 64;

/// Seconds that times are sorted by.
pub const BUCKETS: [f64; 14] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// How a metric moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Only up, from 0 at the start of the process.
    Counter,
    /// Up and down.
    Gauge,
    /// Times sorted into buckets.
    Histogram,
}

/// Who has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    /// Every process.
    Process,
    /// Services that fold a log into another: the scanner and the workers.
    Fold,
    /// The gateway.
    Gateway,
}

/// One metric.
#[derive(Debug, Clone, Copy)]
pub struct Meter {
    /// As Prometheus sees it.
    pub name: &'static str,
    /// How it moves.
    pub kind: Kind,
    /// Who has it.
    pub of: Of,
    /// Its label and the values that are there from the start.
    pub label: Option<(&'static str, &'static [&'static str])>,
    /// What it says.
    pub says: &'static str,
}

const fn meter(of: Of, kind: Kind, name: &'static str, says: &'static str) -> Meter {
    Meter { name, kind, of, label: None, says }
}

const fn labelled(meter: Meter, label: &'static str, values: &'static [&'static str]) -> Meter {
    Meter { label: Some((label, values)), ..meter }
}

/// The service itself; filled in when it begins.
const SERVICE: &str = "service";

/// All of them.
pub const METERS: &[Meter] = &[
    labelled(
        meter(Process, Counter, "bellwether_log_lines_total", "Log lines written."),
        "level",
        &["info", "warn", "error"],
    ),
    labelled(
        meter(
            Process,
            Counter,
            "bellwether_log_lines_dropped_total",
            "Log lines that did not reach the broker; standard error has them.",
        ),
        "reason",
        &["full", "refused"],
    ),
    labelled(
        meter(Fold, Counter, "bellwether_events_folded_total", "Events folded and their results stored."),
        SERVICE,
        &[],
    ),
    labelled(
        meter(Fold, Counter, "bellwether_events_rejected_total", "Events refused; REJECTS holds them with the reason."),
        SERVICE,
        &[],
    ),
    labelled(
        meter(
            Fold,
            Counter,
            "bellwether_determinism_alarms_total",
            "Results found stored with other bytes than were computed. Anything but 0 is an alarm.",
        ),
        SERVICE,
        &[],
    ),
    labelled(
        meter(Fold, Histogram, "bellwether_events_fold_seconds", "Time to fold an event and store its result."),
        SERVICE,
        &[],
    ),
    labelled(
        meter(
            Fold,
            Gauge,
            "bellwether_service_lag_events",
            "Events of the source not folded yet, on the track furthest behind.",
        ),
        SERVICE,
        &[],
    ),
    labelled(meter(Fold, Gauge, "bellwether_service_tracks_count", "Lanes and universes it works on."), SERVICE, &[]),
    labelled(
        meter(Fold, Gauge, "bellwether_service_troubled_state", "1 while the service is not well, else 0."),
        SERVICE,
        &[],
    ),
    meter(Gateway, Gauge, "bellwether_gateway_streams", "Streams open to browsers."),
    meter(Gateway, Counter, "bellwether_gateway_streams_refused_total", "Streams refused because there are too many."),
    meter(
        Gateway,
        Counter,
        "bellwether_gateway_stuck_streams_total",
        "Streams closed because their client took nothing for a minute.",
    ),
    meter(
        Gateway,
        Counter,
        "bellwether_gateway_connections_refused_total",
        "Connections refused because there are too many.",
    ),
    meter(
        Gateway,
        Counter,
        "bellwether_gateway_paced_total",
        "Requests refused because their client sent more than it may.",
    ),
    meter(Gateway, Counter, "bellwether_gateway_timed_out_total", "Requests that took too long to come or to answer."),
    meter(Gateway, Counter, "bellwether_gateway_refused_tokens_total", "Tries to sign in with a wrong access token."),
    meter(Gateway, Counter, "bellwether_gateway_frames_total", "Results sent to clients."),
    meter(Gateway, Counter, "bellwether_gateway_client_errors_total", "Errors that pages have reported."),
    meter(Gateway, Counter, "bellwether_gateway_unreadable_total", "Stored results that could not be read."),
    meter(Gateway, Counter, "bellwether_gateway_log_lines_unreadable_total", "Messages in LOGS that are no log lines."),
    meter(
        Gateway,
        Histogram,
        "bellwether_gateway_scan_to_result_seconds",
        "Time from a scan being stored to a result of it being at the gateway.",
    ),
    labelled(
        meter(
            Gateway,
            Gauge,
            "bellwether_gateway_section_live_state",
            "1 while the section's log is followed, else 0.",
        ),
        "section",
        &[],
    ),
    meter(Gateway, Gauge, "bellwether_gateway_services_down_count", "Services that are down, or silent for 10 s."),
    labelled(
        meter(
            Gateway,
            Gauge,
            "bellwether_gateway_missing_sessions",
            "Sessions that should be scanned by the exchange's calendar and are not.",
        ),
        "universe",
        &[],
    ),
    labelled(
        meter(Gateway, Gauge, "bellwether_gateway_coverage_ratio", "Share of the universe the newest scan could see."),
        "universe",
        &[],
    ),
    labelled(
        meter(
            Gateway,
            Gauge,
            "bellwether_gateway_stream_used_ratio",
            "Share of a stream's room that is used; it refuses writes at 1.",
        ),
        "stream",
        &[],
    ),
];

/// Says what every metric is, so that `/metrics` does.
pub(crate) fn describe() {
    for meter in METERS {
        match meter.kind {
            Counter => metrics::describe_counter!(meter.name, meter.says),
            Gauge => metrics::describe_gauge!(meter.name, meter.says),
            Histogram => metrics::describe_histogram!(meter.name, meter.says),
        }
    }
}

/// Brings the metrics of `of` into being, at zero, for `service`.
pub fn begin(of: Of, service: &'static str) {
    for meter in METERS.iter().filter(|meter| meter.of == of || meter.of == Process) {
        match meter.label {
            None => zero(meter, None),
            Some((SERVICE, _)) => zero(meter, Some((SERVICE, service))),
            Some((label, values)) => values.iter().for_each(|value| zero(meter, Some((label, *value)))),
        }
    }
}

fn zero(meter: &Meter, label: Option<(&'static str, &'static str)>) {
    let labels: Vec<_> =
        label.map(|(name, value)| metrics::Label::from_static_parts(name, value)).into_iter().collect();
    match meter.kind {
        Counter => metrics::counter!(meter.name, labels).absolute(0),
        Gauge => metrics::gauge!(meter.name, labels).increment(0.0),
        // It has no word for "none yet"; it is described from the start and there with the first event.
        Histogram => drop(metrics::histogram!(meter.name, labels)),
    }
}

/// The text of `docs/METRICS.md`.
pub fn document() -> String {
    let mut text = String::from(
        "# Metrics\n\n<!-- Written from services/harness/src/meters.rs: BELLWETHER_BLESS=1 cargo test -p bellwether-harness meters -->\n\n\
         Every process answers `GET /metrics` in Prometheus' text format: the gateway on its own port, every other service on its ops\n\
         port (`bellwether ps` shows them). Names are `bellwether_<area>_<what>_<unit>`; counters end in `_total` and start at 0 with the\n\
         process; times are histograms in seconds. Labels take few values, so the number of series is bounded.\n",
    );
    for (of, title) in
        [(Process, "Of every process"), (Fold, "Of the scanner and the workers"), (Gateway, "Of the gateway")]
    {
        let _ = write!(text, "\n## {title}\n\n| metric | kind | label | what it says |\n|---|---|---|---|\n");
        for meter in METERS.iter().filter(|meter| meter.of == of) {
            let kind = format!("{:?}", meter.kind).to_lowercase();
            let label = meter.label.map_or(String::new(), |(label, _)| format!("`{label}`"));
            let _ = writeln!(text, "| `{}` | {kind} | {label} | {} |", meter.name, meter.says);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_the_scheme_and_the_document_is_up_to_date() {
        let units = ["_total", "_seconds", "_events", "_count", "_state", "_ratio", "_bytes", "_sessions", "_streams"];
        for meter in METERS {
            assert!(meter.name.starts_with("bellwether_"), "{}", meter.name);
            assert!(units.iter().any(|unit| meter.name.ends_with(unit)), "{} has no unit", meter.name);
            assert_eq!(meter.kind == Counter, meter.name.ends_with("_total"), "{}", meter.name);
        }
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/METRICS.md");
        if std::env::var_os("BELLWETHER_BLESS").is_some() {
            std::fs::write(path, document()).unwrap();
        }
        let written = std::fs::read_to_string(path).unwrap_or_default();
        assert_eq!(
            written,
            document(),
            "docs/METRICS.md is old: BELLWETHER_BLESS=1 cargo test -p bellwether-harness meters"
        );
    }

    #[test]
    fn the_rules_of_prometheus_speak_of_metrics_there_are() {
        let rules = std::fs::read_to_string(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../docs/deploy/observe/bellwether.rules.yml"
        ));
        let rules = rules.unwrap();
        let words = rules.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let named: Vec<_> = words.filter(|word| word.starts_with("bellwether_")).collect();
        assert!(named.len() > 9);
        for name in named {
            assert!(METERS.iter().any(|meter| meter.name == name), "{name}");
        }
    }
}

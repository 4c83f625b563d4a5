//! What is told to every client once a second: how sections and services are, a few figures, and new log lines.
//!
//! Put together once for all, and only when something has changed. Figures that drift all the time (ages, percentiles)
//! are told each second to a few clients and every fifth to many.

use super::Ops;
use crate::{
    api,
    server::Shared,
    vector::{Mark, tag},
};
use bellwether_harness::meters::UNIVERSES;
use bellwether_schemas::ops::{Condition, ServiceStatus};
use serde_json::{Map, Value, json};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::time::MissedTickBehavior;

/// Time between two looks.
const PERIOD: Duration = Duration::from_secs(1);
/// With more clients than this, drift is told every [`SELDOM`] looks.
const FEW: usize = 100;
const SELDOM: u64 = 5;
/// Streams and sessions are looked after every so many looks.
const SURVEY: u64 = 15;
/// Log lines of one tick.
pub(crate) const LINES: usize = 200;

/// What has been told.
#[derive(Debug, Default)]
struct Told {
    links: Option<u64>,
    services: Vec<ServiceStatus>,
    metrics: Value,
    epoch: String,
    log: u64,
    looks: u64,
}

/// Tells what there is at once, and what changes until the gateway stops.
pub(crate) fn start(app: &Arc<Shared>) {
    let mut told = Told::default();
    if let Some((full, changes)) = told.next(app, false) {
        app.ticks.publish(&full, &changes, told.mark());
    }
    tokio::spawn(run(app.clone(), told));
}

async fn run(app: Arc<Shared>, mut told: Told) {
    let mut changed = app.board().watch();
    let mut period = tokio::time::interval(PERIOD);
    period.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let look = tokio::select! {
            _ = period.tick() => true,
            // A link that is lost or found is told at once.
            Ok(()) = changed.changed() => false,
            () = app.shutdown.cancelled() => return,
        };
        if look {
            sample(&app);
            if told.looks.is_multiple_of(SURVEY) {
                let app = app.clone();
                tokio::spawn(async move { survey(&app).await });
            }
        } else if told.links == Some(app.board().links_version()) {
            continue;
        }
        if let Some((full, changes)) = told.next(&app, look) {
            app.ticks.publish(&full, &changes, told.mark());
        }
    }
}

fn sample(app: &Shared) {
    let (ops, now) = (&app.backend.ops, (app.now)());
    let services = ops.services.at(Instant::now());
    let known = super::meter::Known {
        lag: services.iter().filter_map(|status| status.lag).max(),
        rejected: services.iter().map(|status| status.rejected).sum(),
        sse_clients: app.clients(),
        errors_per_minute: ops.logs.count_since(bellwether_schemas::ops::Level::Error, now, 60),
    };
    ops.meter.sample(now, known);
    let down = services.iter().filter(|status| status.status == Condition::Down).count();
    metrics::gauge!("bellwether_gateway_services_down_count").set(down as f64);
    for section in app.board().sections() {
        let live = f64::from(u8::from(section.link_name() == "live"));
        metrics::gauge!("bellwether_gateway_section_live_state", "section" => section.name.to_string()).set(live);
    }
}

/// What changes with sessions, not with seconds.
async fn survey(app: &Shared) {
    for (universe, missing, coverage) in api::missing_sessions(app).into_iter().take(UNIVERSES) {
        let label = || universe.clone();
        metrics::gauge!("bellwether_gateway_missing_sessions", "universe" => label()).set(missing as f64);
        if let Some(share) = coverage {
            metrics::gauge!("bellwether_gateway_coverage_ratio", "universe" => label()).set(share);
        }
    }
    let Some(inspect) = &app.backend.ops.inspect else { return };
    for stream in inspect.look().await.streams {
        if let Some(used) = stream.used {
            metrics::gauge!("bellwether_gateway_stream_used_ratio", "stream" => stream.stream).set(used);
        }
    }
}

impl Told {
    /// All there is to tell but log lines, and what is new, those included; `None` when nothing is.
    fn next(&mut self, app: &Shared, look: bool) -> Option<(Value, Value)> {
        let ops = &app.backend.ops;
        let mut changes = Map::new();
        let links = app.board().links_version();
        let health = || json!(api::section_health(app));
        if self.links.replace(links) != Some(links) {
            changes.insert("health".to_owned(), health());
        }
        if look {
            self.looks += 1;
            let drift = app.clients() <= FEW || self.looks.is_multiple_of(SELDOM);
            self.figures(ops, drift, &mut changes);
            self.lines(ops, &mut changes);
        }
        if changes.is_empty() {
            return None;
        }
        let full = json!({
            "health": health(),
            "services": services(&self.services),
            "metrics": self.metrics,
        });
        Some((full, Value::Object(changes)))
    }

    fn figures(&mut self, ops: &Ops, drift: bool, changes: &mut Map<String, Value>) {
        let now = ops.services.at(Instant::now());
        let steady = |all: &[ServiceStatus]| all.iter().map(without_drift).collect::<Vec<_>>();
        if (drift && now != self.services) || steady(&now) != steady(&self.services) {
            changes.insert("services".to_owned(), services(&now));
            self.services = now;
        }
        let metrics = ops.meter.newest().map_or(Value::Null, |sample| {
            let mut metrics = json!(sample);
            if let Some(fields) = metrics.as_object_mut() {
                fields.remove("time");
            }
            metrics
        });
        if drift && metrics != self.metrics {
            changes.insert("metrics".to_owned(), metrics.clone());
            self.metrics = metrics;
        }
    }

    fn lines(&mut self, ops: &Ops, changes: &mut Map<String, Value>) {
        let epoch = ops.logs.epoch();
        if epoch != self.epoch {
            (self.epoch, self.log) = (epoch, 0);
        }
        let head = ops.logs.head();
        if head <= self.log {
            return;
        }
        // More than fit in a tick are read by `GET /logs`; the newest are told.
        let new = ops.logs.between(self.log, head, LINES);
        changes.insert("logs".to_owned(), new.iter().map(|line| value(&line.json)).collect());
        self.log = head;
    }

    /// The newest line that has been told.
    fn mark(&self) -> Option<Mark> {
        (self.log > 0).then(|| Mark { epoch: tag(&self.epoch), revision: self.log })
    }
}

fn value(json: &[u8]) -> Value {
    serde_json::from_slice(json).unwrap_or_default()
}

/// As the page takes them.
pub(crate) fn services(all: &[ServiceStatus]) -> Value {
    json!(all)
}

/// What is worth telling at once.
fn without_drift(status: &ServiceStatus) -> ServiceStatus {
    ServiceStatus {
        p50_ms: None,
        p95_ms: None,
        last_event_age_seconds: None,
        folded: 0,
        lag: status.lag.map(|lag| lag.min(1)),
        ..status.clone()
    }
}

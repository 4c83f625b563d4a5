//! The report as tables.

use super::{Line, Load, Report};
use crate::bench::stats::Spread;

/// Lines for the terminal.
pub(super) fn lines(report: &Report) -> Vec<String> {
    let mut lines = head(report);
    lines.push(String::new());
    lines.push(format!("{:<30}{}{:>17}{:>17}", "µs, one scan at a time", columns(), "p50 by round", "p99 by round"));
    lines.extend(report.measured.iter().map(|line| {
        let (p50, p99) = (span(line.spread(|all| all.p50), 0), span(line.spread(|all| all.p99), 0));
        format!("{}{p50:>17}{p99:>17}", row(line))
    }));
    lines.push(String::new());
    lines.push(format!("{:<30}{:>9}{:>17}{:>9}{:>17}", "times the floor", "p50", "by round", "p99", "by round"));
    lines.extend(report.measured.iter().filter_map(|line| {
        let ratio = line.to_floor?;
        let (p50, p99) = (span(Some(ratio.p50_rounds), 2), span(Some(ratio.p99_rounds), 2));
        Some(format!("{:<30}{:>9.2}{p50:>17}{:>9.2}{p99:>17}", line.name, ratio.p50, ratio.p99))
    }));
    for (title, part) in
        [("µs since publishing, listened to", &report.inside), ("µs of computing alone", &report.compute)]
    {
        lines.push(String::new());
        lines.push(format!("{title:<30}{}", columns()));
        lines.extend(part.iter().map(row));
    }
    lines
}

fn head(report: &Report) -> Vec<String> {
    let environment = &report.environment;
    let results: Vec<_> = environment.result_bytes.iter().map(|(name, bytes)| format!("{name} {bytes}")).collect();
    let (low, high) = report.scan_bytes.unwrap_or_default();
    vec![
        format!(
            "bellwether {}, nats-server {} (sync {}), {} cores, load {} before and {} after",
            environment.bellwether,
            environment.nats_server,
            environment.sync,
            environment.cores,
            load(environment.load_before),
            load(environment.load_after),
        ),
        format!(
            "{} scans of {} symbols, {low} to {high} bytes, {:.1} hits each; results: {} bytes",
            report.scans,
            environment.symbols,
            report.hits_per_scan,
            results.join(", ")
        ),
        format!(
            "{} scans to warm up, {} ms of rest before each, client streams: {}",
            environment.warm_up, environment.pause_ms, environment.streams
        ),
    ]
}

fn columns() -> String {
    ["p50", "p90", "p99", "max"].iter().map(|name| format!("{name:>9}")).collect()
}

fn row(line: &Line) -> String {
    let all = line.all;
    let figures: String = [all.p50, all.p90, all.p99, all.max].iter().map(|time| format!("{time:>9.0}")).collect();
    format!("{:<30}{figures}", line.name)
}

fn span(spread: Option<Spread>, digits: usize) -> String {
    spread.map(|spread| format!("{:.digits$} – {:.digits$}", spread.low, spread.high)).unwrap_or_default()
}

fn load(load: Load) -> String {
    load.0.map_or_else(|| "unknown".to_owned(), |[one, ..]| format!("{one:.2}"))
}

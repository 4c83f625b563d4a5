use super::connect;
use crate::{
    broker::child,
    cli,
    data::DataDir,
    say::{print, say},
    supervisor::record::{self, Entry, Record, State},
};
use anyhow::{Context, Result};
use bellwether_harness::Bus;
use futures::StreamExt;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, time::Duration};
use tokio::time::timeout;

/// After so long without a further answer, all services have answered.
const SILENCE: Duration = Duration::from_millis(300);

/// A service as it presents itself on the bus.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Announced {
    name: String,
    version: String,
    #[serde(default)]
    metadata: BTreeMap<String, String>,
}

#[derive(Debug, Serialize)]
struct Report {
    /// What `up` runs on this data directory.
    supervised: Option<Record>,
    /// What answers on the bus, on any machine.
    services: Vec<Announced>,
}

/// Shows what runs.
pub(crate) async fn ps(args: cli::Ps) -> Result<()> {
    let data = args.broker.data()?;
    let supervised = record::read(&data.processes()).ok().map(|record| seen_now(record, &data));
    // Even a record that is up to date does not say who we are to the broker.
    child::running(&data)?;
    let given = args.broker.wish().url;
    let url = given.clone().or_else(|| supervised.as_ref().and_then(|record| record.broker.clone()));
    let services = match url {
        None => Vec::new(),
        Some(url) => match announced(&url).await {
            Ok(services) => services,
            Err(error) if given.is_some() => return Err(error),
            Err(error) => {
                say(&format!("the bus cannot be asked: {error:#}"));
                Vec::new()
            }
        },
    };
    let report = Report { supervised, services };
    if args.json {
        print(&serde_json::to_string_pretty(&report)?);
    } else {
        table(&report, Timestamp::now()).iter().for_each(|line| print(line));
    }
    Ok(())
}

/// A record outlives an `up` that was killed; what it says to run does not.
fn seen_now(mut record: Record, data: &DataDir) -> Record {
    if !record::is_kept(&data.processes()) {
        (record.broker, record.dashboard) = (child::running(data).ok().flatten().map(|info| info.url), None);
        for entry in record.processes.iter_mut().filter(|entry| entry.state != State::Stopped) {
            (entry.state, entry.pid) = (State::Stopped, None);
            entry.last_exit = Some("its supervisor is gone".to_owned());
        }
    }
    record
}

async fn announced(url: &str) -> Result<Vec<Announced>> {
    let bus: Bus = connect(url, "ps").await?;
    let client = bus.client();
    let inbox = client.new_inbox();
    let mut answers = client.subscribe(inbox.clone()).await?;
    client.publish_with_reply("$SRV.INFO", inbox, bytes::Bytes::new()).await?;
    let mut services = Vec::new();
    while let Ok(Some(answer)) = timeout(SILENCE, answers.next()).await {
        // Without a responder the server answers itself, with an empty body.
        if !answer.payload.is_empty() {
            services.push(serde_json::from_slice(&answer.payload).context("an answer to $SRV.INFO")?);
        }
    }
    services.retain(|service: &Announced| service.name.starts_with("bellwether-"));
    services.sort_by(|a, b| (&a.name, a.metadata.get("instance")).cmp(&(&b.name, b.metadata.get("instance"))));
    Ok(services)
}

fn table(report: &Report, now: Timestamp) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(record) = &report.supervised {
        if let Some(dashboard) = &record.dashboard {
            lines.push(format!("dashboard {dashboard}"));
        }
        lines.push(format!(
            "{:<12} {:<8} {:>8} {:>8} {:>10}  {}",
            "NAME", "STATE", "PID", "RESTARTS", "SINCE", "LAST EXIT"
        ));
        lines.extend(record.processes.iter().map(|entry| row(entry, now)));
    }
    if !report.services.is_empty() {
        lines.push(format!("{:<20} {:<10} {:<16} {:<8} {}", "ON THE BUS", "VERSION", "INSTANCE", "PID", "OPS"));
    }
    for service in &report.services {
        let of = |name| service.metadata.get(name).map_or("-", String::as_str);
        let (instance, pid, ops) = (of("instance"), of("pid"), of("ops"));
        lines.push(format!("{:<20} {:<10} {instance:<16} {pid:<8} {ops}", service.name, service.version));
    }
    if lines.is_empty() {
        lines.push("nothing runs here; `bellwether up` starts everything".to_owned());
    }
    lines
}

fn row(entry: &Entry, now: Timestamp) -> String {
    let state = match entry.state {
        State::Running => "running",
        State::Waiting => "waiting",
        State::Stopped => "stopped",
    };
    let pid = entry.pid.map_or_else(|| "-".to_owned(), |pid| pid.to_string());
    let since = span(now.duration_since(entry.since));
    let exit = entry.last_exit.as_deref().unwrap_or("-");
    format!("{:<12} {state:<8} {pid:>8} {:>8} {since:>10}  {exit}", entry.name, entry.restarts)
}

fn span(span: SignedDuration) -> String {
    match span.as_secs() {
        seconds if seconds < 100 => format!("{seconds} s"),
        seconds if seconds < 6_000 => format!("{} min", seconds / 60),
        seconds if seconds < 360_000 => format!("{} h", seconds / 3600),
        seconds => format!("{} d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_says_who_died_of_what_and_who_answers() {
        let since: Timestamp = "2026-11-20T10:00:00Z".parse().unwrap();
        let entry = Entry {
            name: "regime".to_owned(),
            state: State::Running,
            pid: Some(71),
            restarts: 2,
            since,
            last_exit: Some("signal 9".to_owned()),
            command: "x".to_owned(),
        };
        let record = Record {
            supervisor: 1,
            since,
            broker: None,
            dashboard: Some("http://x".to_owned()),
            processes: vec![entry],
        };
        let metadata = BTreeMap::from([("pid".to_owned(), "71".to_owned())]);
        let service = Announced { name: "bellwether-regime".to_owned(), version: "0.1.0".to_owned(), metadata };
        let report = Report { supervised: Some(record), services: vec![service] };
        let lines = table(&report, since + SignedDuration::from_mins(3)).join("\n");
        for part in
            ["dashboard http://x", "regime       running        71        2      3 min  signal 9", "bellwether-regime"]
        {
            assert!(lines.contains(part), "{part:?} in\n{lines}");
        }
        let nothing = table(&Report { supervised: None, services: Vec::new() }, since);
        assert!(nothing[0].contains("bellwether up"));
    }
}

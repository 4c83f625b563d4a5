//! The broker: whether it is there, new enough, safe on a power cut, and holds the streams as they should be.

use super::Finding;
use crate::{
    broker::{self, Wish},
    data::DataDir,
    registry,
    supervisor::record::Record,
};
use bellwether_harness::{
    Bus, Connect, inspect,
    redact::redact,
    topology::{self, Plan},
};
use std::time::Duration;
use tokio::{net::TcpStream, time::timeout};

const LIMIT: Duration = Duration::from_secs(5);
/// A scan of 20,000 symbols fits.
const PAYLOAD: usize = 1 << 20;
/// Ages are shown in seconds.
const CLOCKS: Duration = Duration::from_secs(2);
/// While there is time.
const FULL: f64 = 0.8;

pub(super) async fn look(wish: &Wish, data: &DataDir, running: Option<&Record>) -> Vec<Finding> {
    let url = wish.url.clone().or_else(|| running.and_then(|record| record.broker.clone()));
    let Some(url) = url else {
        let cure = "bellwether up starts one; bellwether fetch-broker finds or fetches the program";
        return vec![Finding::doubtful("broker", "none runs for this data folder, so it could not be looked at", cure)];
    };
    let bus = match connect(&url).await {
        Ok(bus) => bus,
        Err(finding) => return vec![finding],
    };
    let mut findings = vec![version(&url, &bus), payload(&bus), sync(data, running.is_some() && wish.url.is_none())];
    findings.push(clocks(&bus).await);
    findings.extend(streams(&bus).await);
    findings
}

async fn connect(url: &str) -> Result<Bus, Finding> {
    let shown = redact(url).into_owned();
    let first = url.split(',').next().unwrap_or_default();
    let host = first.rsplit("://").next().unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default().trim_end_matches('/').to_owned();
    let host = if host.contains(':') { host } else { format!("{host}:4222") };
    if let Err(error) =
        timeout(LIMIT, TcpStream::connect(&host)).await.map_err(anyhow::Error::from).and_then(|r| Ok(r?))
    {
        let cure = "start it, or give its address with --nats; bellwether up starts one of its own";
        return Err(Finding::wrong("broker", format!("nobody listens at {shown}: {error}"), cure));
    }
    let options = Connect { url: url.to_owned(), name: "bellwether-doctor".to_owned() };
    bellwether_harness::connect(&options).await.map_err(|error| {
        let cure = "look at the user, the key and the certificates that the broker asks for";
        Finding::wrong("broker", format!("{shown} listens and does not let us in: {error:#}"), cure)
    })
}

fn version(url: &str, bus: &Bus) -> Finding {
    let version = bus.client().server_info().version;
    match broker::check(url, &version) {
        Ok(()) => Finding::good("broker", format!("nats-server {version}")),
        Err(error) => {
            Finding::wrong("broker", format!("{error:#}"), "take a newer nats-server; bellwether fetch-broker gets one")
        }
    }
}

fn payload(bus: &Bus) -> Finding {
    match bus.max_payload() {
        bytes if bytes < PAYLOAD => {
            let cure = "set max_payload: 8MB in its configuration; scans of large universes do not fit otherwise";
            Finding::wrong("max_payload", format!("{bytes} bytes"), cure)
        }
        bytes => Finding::good("max_payload", format!("{bytes} bytes")),
    }
}

fn sync(data: &DataDir, own: bool) -> Finding {
    if !own {
        let cure = "see that its configuration says jetstream { sync_interval: always }: the default can lose minutes, or a stream";
        return Finding::doubtful("power cut", "another's broker does not tell when it syncs its disk", cure);
    }
    let text = std::fs::read_to_string(data.broker_conf()).unwrap_or_default();
    if text.contains("sync_interval: always") {
        return Finding::good("power cut", "every message is on disk before it counts (sync_interval: always)");
    }
    let cure = "set sync_interval: always in the jetstream block, and restart the broker";
    Finding::wrong("power cut", "what is stored may not be on disk for two minutes", cure)
}

async fn clocks(bus: &Bus) -> Finding {
    let cure = "let both machines set their clocks by NTP; ages are wrong by this much otherwise";
    match inspect::clock_difference(bus).await {
        Err(error) => Finding::doubtful("clocks", format!("the broker's cannot be read: {error:#}"), cure),
        Ok(apart) if apart.unsigned_abs() > CLOCKS => {
            Finding::wrong("clocks", format!("the broker's is {:.1} s off ours", apart.as_secs_f64()), cure)
        }
        Ok(apart) => Finding::good("clocks", format!("the broker's is {:.3} s off ours", apart.as_secs_f64())),
    }
}

async fn streams(bus: &Bus) -> Vec<Finding> {
    let mut findings = Vec::new();
    let plan = Plan::standard(&registry::workers());
    match topology::compare(bus, &plan).await {
        Err(error) => {
            let cure = "let this user ask $JS.API.STREAM.INFO.*";
            return vec![Finding::wrong("streams", format!("cannot be asked for: {error:#}"), cure)];
        }
        Ok(differences) => {
            let count = plan.streams().len();
            if differences.is_empty() {
                findings.push(Finding::good("streams", format!("all {count} are as they should be")));
            }
            findings.extend(differences.into_iter().map(|(stream, difference)| match difference {
                None => Finding::wrong("streams", format!("{stream} is missing"), "bellwether init makes it"),
                Some(differences) => {
                    let cure =
                        "nothing is changed by itself; put the settings back, or start anew under another data folder";
                    Finding::wrong("streams", format!("{stream}: {differences}"), cure)
                }
            }));
        }
    }
    if let Ok(found) = inspect::streams(bus).await {
        let full = found.streams.iter().filter(|stream| !stream.forgets).filter_map(|stream| {
            let used = stream.bytes as f64 / stream.limit? as f64;
            (used > FULL).then(|| (stream.name.clone(), used))
        });
        findings.extend(full.map(|(name, used)| {
            let cure = "raise its max_bytes (nats stream edit); when it is full it refuses, and the services hold";
            Finding::doubtful("streams", format!("{name} has used {:.0} % of its room", used * 100.0), cure)
        }));
    }
    findings
}

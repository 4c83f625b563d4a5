//! Everything is killed while everything runs: two copies of each service, one broker, one gateway with its clients.

use super::Setting;
use crate::{
    dice::Dice,
    feed,
    fleet::Fleet,
    node::{Node, signal_to, size_of},
    record::{Record, WORKERS, complete, rejects, undisturbed, universe, until},
};
use anyhow::{Context as _, Result, ensure};
use bellwether_harness::Bus;
use bellwether_schemas::Key;
use bellwether_tests::{Clients, free_port};
use rustix::process::Signal;
use std::{fmt::Write as _, time::Duration};

const POINTS: [&str; 4] = ["received", "put-sent", "put-stored", "batch-half-sent"];
/// Schedules tried for a shorter one that fails, too.
const SHRINKS: usize = 6;

#[derive(Debug, Clone)]
enum Fault {
    /// SIGKILL to one of the services, and where the one after it is to end itself.
    Service(u64, Option<String>),
    Gateway,
    Broker(Signal),
    /// SIGSTOP for so many seconds.
    StopService(u64, u64),
    StopGateway(u64),
    StopBroker(u64),
}

fn schedule(setting: &Setting, dice: &mut Dice) -> Vec<Fault> {
    let profile = &setting.profile;
    let mut faults = Vec::new();
    for _ in 0..profile.service_kills {
        let crash = (dice.below(4) > 0).then(|| {
            let point = POINTS[dice.below(POINTS.len() as u64) as usize];
            format!("{point}:{}", if point == "batch-half-sent" { 1 } else { dice.within(1, 30) })
        });
        faults.push(Fault::Service(dice.below(1 << 32), crash));
    }
    faults.extend((0..profile.gateway_kills).map(|_| Fault::Gateway));
    let signals = [Signal::KILL, Signal::TERM];
    faults.extend((0..profile.broker_kills).map(|kill| Fault::Broker(signals[kill as usize % 2])));
    for stop in 0..profile.stops {
        let seconds = dice.within(6, profile.stop_seconds.max(6));
        faults.push(match stop % 5 {
            0 | 3 => Fault::StopService(dice.below(1 << 32), seconds),
            1 | 4 => Fault::StopBroker(seconds),
            _ => Fault::StopGateway(seconds),
        });
    }
    dice.shuffle(&mut faults);
    faults
}

pub(super) async fn run(setting: &Setting, mut dice: Dice) -> Result<String> {
    let profile = &setting.profile;
    let records = undisturbed(&setting.binary, profile.universes, profile.sessions, &[]).await?;
    let faults = schedule(setting, &mut dice);
    match disturbed(setting, &records, &faults).await {
        Ok(report) => Ok(report),
        Err(error) => Err(error.context(shrunk(setting, &records, faults).await)),
    }
}

/// The shortest schedule found that still fails, as text. The processes are not bound to fail again.
async fn shrunk(setting: &Setting, records: &[Record], mut faults: Vec<Fault>) -> String {
    for _ in 0..SHRINKS {
        let (first, second) = faults.split_at(faults.len() / 2);
        let (first, second) = (first.to_vec(), second.to_vec());
        if disturbed(setting, records, &first).await.is_err() {
            faults = first;
        } else if disturbed(setting, records, &second).await.is_err() {
            faults = second;
        } else {
            break;
        }
    }
    let mut text = format!("a schedule of {} faults fails", faults.len());
    for fault in faults.iter().take(60) {
        // A String takes everything.
        let _ = write!(text, "\n  {fault:?}");
    }
    text
}

async fn disturbed(setting: &Setting, records: &[Record], faults: &[Fault]) -> Result<String> {
    let profile = &setting.profile;
    let mut node = Node::single().await?;
    let mut fleet = Fleet::new(&setting.binary, &node.url(), &node.folder, &[]);
    fleet.command(&["init"])?;
    fleet.chain(2)?;
    let address = format!("127.0.0.1:{}", free_port());
    let mut gateway = Fleet::new(&setting.binary, &node.url(), &node.folder, &[("BELLWETHER_LISTEN", &address)]);
    gateway.add("gateway", "gateway".to_owned(), &[])?;
    let keys: Vec<_> = (1..=profile.universes).map(universe).collect();
    let bus = node.bus().await?;
    let path = format!("/api/v2/stream?universe={}", keys[0].universe());
    let clients = Clients::start(profile.clients, &address, &path);
    let feeds: Vec<_> = keys
        .iter()
        .zip(records)
        .map(|(key, record)| feed::start(node.url(), key.clone(), record.bars.clone()))
        .collect();
    let total = profile.universes * profile.sessions as u64;
    let mut sizes = Sizes::default();
    for (number, fault) in (1..).zip(faults) {
        until(&bus, &keys, total * number / (faults.len() as u64 + 2), &mut fleet).await?;
        gateway.revive()?;
        strike(fault, &mut node, &mut fleet, &mut gateway).await.with_context(|| format!("{fault:?}"))?;
        sizes.look(&node, &fleet);
    }
    for feed in feeds {
        feed.await??;
    }
    complete(&bus, &keys, profile.sessions as u64, &mut fleet).await?;
    gateway.revive()?;
    clients.all_equal(&bus, &keys[0], &WORKERS).await;
    let messages = compare(&bus, &keys, records, profile.sessions).await?;
    let alarms = fleet.alarms();
    ensure!(alarms.is_empty(), "alarms: {alarms:?}");
    Ok(format!(
        "{total} scans, {messages} messages the same; {} services killed and {} ended at a point, {} faults in all; \
         {} clients hold what the buckets hold; {sizes}",
        fleet.kills,
        fleet.deaths,
        faults.len(),
        profile.clients,
    ))
}

async fn strike(fault: &Fault, node: &mut Node, fleet: &mut Fleet, gateway: &mut Fleet) -> Result<()> {
    let one_of = |fleet: &Fleet, draw: u64| {
        let running = fleet.running();
        running[draw as usize % running.len()]
    };
    match fault {
        Fault::Service(draw, crash) => {
            let at = one_of(fleet, *draw);
            fleet.kill(at, crash.as_deref())
        }
        Fault::Gateway => gateway.kill(0, None),
        Fault::Broker(signal) => node.restart(*signal).await,
        Fault::StopService(draw, seconds) => {
            let at = one_of(fleet, *draw);
            let pid = fleet.stop(at);
            go_on(pid, *seconds);
            fleet.members[at].stopped = false;
            Ok(())
        }
        Fault::StopGateway(seconds) => {
            let pid = gateway.stop(0);
            go_on(pid, *seconds);
            gateway.members[0].stopped = false;
            Ok(())
        }
        Fault::StopBroker(seconds) => {
            node.signal(Signal::STOP);
            tokio::time::sleep(Duration::from_secs(*seconds)).await;
            node.signal(Signal::CONT);
            Ok(())
        }
    }
}

/// Meanwhile the others go on; if it is killed before, the signal reaches nobody.
fn go_on(pid: u32, seconds: u64) {
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        signal_to(Some(pid), Signal::CONT);
    });
}

async fn compare(bus: &Bus, keys: &[Key], records: &[Record], sessions: usize) -> Result<usize> {
    let mut messages = 0;
    for (key, undisturbed) in keys.iter().zip(records) {
        let found = Record::read(bus, key).await?;
        found.compare(undisturbed, sessions).with_context(|| key.to_string())?;
        messages += found.messages();
        for service in ["scanner"].into_iter().chain(WORKERS) {
            let rejected = rejects(bus, key, service).await?;
            ensure!(rejected.is_empty(), "{service} rejected {rejected:?} of {key}");
        }
    }
    Ok(messages)
}

/// How large the broker and the largest service became.
#[derive(Default)]
struct Sizes {
    broker: (u64, usize),
    service: String,
}

impl Sizes {
    fn look(&mut self, node: &Node, fleet: &Fleet) {
        if let Some(size) = node.pid().and_then(size_of) {
            self.broker = (self.broker.0.max(size.0), self.broker.1.max(size.1));
        }
        self.service = fleet.sizes();
    }
}

impl std::fmt::Display for Sizes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "broker at most {} MB, {} files; {}", self.broker.0, self.broker.1, self.service)
    }
}

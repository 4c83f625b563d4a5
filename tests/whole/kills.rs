//! Kill anything at any time: nothing lost, nothing twice, the same bytes at the end.
//!
//! The short form runs the made-up market. `BELLWETHER_TEST_FULL=1` takes 1,510 sessions of real bars, 200 kills of
//! services and 10 of the broker.

use crate::{
    WORKERS,
    processes::{Process, command, succeed},
};
use bellwether_harness::{Bus, history};
use bellwether_schemas::{Key, names};
use bellwether_tests::{Broker, eventually_async, shared_data};
use std::{path::PathBuf, process::Stdio, time::Duration};

const PATIENCE: Duration = Duration::from_secs(300);

/// What is imported, and how often something dies meanwhile.
struct Plan {
    universe: &'static str,
    sessions: u64,
    arguments: Vec<String>,
    service_kills: u64,
    broker_kills: u64,
}

impl Plan {
    fn chosen() -> Self {
        let full = std::env::var_os("BELLWETHER_TEST_FULL").is_some();
        match shared_data().filter(|_| full) {
            Some(data) => Self::real(&data),
            None => Self {
                universe: "sample",
                sessions: 1260,
                arguments: vec!["import".to_owned(), "--sample".to_owned()],
                service_kills: 60,
                broker_kills: 3,
            },
        }
    }

    fn real(data: &std::path::Path) -> Self {
        let path = |path: PathBuf| path.to_str().expect("a path of text").to_owned();
        let bars = path(data.join("us-broad/daily.csv.zst"));
        let benchmarks = path(data.join("indexes.csv.zst"));
        let arguments = ["import", &bars, "--universe", "us_broad", "--benchmarks", &benchmarks, "--adjusted"];
        Self {
            universe: "us_broad",
            sessions: 1510,
            arguments: arguments.map(str::to_owned).to_vec(),
            service_kills: 200,
            broker_kills: 10,
        }
    }

    fn import(&self) -> Vec<&str> {
        self.arguments.iter().map(String::as_str).collect()
    }

    fn key(&self) -> Key {
        Key::live(self.universe).expect("a key")
    }
}

/// Every log of a universe: where it is, and the ordinal and body of each of its messages.
type Record = Vec<(String, Vec<(Option<u64>, bytes::Bytes)>)>;

fn logs(key: &Key) -> Vec<(String, String)> {
    let bucket = |worker: &str| (names::bucket_stream(worker), names::state_subject(worker, key));
    let shared =
        [(names::BARS.to_owned(), names::bars_subject(key)), (names::SCANS.to_owned(), names::scan_subject(key))];
    shared.into_iter().chain(WORKERS.map(bucket)).collect()
}

async fn record(bus: &Bus, key: &Key) -> Record {
    let mut record = Vec::new();
    for (stream, subject) in logs(key) {
        let entries = history::range(bus, &stream, &subject, 1, usize::MAX).await.expect("the whole log");
        record.push((stream, entries.into_iter().map(|entry| (entry.ordinal, entry.body)).collect()));
    }
    record
}

async fn reached(bus: &Bus, key: &Key, worker: &str) -> u64 {
    let last = history::last(bus, &names::bucket_stream(worker), &names::state_subject(worker, key)).await;
    last.ok().flatten().and_then(|entry| entry.ordinal).unwrap_or(0)
}

async fn all_folded(bus: &Bus, plan: &Plan) {
    let key = plan.key();
    for worker in WORKERS {
        eventually_async(&format!("{worker} has folded all sessions"), PATIENCE, async || {
            (reached(bus, &key, worker).await >= plan.sessions).then_some(())
        })
        .await;
    }
}

async fn undisturbed(plan: &Plan) -> Record {
    let broker = Broker::start();
    succeed(&broker, &["init"]);
    let services = ["scanner"].into_iter().chain(WORKERS);
    let _services: Vec<_> = services.map(|service| Process::start(&broker, service)).collect();
    succeed(&broker, &plan.import());
    let bus = broker.bus().await;
    all_folded(&bus, plan).await;
    record(&bus, &plan.key()).await
}

/// The next number of a fixed row: which one dies is arbitrary, but the same in every run.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *state >> 33
}

async fn disturbed(plan: &Plan) -> Record {
    let mut broker = Broker::start();
    succeed(&broker, &["init"]);
    // Two copies of each worker at once are a normal case.
    let services = WORKERS.into_iter().chain(WORKERS).chain(["gateway", "scanner"]);
    let mut processes: Vec<_> = services.map(|service| Process::start(&broker, service)).collect();
    let mut import =
        command(&broker, &plan.import()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("start the import");
    let bus = broker.bus().await;
    let mut seed = 7;
    let every = plan.service_kills / plan.broker_kills;
    for kill in 1..=plan.service_kills {
        let due = plan.sessions * kill / (plan.service_kills + 1);
        eventually_async(&format!("breadth reaches {due}"), PATIENCE, async || {
            (reached(&bus, &plan.key(), "breadth").await >= due).then_some(())
        })
        .await;
        let victim = next(&mut seed) as usize % processes.len();
        processes[victim].kill_and_restart(&broker);
        if kill % every == 0 {
            broker.kill();
            broker.spawn();
        }
    }
    all_folded(&bus, plan).await;
    assert!(import.wait().expect("the import's end").success(), "the import outlives the broker");
    record(&bus, &plan.key()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_services_and_brokers_leave_the_same_bytes() {
    let plan = Plan::chosen();
    let (expected, found) = (undisturbed(&plan).await, disturbed(&plan).await);
    for ((stream, expected), (_, found)) in expected.iter().zip(&found) {
        let ordinals: Vec<_> = found.iter().map(|(ordinal, _)| *ordinal).collect();
        let row: Vec<_> = (1..=plan.sessions).map(Some).collect();
        assert_eq!(ordinals, row, "{stream}: every ordinal once, in order");
        let differing = expected.iter().zip(found).find(|(expected, found)| expected != found);
        assert!(differing.is_none(), "{stream}: other bytes at ordinal {:?}", differing.map(|(entry, _)| entry.0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn importing_twice_changes_nothing() {
    let broker = Broker::start();
    succeed(&broker, &["init"]);
    succeed(&broker, &["import", "--sample"]);
    let (bus, key) = (broker.bus().await, Key::live("sample").expect("a key"));
    let before = record(&bus, &key).await;
    succeed(&broker, &["import", "--sample"]);
    assert!(before == record(&bus, &key).await);
}

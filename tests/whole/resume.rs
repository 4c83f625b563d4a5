//! Clients of the stream outlive everything behind it: each ends with what the buckets hold, and none goes back.

use crate::processes::{Process, succeed};
use bellwether_harness::{Bus, history};
use bellwether_schemas::{Key, Stored, codec, names};
use bellwether_tests::{Broker, Events, eventually_async, free_port};
use serde::de::IgnoredAny;
use serde_json::{Map, Value};
use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::task::JoinSet;

const WORKERS: [&str; 2] = ["regime", "breadth"];
const PATIENCE: Duration = Duration::from_secs(120);

/// What a client holds, and what it went through.
#[derive(Debug, Clone, Default)]
struct Held {
    parts: BTreeMap<(String, String), Part>,
    id: Option<String>,
    resets: usize,
    /// Events since the last reset or connection.
    fresh: usize,
    violations: Vec<String>,
}

#[derive(Debug, Clone)]
struct Part {
    epoch: Value,
    revision: u64,
    ordinal: u64,
    value: Value,
}

impl Held {
    fn apply(&mut self, event: bellwether_tests::Event) {
        if !event.id.is_empty() {
            self.id = Some(event.id);
        }
        match event.name.as_str() {
            "reset" => self.forget(event.data["section"].as_str()),
            "snapshot" => self.take(&event.data),
            _ => {}
        }
    }

    fn forget(&mut self, section: Option<&str>) {
        self.resets += 1;
        self.parts.retain(|(held, _), _| section.is_some_and(|section| section != held));
    }

    fn take(&mut self, data: &Value) {
        let text = |name: &str| data[name].as_str().unwrap_or_default().to_owned();
        let part = Part {
            epoch: data["epoch"].clone(),
            revision: data["revision"].as_u64().unwrap_or_default(),
            ordinal: data["scan"]["ordinal"].as_u64().unwrap_or_default(),
            value: data["value"].clone(),
        };
        let slot = (text("section"), text("part"));
        if let Some(before) = self.parts.get(&slot)
            && before.epoch == part.epoch
            && before.revision > part.revision
        {
            self.violations.push(format!("{slot:?} went from revision {} to {}", before.revision, part.revision));
        }
        self.fresh += 1;
        self.parts.insert(slot, part);
    }

    /// Whether it holds exactly these parts with these values.
    fn equals(&self, record: &Record) -> bool {
        self.parts.len() == record.len()
            && self.parts.iter().all(|(slot, part)| record.get(slot) == Some(&(part.ordinal, part.value.clone())))
    }
}

/// Newest ordinal and value of every part, read from the buckets.
type Record = BTreeMap<(String, String), (u64, Value)>;

async fn record(bus: &Bus) -> Record {
    let key = Key::live("sample").expect("a key");
    let mut record = Record::new();
    for worker in WORKERS {
        let last = history::last(bus, &names::bucket_stream(worker), &names::state_subject(worker, &key)).await;
        let Ok(Some(entry)) = last else { continue };
        let stored: Stored<Map<String, Value>, IgnoredAny> = codec::decode(&entry.body).expect("a stored value");
        for (part, value) in stored.parts.into_iter().flatten() {
            record.insert((worker.to_owned(), part), (stored.scan.ordinal, value));
        }
    }
    record
}

/// Clients that come back whenever the stream ends.
struct Clients {
    held: Vec<Arc<Mutex<Held>>>,
    _tasks: JoinSet<()>,
}

impl Clients {
    fn start(count: usize, address: &str) -> Self {
        let held: Vec<Arc<Mutex<Held>>> = (0..count).map(|_| Arc::default()).collect();
        let mut tasks = JoinSet::new();
        for held in held.iter().cloned() {
            tasks.spawn(follow(address.to_owned(), held));
        }
        Self { held, _tasks: tasks }
    }

    fn each<T>(&self, read: impl Fn(&mut Held) -> T) -> Vec<T> {
        self.held.iter().map(|held| read(&mut held.lock().expect("a client that did not panic"))).collect()
    }

    /// Waits until every client has heard something new.
    async fn all_hear(&self) {
        self.each(|held| held.fresh = 0);
        eventually_async("every client hears something", PATIENCE, async || {
            self.each(|held| held.fresh > 0).into_iter().all(|heard| heard).then_some(())
        })
        .await;
    }

    async fn all_equal(&self, bus: &Bus) {
        eventually_async("every client holds what the buckets hold", PATIENCE, async || {
            let record = record(bus).await;
            let complete = WORKERS.iter().all(|worker| record.keys().any(|(section, _)| section == worker));
            (complete && self.each(|held| held.equals(&record)).into_iter().all(|equal| equal)).then_some(())
        })
        .await;
        let violations: Vec<_> = self.each(|held| held.violations.clone()).concat();
        assert!(violations.is_empty(), "{violations:?}");
    }
}

async fn follow(address: String, held: Arc<Mutex<Held>>) {
    let lock = || held.lock().expect("a client that did not panic");
    loop {
        let id = lock().id.clone();
        let mut events = eventually_async("the gateway is back", PATIENCE, async || {
            Events::open(&address, "/api/v2/stream", id.as_deref()).await.ok()
        })
        .await;
        while let Ok(Some(event)) = events.next().await {
            lock().apply(event);
        }
    }
}

/// Scanner, workers and a gateway on a port that stays the same.
struct Chain {
    _services: Vec<Process>,
    gateway: Process,
    address: String,
}

impl Chain {
    fn start(broker: &Broker) -> Self {
        succeed(broker, &["init"]);
        let services = ["scanner"].into_iter().chain(WORKERS).map(|service| Process::start(broker, service)).collect();
        let address = format!("127.0.0.1:{}", free_port());
        let gateway = Process::start_with(broker, "gateway", &["--listen", &address]);
        Self { _services: services, gateway, address }
    }
}

/// A market that goes on quickly.
fn market(broker: &Broker) -> Process {
    Process::start_with(broker, "sample", &["--sample-pace", "0.02"])
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_clients_outlive_thirty_kills_of_the_gateway_and_three_of_the_broker() {
    let mut broker = Broker::start();
    let mut chain = Chain::start(&broker);
    let mut market = market(&broker);
    let clients = Clients::start(50, &chain.address);
    for kill in 1..=30 {
        clients.all_hear().await;
        chain.gateway.kill_and_restart(&broker);
        if kill % 10 == 0 {
            clients.all_hear().await;
            broker.kill();
            broker.spawn();
        }
    }
    clients.all_hear().await;
    market.kill();
    clients.all_equal(&broker.bus().await).await;
}

#[expect(clippy::disallowed_methods, reason = "what the product never does, somebody else may do")]
async fn delete(bus: &Bus, worker: &str) {
    bus.js().delete_stream(names::bucket_stream(worker)).await.expect("delete the bucket");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_that_was_made_anew_is_a_reset_and_never_silence() {
    let broker = Broker::start();
    let chain = Chain::start(&broker);
    let mut market = market(&broker);
    let clients = Clients::start(3, &chain.address);
    clients.all_hear().await;
    market.kill();
    let bus = broker.bus().await;
    clients.all_equal(&bus).await;
    let before = clients.each(|held| held.resets);
    delete(&bus, "regime").await;
    succeed(&broker, &["init"]);
    eventually_async("every client is told to forget", PATIENCE, async || {
        let told = clients.each(|held| held.resets);
        told.iter().zip(&before).all(|(now, before)| now > before).then_some(())
    })
    .await;
    clients.all_equal(&bus).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_was_restored_to_an_older_state_is_a_reset_and_never_silence() {
    let mut broker = Broker::start();
    let chain = Chain::start(&broker);
    let mut market = market(&broker);
    let clients = Clients::start(3, &chain.address);
    clients.all_hear().await;
    broker.kill();
    let (store, backup) = (broker.folder().join("store"), broker.folder().join("backup"));
    copy(&store, &backup);
    broker.spawn();
    for _ in 0..20 {
        clients.all_hear().await;
    }
    market.kill();
    clients.all_equal(&broker.bus().await).await;
    let before = clients.each(|held| held.resets);
    broker.kill();
    fs::remove_dir_all(&store).expect("remove the store");
    fs::rename(&backup, &store).expect("restore the store");
    broker.spawn();
    eventually_async("every client is told to forget", PATIENCE, async || {
        let told = clients.each(|held| held.resets);
        told.iter().zip(&before).all(|(now, before)| now > before).then_some(())
    })
    .await;
    clients.all_equal(&broker.bus().await).await;
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder to copy") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        match entry.file_type().expect("its type").is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(fs::copy(entry.path(), target).expect("copy a file")),
        }
    }
}

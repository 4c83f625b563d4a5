//! Clients of the stream outlive everything behind it: each ends with what the buckets hold, and none goes back.

use crate::processes::{Process, succeed};
use bellwether_harness::Bus;
use bellwether_schemas::{Key, names};
use bellwether_tests::{Broker, Clients, eventually_async, free_port};
use std::{fs, path::Path, time::Duration};

const WORKERS: [&str; 2] = ["regime", "breadth"];
const STREAM: &str = "/api/v2/stream";
const PATIENCE: Duration = Duration::from_secs(120);

async fn all_equal(clients: &Clients, bus: &Bus) {
    clients.all_equal(bus, &Key::live("sample").expect("a key"), &WORKERS).await;
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
    let clients = Clients::start(50, &chain.address, STREAM);
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
    all_equal(&clients, &broker.bus().await).await;
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
    let clients = Clients::start(3, &chain.address, STREAM);
    clients.all_hear().await;
    market.kill();
    let bus = broker.bus().await;
    all_equal(&clients, &bus).await;
    let before = clients.each(|held| held.resets);
    delete(&bus, "regime").await;
    succeed(&broker, &["init"]);
    eventually_async("every client is told to forget", PATIENCE, async || {
        let told = clients.each(|held| held.resets);
        told.iter().zip(&before).all(|(now, before)| now > before).then_some(())
    })
    .await;
    all_equal(&clients, &bus).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_was_restored_to_an_older_state_is_a_reset_and_never_silence() {
    let mut broker = Broker::start();
    let chain = Chain::start(&broker);
    let mut market = market(&broker);
    let clients = Clients::start(3, &chain.address, STREAM);
    clients.all_hear().await;
    broker.kill();
    let (store, backup) = (broker.folder().join("store"), broker.folder().join("backup"));
    copy(&store, &backup);
    broker.spawn();
    for _ in 0..20 {
        clients.all_hear().await;
    }
    market.kill();
    all_equal(&clients, &broker.bus().await).await;
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
    all_equal(&clients, &broker.bus().await).await;
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

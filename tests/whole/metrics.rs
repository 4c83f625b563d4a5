//! What `/metrics` of a running product shows and what docs/METRICS.md says are the same.

use bellwether_harness::meters::METERS;
use bellwether_tests::{Product, eventually};
use serde_json::Value;
use std::{collections::BTreeSet, fs, time::Duration};

const LIMIT: Duration = Duration::from_secs(90);

fn documented() -> BTreeSet<String> {
    let text = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/METRICS.md")).expect("docs/METRICS.md");
    let names = text.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    names.map(str::to_owned).collect()
}

/// Names in what a process answers.
fn shown(text: &str) -> BTreeSet<String> {
    let names = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next());
    names.map(str::to_owned).collect()
}

fn of_service(address: &str) -> Option<String> {
    use std::io::{Read, Write};
    let mut link = std::net::TcpStream::connect(address).ok()?;
    link.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
    link.write_all(format!("GET /metrics HTTP/1.0\r\nHost: {address}\r\n\r\n").as_bytes()).ok()?;
    let mut text = String::new();
    link.read_to_string(&mut text).ok()?;
    Some(text)
}

/// Where the services' ops servers are, by the command lines they were started with.
fn ops_addresses(product: &Product) -> Vec<String> {
    let text = fs::read_to_string(product.data.join("run/processes.json")).expect("run/processes.json");
    let record: Value = serde_json::from_str(&text).expect("JSON");
    let commands = record["processes"].as_array().expect("processes").iter();
    let address = |command: &str| Some(command.split("--ops ").nth(1)?.split(' ').next()?.to_owned());
    commands.filter_map(|process| address(process["command"].as_str()?)).collect()
}

#[test]
fn every_metric_is_documented_and_every_documented_one_is_there() {
    let table: BTreeSet<_> = METERS.iter().map(|meter| meter.name.to_owned()).collect();
    assert_eq!(documented(), table, "BELLWETHER_BLESS=1 cargo test -p bellwether-harness meters");
    let data = tempfile::tempdir().expect("a folder");
    let product = Product::up(data.path(), &["--sample-pace", "0.2"]);
    let addresses = ops_addresses(&product);
    assert!(addresses.len() >= 6, "{addresses:?}");
    let mut missing = BTreeSet::new();
    eventually("every metric is shown", LIMIT, || {
        let mut all = shown(&product.get("/metrics")?);
        all.extend(addresses.iter().filter_map(|address| of_service(address)).flat_map(|text| shown(&text)));
        let unknown: Vec<_> = all.difference(&table).filter(|name| name.starts_with("bellwether_")).collect();
        assert!(unknown.is_empty(), "not in services/harness/src/meters.rs: {unknown:?}");
        let now: BTreeSet<_> = table.difference(&all).cloned().collect();
        if now != missing {
            eprintln!("still missing: {now:?}");
            missing = now;
        }
        missing.is_empty().then_some(())
    });

    // The page's way to the same product: services, figures and lines, live.
    let tick = runtime_tick(&product);
    for service in ["regime", "scanner", "gateway", "index"] {
        let found = tick["services"].as_array().expect("services").iter().find(|s| s["service"] == service);
        assert!(found.is_some_and(|found| found["pid"].is_u64() && found["version"].is_string()), "{service}: {tick}");
    }
    let line = product.json("/logs?service=regime&text=running&limit=1").expect("log lines");
    assert_eq!(line["lines"][0]["message"], "running", "{line}");
    let health = product.json("/health/detailed").expect("health");
    let streams = health["broker"]["streams"].as_array().expect("streams");
    assert!(streams.iter().any(|stream| stream["stream"] == "LOGS" && stream["discard"] == "old"), "{health}");
    let history = product.json("/api/status/metrics?minutes=1").expect("history");
    assert!(history["columns"]["time"].as_array().is_some_and(|times| !times.is_empty()), "{history}");
}

/// The first tick that speaks of all services.
fn runtime_tick(product: &Product) -> Value {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let told = async {
            let mut events =
                bellwether_tests::Events::open(&product.address, "/api/stream", None).await.expect("a stream");
            loop {
                let event = events.next().await.expect("a link").expect("an event");
                let all = event.data["services"].as_array().is_some_and(|services| services.len() >= 8);
                if event.name == "tick" && all {
                    return event.data;
                }
            }
        };
        tokio::time::timeout(LIMIT, told).await.expect("a tick of all services in time")
    })
}

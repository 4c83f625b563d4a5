//! `bellwether verify`: everything computed again, by another process, to the same bytes.

use crate::{
    WORKERS,
    processes::{Process, bellwether, succeed},
};
use bellwether_harness::history;
use bellwether_schemas::{Key, names};
use bellwether_tests::{Broker, eventually_async};
use serde_json::Value;
use std::time::Duration;

pub(crate) const SESSIONS: u64 = 1260;

/// A broker with the made-up market folded by every worker but `without`.
pub(crate) async fn folded(without: Option<&str>) -> Broker {
    let broker = Broker::start();
    succeed(&broker, &["init"]);
    let workers: Vec<_> = WORKERS.into_iter().filter(|&worker| Some(worker) != without).collect();
    let services = ["scanner"].into_iter().chain(workers.iter().copied());
    let _services: Vec<_> = services.map(|service| Process::start(&broker, service)).collect();
    succeed(&broker, &["import", "--sample"]);
    let (bus, key) = (broker.bus().await, Key::live("sample").expect("a key"));
    for worker in workers {
        eventually_async(&format!("{worker} has folded everything"), Duration::from_secs(120), async || {
            let last = history::last(&bus, &names::bucket_stream(worker), &names::state_subject(worker, &key)).await;
            (last.ok()??.ordinal == Some(SESSIONS)).then_some(())
        })
        .await;
    }
    broker
}

/// Exit code and what was printed.
fn verify(broker: &Broker, arguments: &[&str]) -> (i32, Value) {
    let output = bellwether(broker, &[&["verify", "--json"], arguments].concat());
    let report = serde_json::from_slice(&output.stdout);
    let report = report.unwrap_or_else(|_| Value::from(String::from_utf8_lossy(&output.stderr).into_owned()));
    (output.status.code().expect("an exit code"), report)
}

fn of<'a>(report: &'a Value, service: &str) -> &'a Value {
    let services = report["universes"][0]["services"].as_array().expect("services");
    services.iter().find(|tally| tally["service"] == service).expect("the service")
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_stored_is_what_comes_out_again_and_a_changed_rule_is_found_where_it_first_matters() {
    let broker = folded(None).await;
    let (code, report) = verify(&broker, &[]);
    assert_eq!((code, &report["identical"]), (0, &Value::Bool(true)), "{report}");
    for service in ["scanner"].iter().chain(&WORKERS) {
        let tally = of(&report, service);
        assert_eq!((&tally["checked"], &tally["identical"]), (&SESSIONS.into(), &SESSIONS.into()), "{service}");
        assert_eq!(tally["written_by"].as_object().map(|codes| codes.len()), Some(1), "{service}");
    }
    let (code, report) = verify(&broker, &["--set", "regime.confirm_scans=5", "--services", "regime,breadth"]);
    assert_eq!(code, 1);
    assert_eq!(of(&report, "breadth")["differing"], 0);
    let first = &of(&report, "regime")["first_difference"];
    let ordinal = first["ordinal"].as_u64().expect("an ordinal");
    assert!(first["fields"].as_array().is_some_and(|fields| !fields.is_empty()), "{first}");
    assert_eq!(first["untouched"], true);
    let before = (ordinal - 1).to_string();
    let (code, _) = verify(&broker, &["--set", "regime.confirm_scans=5", "--services", "regime", "--to", &before]);
    assert_eq!(code, 0, "nothing differs before scan {ordinal}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_that_is_not_there_is_named_and_a_range_is_what_is_compared() {
    let broker = folded(Some("timeframe")).await;
    let (code, report) = verify(&broker, &["--services", "timeframe,breadth", "--from", "1000", "--to", "1009"]);
    assert_eq!(code, 1);
    let timeframe = of(&report, "timeframe");
    assert_eq!((&timeframe["missing"], &timeframe["first_missing"]["ordinal"]), (&10.into(), &1000.into()));
    assert_eq!(of(&report, "breadth")["checked"], 10);
    let session = report["universes"][0]["services"][0]["first_missing"]["session"].as_str().expect("a session");
    let (code, report) = verify(&broker, &["--services", "breadth", "--from", session, "--to", session]);
    assert_eq!((code, &of(&report, "breadth")["checked"]), (0, &1.into()));
    assert_eq!(verify(&broker, &["--universe", "nobody"]).0, 2);
}

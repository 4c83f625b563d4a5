//! The way of a log line from a service to whoever reads LOGS.

use bellwether_harness::{Bus, ship, tail, telemetry, topology};
use bellwether_schemas::{
    names,
    ops::{Level, LogLine},
};
use bellwether_tests::Broker;
use std::time::Duration;
use tokio::{sync::mpsc::Receiver, time::timeout};

/// Only what the product itself says is shipped.
const SPEAKER: &str = "bellwether_regime";
const LIMIT: Duration = Duration::from_secs(20);
const QUIET: Duration = Duration::from_secs(2);

/// The next line; what the link does meanwhile is no line.
async fn next(heard: &mut Receiver<tail::Heard>) -> LogLine {
    loop {
        let heard = timeout(LIMIT, heard.recv()).await.expect("a line in time").expect("an open tail");
        if let tail::Heard::Message { body, .. } = heard {
            return serde_json::from_slice(&body).expect("a log line");
        }
    }
}

async fn line_saying(heard: &mut Receiver<tail::Heard>, message: &str) -> LogLine {
    loop {
        let line = next(heard).await;
        if line.message == message {
            return line;
        }
    }
}

async fn count(bus: &Bus) -> u64 {
    bus.js().get_stream(names::LOGS).await.expect("LOGS").cached_info().state.last_sequence
}

/// One test, since a process logs in one way.
#[tokio::test(flavor = "multi_thread")]
async fn lines_reach_the_stream_outlive_the_broker_and_make_no_lines_of_their_own() {
    let mut broker = Broker::start();
    let bus = broker.bus().await;
    topology::provision(&bus, &topology::Plan::standard(&[])).await.expect("streams");
    let guard = telemetry::init("regime", telemetry::LogFormat::Human).expect("logging");
    bellwether_harness::keep_secret("hunter2hunter2");
    tracing::info!(target: SPEAKER, scan = "sp500-2024-03-14", given = "hunter2hunter2", "before the link");
    ship(&bus, "regime#1");
    let mut heard = tail::tail(&bus, names::LOGS, 100);
    let line = line_saying(&mut heard, "before the link").await;
    assert_eq!((line.service.as_str(), line.instance.as_str(), line.level), ("regime", "regime#1", Level::Info));
    assert_eq!(line.scan.as_deref(), Some("sp500-2024-03-14"));
    assert!(serde_json::to_string(&line).expect("JSON").contains("[redacted]"), "{line:?}");

    // Written while the broker is away: kept, sent once it is back, once.
    broker.kill();
    for n in 0..50 {
        tracing::warn!(target: SPEAKER, n, "while the broker was away");
    }
    broker.spawn();
    for n in 0..50 {
        let line = line_saying(&mut heard, "while the broker was away").await;
        assert_eq!(line.fields["n"], bellwether_schemas::ops::Field::Int(n), "in order, none missing, none twice");
    }

    // What the link says of its own return comes and ends.
    let settled = async { while timeout(QUIET, heard.recv()).await.is_ok() {} };
    timeout(LIMIT, settled).await.expect("silence in the end");

    // Silence stays silence: what is said on the way is not said again.
    let before = count(&bus).await;
    let mut quiet = tail::tail(&bus, names::LOGS, 0);
    assert!(matches!(timeout(LIMIT, quiet.recv()).await, Ok(Some(tail::Heard::Reset { .. }))));
    assert!(timeout(QUIET, quiet.recv()).await.is_err(), "lines without a cause");
    assert_eq!(count(&bus).await, before);

    // A flood from a service whose broker is gone is bounded and does not stop it.
    broker.kill();
    let begun = std::time::Instant::now();
    for _ in 0..5_000 {
        tracing::info!(target: SPEAKER, "flood");
    }
    assert!(begun.elapsed() < LIMIT);
    broker.spawn();
    line_saying(&mut heard, "flood").await;
    // The queue is full until the broker takes lines again: one said now may be lost, one of the next is not.
    let end = async {
        loop {
            tracing::error!(target: SPEAKER, "the end");
            if next(&mut heard).await.message == "the end" {
                return;
            }
        }
    };
    timeout(LIMIT, end).await.expect("what is said after a flood arrives");
    guard.shutdown().await;
}

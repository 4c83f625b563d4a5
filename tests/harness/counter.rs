//! A small worker, and a service that runs it.

use bellwether_harness::{Bus, Entry, history, publish, service, topology};
use bellwether_schemas::{Assessment, Key, Scan, Stored, codec, fixture, names};
use bellwether_tests::eventually_async;
use bellwether_worker::{OnScan, Reject, Step, Worker};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Folds the net hits of every scan into a running sum, so that a missed or repeated scan shows in every later value.
pub(crate) struct Counter;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Sum {
    pub(crate) scans: u64,
    pub(crate) sum: i64,
}

impl Worker for Counter {
    const NAME: &'static str = "counter";
    const VERSION: u32 = 1;
    type Event = OnScan;
    type State = Sum;
    type Output = Sum;

    fn step(&self, state: Option<&Sum>, _: &OnScan, scan: &Scan) -> Result<Step<Sum, Sum>, Reject> {
        let before = state.cloned().unwrap_or(Sum { scans: 0, sum: 0 });
        let (long, short) = scan.hit_counts();
        let sum = before.sum.wrapping_mul(31) + i64::from(long) - i64::from(short);
        let after = Sum { scans: before.scans + 1, sum };
        Ok(Step { state: after.clone(), output: after, assessment: Assessment::of(scan) })
    }
}

pub(crate) fn key() -> Key {
    Key::live("u").expect("a key")
}

pub(crate) async fn provision(bus: &Bus) {
    topology::provision(bus, &topology::Plan::standard(&["counter"])).await.expect("streams");
}

/// A service in this process; dropping it is as good as a kill: it is cut off wherever it is.
pub(crate) struct Service(JoinHandle<()>);

impl Service {
    pub(crate) fn start(bus: Bus, instance: &str) -> Self {
        let context = service::Context {
            bus,
            instance: instance.to_owned(),
            version: "0.0.0".to_owned(),
            shutdown: CancellationToken::new(),
            ops: None,
        };
        Self(tokio::spawn(async move {
            service::run_worker(context, Counter, "test".to_owned()).await.expect("the service runs");
        }))
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.0.abort();
    }
}

pub(crate) fn scan(ordinal: u64) -> Scan {
    let hits = ((ordinal * 7 % 5) as u32, (ordinal * 3 % 4) as u32);
    fixture::with_hits(fixture::scan(ordinal, &fixture::moved(6, 4, 0)), hits.0, hits.1)
}

pub(crate) async fn publisher(bus: &Bus) -> publish::Publisher {
    let subject = names::scan_subject(&key());
    publish::Publisher::attach(bus, names::SCANS, &subject, &key(), "test").await.expect("publisher")
}

pub(crate) async fn publish(publisher: &mut publish::Publisher, count: u64) {
    for _ in 0..count {
        let scan = scan(publisher.next());
        let body = codec::encode(&scan).into();
        let message = publish::Numbered { schema: "scan/1", scan_id: Some(&scan.id), session: scan.session, body };
        publisher.put(&message).await.expect("publish");
    }
}

/// All results, once there are `count`.
pub(crate) async fn results(bus: &Bus, count: u64) -> Vec<Entry> {
    let (stream, subject) = (names::bucket_stream("counter"), names::state_subject("counter", &key()));
    eventually_async("every scan has its result", Duration::from_secs(60), async || {
        let last = history::last(bus, &stream, &subject).await.ok()??;
        (last.ordinal? >= count).then_some(())
    })
    .await;
    history::range(bus, &stream, &subject, 1, usize::MAX).await.expect("history")
}

/// What an undisturbed run gives.
pub(crate) fn expected(count: u64) -> Vec<Sum> {
    let mut state = None;
    (1..=count)
        .map(|ordinal| {
            let step = Counter.step(state.as_ref(), &OnScan, &scan(ordinal)).expect("a step");
            state = Some(step.state);
            step.output
        })
        .collect()
}

pub(crate) fn sum(entry: &Entry) -> Sum {
    let stored: Stored<Sum, Sum> = codec::decode(&entry.body).expect("a stored value");
    stored.parts.expect("a folded event")
}

pub(crate) fn assert_exact(entries: &[Entry], count: u64) {
    let ordinals: Vec<_> = entries.iter().filter_map(|entry| entry.ordinal).collect();
    assert_eq!(ordinals, (1..=count).collect::<Vec<_>>(), "every ordinal once, in order");
    assert_eq!(entries.iter().map(sum).collect::<Vec<_>>(), expected(count));
}

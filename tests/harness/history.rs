//! Reading the past of a log that others have put messages into.

use crate::counter::{key, provision, publish, publisher, scan};
use async_nats::HeaderMap;
use bellwether_harness::{Bus, history};
use bellwether_schemas::{codec, names};
use bellwether_tests::Broker;

const COUNT: u64 = 40;

async fn stray(bus: &Bus, ordinal: Option<u64>) {
    let mut headers = HeaderMap::new();
    if let Some(ordinal) = ordinal {
        headers.insert(names::header::ORDINAL, ordinal.to_string().as_str());
    }
    let body = codec::encode(&scan(1)).into();
    let sent = bus.js().publish_with_headers(names::scan_subject(&key()), headers, body).await.expect("publish");
    sent.await.expect("stored");
}

async fn ordinals(bus: &Bus, from: u64, limit: usize) -> Vec<u64> {
    let entries = history::row(bus, names::SCANS, &names::scan_subject(&key()), from, limit).await.expect("row");
    entries.iter().filter_map(|entry| entry.ordinal).collect()
}

async fn assert_row(bus: &Bus) {
    for from in 1..=COUNT {
        let expected: Vec<_> = (from..=COUNT).take(7).collect();
        assert_eq!(ordinals(bus, from, 7).await, expected, "from {from}");
    }
    assert_eq!(ordinals(bus, 0, 2).await, [1, 2]);
    assert!(ordinals(bus, COUNT + 1, 7).await.is_empty());
    let ends = history::ends(bus, names::SCANS, &names::scan_subject(&key())).await.expect("ends").expect("a row");
    assert_eq!((ends.first, ends.last), (1, COUNT));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_ordinal_is_found_among_strays() {
    let broker = Broker::start();
    let bus = broker.bus().await;
    provision(&bus).await;
    let mut publisher = publisher(&bus).await;
    publish(&mut publisher, COUNT / 2).await;
    // What a walk by halves would take for the middle of the log: no ordinal, one that jumps, one that comes again.
    for ordinal in [None, Some(9_999), Some(3), None, Some(COUNT - 1), None] {
        stray(&bus, ordinal).await;
    }
    publisher.refresh().await.expect("the end of the log");
    publish(&mut publisher, COUNT / 2).await;
    assert_row(&bus).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_ordinal_is_found_beside_other_keys() {
    let broker = Broker::start();
    let bus = broker.bus().await;
    provision(&bus).await;
    let mut publisher = publisher(&bus).await;
    for _ in 0..COUNT {
        publish(&mut publisher, 1).await;
        let other = names::scan_subject(&bellwether_schemas::Key::live("other").expect("a key"));
        bus.js().publish(other, "x".into()).await.expect("publish").await.expect("stored");
    }
    assert_row(&bus).await;
    let none = history::ends(&bus, names::SCANS, "scan.completed.live.none").await.expect("an answer");
    assert_eq!(none, None);
}

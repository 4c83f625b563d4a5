use crate::counter::{Service, assert_exact, provision, publish, publisher, results, scan};
use bellwether_harness::{Bus, history};
use bellwether_schemas::{Status, Stored, codec, names};
use bellwether_tests::{Broker, eventually_async, free_port};
use serde::de::IgnoredAny;
use std::time::Duration;

const COUNT: u64 = 300;

#[tokio::test(flavor = "multi_thread")]
async fn every_scan_has_one_result_in_order() {
    let broker = Broker::start();
    let bus = broker.bus().await;
    provision(&bus).await;
    let _service = Service::start(bus.clone(), "a");
    publish(&mut publisher(&bus).await, COUNT).await;
    let entries = results(&bus, COUNT).await;
    assert_exact(&entries, COUNT);
    assert!(entries.iter().all(|entry| entry.cause().is_some() && entry.header(names::header::ROOT).is_some()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_track_far_behind_stores_in_batches_and_the_bytes_are_the_same() {
    let broker = Broker::start();
    let bus = broker.bus().await;
    provision(&bus).await;
    publish(&mut publisher(&bus).await, COUNT).await;
    let _service = Service::start(broker.bus().await, "a");
    let entries = results(&bus, COUNT).await;
    assert_exact(&entries, COUNT);
    let batched = entries.iter().filter(|entry| entry.header("Nats-Batch-Id").is_some()).count();
    assert!(batched > COUNT as usize / 2, "only {batched} of {COUNT} came in batches");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_cut_off_again_and_again_loses_and_repeats_nothing() {
    let broker = Broker::start();
    let bus = broker.bus().await;
    provision(&bus).await;
    let (killer_bus, other) = (broker.bus().await, bus.clone());
    let publishing = tokio::spawn(async move { publish(&mut publisher(&other).await, COUNT).await });
    for life in 0..40 {
        let service = Service::start(killer_bus.clone(), &format!("life-{life}"));
        stored(&bus, COUNT * (life + 1) / 45).await;
        drop(service);
    }
    let _last = Service::start(bus.clone(), "last");
    publishing.await.expect("published");
    assert_exact(&results(&bus, COUNT).await, COUNT);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_brokers_one_that_answers_is_enough() {
    let broker = Broker::start();
    let url = format!("nats://127.0.0.1:{}, {}", free_port(), broker.url());
    let options = bellwether_harness::Connect { url, name: "one of two".to_owned() };
    bellwether_harness::connect(&options).await.expect("the one that is there");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_copies_agree_byte_for_byte() {
    let broker = Broker::start();
    let bus = broker.bus().await;
    provision(&bus).await;
    let _services = [Service::start(broker.bus().await, "a"), Service::start(broker.bus().await, "b")];
    publish(&mut publisher(&bus).await, COUNT).await;
    assert_exact(&results(&bus, COUNT).await, COUNT);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_broker_is_waited_for() {
    let mut broker = Broker::start();
    let bus = broker.bus().await;
    provision(&bus).await;
    let _services = [Service::start(broker.bus().await, "a"), Service::start(broker.bus().await, "b")];
    let publishing = bus.clone();
    let publishing = tokio::spawn(async move { publish(&mut publisher(&publishing).await, COUNT).await });
    for kill in 1..=4 {
        stored(&bus, COUNT * kill / 5).await;
        broker.kill();
        broker.spawn();
    }
    publishing.await.expect("published");
    assert_exact(&results(&bus, COUNT).await, COUNT);
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_past_our_numbering_are_kept_once_and_the_next_good_scan_goes_through() {
    let broker = Broker::start();
    let bus = broker.bus().await;
    provision(&bus).await;
    let services = [Service::start(broker.bus().await, "a"), Service::start(broker.bus().await, "b")];
    publish(&mut publisher(&bus).await, 3).await;
    let subject = names::scan_subject(&crate::counter::key());
    // Anybody may publish without an ordinal, with one that jumps, or with one that was there before.
    raw(&bus, &subject, None, b"not even MessagePack").await;
    raw(&bus, &subject, Some(99), &codec::encode(&scan(99))).await;
    raw(&bus, &subject, Some(2), &codec::encode(&scan(2))).await;
    let mut scans = publisher(&bus).await;
    assert_eq!(scans.next(), 4, "none of them moves the end of the row");
    publish(&mut scans, 3).await;
    assert_exact(&results(&bus, 6).await, 6);
    drop(services);
    // Another life, which meets them again, records none of them again.
    let _again = Service::start(broker.bus().await, "c");
    publish(&mut publisher(&bus).await, 1).await;
    assert_exact(&results(&bus, 7).await, 7);
    let subject = names::reject_subject("counter", &crate::counter::key());
    let kept = history::range(&bus, names::REJECTS, &subject, 1, 10).await.expect("rejects");
    let reasons: Vec<_> = kept.iter().filter_map(|entry| entry.header(names::header::REASON)).collect();
    assert_eq!(
        reasons,
        ["it carries no Bw-Ordinal", "its Bw-Ordinal is 99; expected 4", "its Bw-Ordinal is 2; expected 4"]
    );
}

/// Waits until so many results are stored.
async fn stored(bus: &Bus, count: u64) {
    let (stream, subject) = (names::bucket_stream("counter"), names::state_subject("counter", &crate::counter::key()));
    eventually_async(&format!("{count} results"), Duration::from_secs(60), async || {
        let last = history::last(bus, &stream, &subject).await.ok()?;
        (last.and_then(|entry| entry.ordinal).unwrap_or(0) >= count).then_some(())
    })
    .await;
}

async fn raw(bus: &Bus, subject: &str, ordinal: Option<u64>, body: &[u8]) {
    let mut headers = async_nats::HeaderMap::new();
    if let Some(ordinal) = ordinal {
        headers.insert(names::header::ORDINAL, ordinal.to_string());
    }
    let sent = bus.js().publish_with_headers(subject.to_owned(), headers, body.to_vec().into()).await;
    sent.expect("publish").await.expect("stored");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_truncated_scan_becomes_a_rejected_result_and_the_original_is_kept() {
    let broker = Broker::start();
    let bus = broker.bus().await;
    provision(&bus).await;
    let _services = [Service::start(broker.bus().await, "a"), Service::start(broker.bus().await, "b")];
    let mut scans = publisher(&bus).await;
    publish(&mut scans, 3).await;
    let whole = codec::encode(&scan(4));
    let cut = whole[..whole.len() / 2].to_vec();
    let session = scan(4).session;
    let body = cut.clone().into();
    let message = bellwether_harness::publish::Numbered { schema: "scan/1", scan_id: None, session, body };
    scans.put(&message).await.expect("publish");
    publish(&mut scans, 3).await;
    let entries = results(&bus, 7).await;
    let statuses: Vec<_> = entries.iter().map(|entry| status(&entry.body)).collect();
    let rejected = statuses.iter().filter(|status| **status == Status::Rejected).count();
    assert_eq!((statuses[3], rejected), (Status::Rejected, 1));
    let subject = names::reject_subject("counter", &crate::counter::key());
    let kept = history::range(&bus, names::REJECTS, &subject, 1, 10).await.expect("rejects");
    assert_eq!(kept.len(), 1, "two copies record it once");
    assert_eq!(kept[0].body, cut, "the original bytes");
    assert!(kept[0].header(names::header::REASON).is_some_and(|reason| reason.contains("body")));
}

fn status(body: &[u8]) -> Status {
    codec::decode::<Stored<IgnoredAny, IgnoredAny>>(body).expect("a stored value").status
}

fn life((copy, life): (&&str, u64)) -> String {
    format!(r#"{{"copy":"{copy}","life":"{life}"}}"#)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_on_which_three_processes_died_is_rejected_unseen() {
    let broker = Broker::start();
    let bus = broker.bus().await;
    provision(&bus).await;
    publish(&mut publisher(&bus).await, 3).await;
    // Three lives of this copy began to fold ordinal 1 and never finished. Three other copies are none of its lives.
    let marker = format!("{}.counter.{}", names::state_prefix(names::MARKERS), crate::counter::key());
    let lives: Vec<_> = ["d", "x", "d", "y", "d", "z"].iter().zip(0..).map(life).collect();
    raw(&bus, &marker, None, format!(r#"{{"ordinal":1,"lives":[{}]}}"#, lives.join(",")).as_bytes()).await;
    let _service = Service::start(bus.clone(), "d");
    let entries = results(&bus, 3).await;
    let statuses: Vec<_> = entries.iter().map(|entry| status(&entry.body)).collect();
    assert_eq!(statuses, [Status::Rejected, Status::Ok, Status::Ok]);
    let stored: Stored<IgnoredAny, IgnoredAny> = codec::decode(&entries[0].body).expect("a stored value");
    assert_eq!(stored.reason.as_deref(), Some("the worker died on this event 3 times"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreadable_own_state_stops_the_track() {
    let broker = Broker::start();
    let bus = broker.bus().await;
    provision(&bus).await;
    publish(&mut publisher(&bus).await, 2).await;
    let subject = names::state_subject("counter", &crate::counter::key());
    raw(&bus, &subject, Some(1), b"junk").await;
    let service = Service::start(bus.clone(), "a");
    let stream = names::bucket_stream("counter");
    // It must not write behind what it cannot read, however long it is watched.
    let watched = tokio::time::Instant::now();
    eventually_async("it was watched for a while", Duration::from_secs(10), async || {
        let last = history::last(&bus, &stream, &subject).await.ok()??;
        assert_eq!(last.sequence, 1, "nothing was written behind it");
        (watched.elapsed() > Duration::from_millis(800)).then_some(())
    })
    .await;
    drop(service);
}

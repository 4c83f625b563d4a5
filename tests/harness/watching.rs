use crate::counter::{provision, publish, publisher};
use bellwether_harness::watch::{Change, Watch, watch};
use bellwether_schemas::names;
use bellwether_tests::Broker;
use std::time::Duration;
use tokio::{sync::mpsc::Receiver, time::timeout};

fn scans() -> Watch {
    Watch { stream: names::SCANS.to_owned(), subjects: names::SCANS_SUBJECTS.to_owned(), headers_only: true }
}

async fn next(changes: &mut Receiver<Change>) -> Change {
    timeout(Duration::from_secs(20), changes.recv()).await.expect("a change in time").expect("an open watch")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_value_comes_first_and_then_every_change() {
    let broker = Broker::start();
    let bus = broker.bus().await;
    provision(&bus).await;
    let mut changes = watch(&bus, scans());
    assert!(matches!(next(&mut changes).await, Change::Reset { .. }));
    assert!(matches!(next(&mut changes).await, Change::Current), "an empty stream is complete at once");
    let mut scans = publisher(&bus).await;
    publish(&mut scans, 2).await;
    for expected in 1..=2 {
        let Change::Put(entry) = next(&mut changes).await else { panic!("not a put") };
        assert_eq!(entry.ordinal, Some(expected));
    }
    let mut late = watch(&bus, self::scans());
    assert!(matches!(next(&mut late).await, Change::Reset { .. }));
    let Change::Put(entry) = next(&mut late).await else { panic!("not a put") };
    assert_eq!((entry.ordinal, entry.body.len()), (Some(2), 0));
    assert!(matches!(next(&mut late).await, Change::Current));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restarted_broker_is_noticed_at_once_and_nothing_is_missed() {
    let mut broker = Broker::start();
    let bus = broker.bus().await;
    provision(&bus).await;
    publish(&mut publisher(&bus).await, 1).await;
    let mut changes = watch(&bus, scans());
    while !matches!(next(&mut changes).await, Change::Current) {}
    broker.kill();
    broker.spawn();
    publish(&mut publisher(&broker.bus().await).await, 1).await;
    let mut lost = false;
    loop {
        match next(&mut changes).await {
            Change::Put(entry) if entry.ordinal == Some(2) => break,
            Change::Lost { .. } => lost = true,
            Change::Reset { reason, .. } => panic!("the same stream is no reset: {reason}"),
            Change::Put(_) | Change::Current => {}
        }
    }
    assert!(lost);
}

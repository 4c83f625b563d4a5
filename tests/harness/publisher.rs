use crate::counter::{key, provision, publish, publisher, scan};
use bellwether_harness::publish::{Numbered, Published};
use bellwether_schemas::{codec, names};
use bellwether_tests::Broker;

#[tokio::test(flavor = "multi_thread")]
async fn two_publishers_never_write_one_ordinal() {
    let broker = Broker::start();
    let bus = broker.bus().await;
    provision(&bus).await;
    let (mut first, mut second) = (publisher(&bus).await, publisher(&bus).await);
    publish(&mut first, 1).await;
    let other = scan(1);
    let body = codec::encode(&bellwether_schemas::fixture::with_hits(other, 5, 0)).into();
    let message = Numbered { schema: "scan/1", scan_id: Some("other"), session: scan(1).session, body };
    assert_eq!(second.put(&message).await.expect("put"), Published::Overtaken);
    assert_eq!(second.next(), 2, "and knows now where the log stands");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_without_an_ordinal_does_not_hide_the_end_of_the_log() {
    let broker = Broker::start();
    let bus = broker.bus().await;
    provision(&bus).await;
    publish(&mut publisher(&bus).await, 5).await;
    for _ in 0..40 {
        let sent = bus.js().publish(names::scan_subject(&key()), "junk".into()).await.expect("publish");
        sent.await.expect("stored");
    }
    let mut after = publisher(&bus).await;
    assert_eq!(after.next(), 6);
    publish(&mut after, 1).await;
    assert_eq!(publisher(&bus).await.next(), 7);
}

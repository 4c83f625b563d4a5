//! The past, from a real broker, through its loss and its silence.

mod shared;

use bellwether_gateway::Log;
use bellwether_harness::topology;
use bellwether_schemas::{Key, Scan, codec, fixture, names, names::header};
use bellwether_tests::{Broker, eventually_async};
use serde_json::{Value, json};
use shared::{Gateway, LIMIT, put, put_raw};
use std::time::{Duration, Instant};

const COUNT: u64 = 300;
/// A question to a log is given up on after 2 s; the rest is for a busy machine.
const WITHIN: Duration = Duration::from_secs(8);

async fn filled(broker: &Broker) -> Gateway {
    let bus = broker.bus().await;
    topology::provision(&bus, &topology::Plan::standard(&["regime"])).await.expect("streams");
    for ordinal in 1..=COUNT {
        put(&bus, ordinal).await;
    }
    Gateway::start(bus, &["regime"]).await
}

async fn n_at(gateway: &Gateway, at: u64) -> Option<u64> {
    gateway.json(&format!("/api/regime/current?at={at}")).await?["data"]["n"].as_u64()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_ordinal_is_answered_among_messages_that_are_none_of_ours() {
    let broker = Broker::start();
    let bus = broker.bus().await;
    topology::provision(&bus, &topology::Plan::standard(&["regime"])).await.unwrap();
    for ordinal in 1..=40 {
        put(&bus, ordinal).await;
        if ordinal % 9 == 0 {
            for stray in [None, Some(999), Some(2)] {
                put_raw(&bus, stray, b"stray".to_vec()).await;
            }
        }
    }
    let gateway = Gateway::start(bus, &["regime"]).await;
    gateway.until("the newest", "/api/regime/current", |answer| answer["data"]["n"] == 40).await;
    for at in 1..=40 {
        assert_eq!(n_at(&gateway, at).await, Some(at), "at {at}");
    }
    let series = gateway.json("/api/regime/series?fields=current.n&from=1&points=100").await.unwrap();
    assert_eq!(series["columns"]["current.n"], json!((1..=40).collect::<Vec<u64>>()));
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_come_in_time_while_the_broker_is_stopped_or_dead_and_are_right_afterwards() {
    let mut broker = Broker::start();
    let gateway = filled(&broker).await;
    gateway.until("the newest", "/api/regime/current", |answer| answer["data"]["n"] == COUNT).await;
    assert_eq!(n_at(&gateway, 290).await, Some(290));

    // Nothing of ordinal 5 is held the first time, and of 6 its place is, but not its value.
    for (hang, at) in [(true, 5), (false, 6)] {
        if hang {
            broker.pause()
        } else {
            broker.kill()
        }
        let began = Instant::now();
        let (status, body) = gateway.get(&format!("/api/regime/current?at={at}"), "").await.expect("an answer");
        assert!(began.elapsed() < WITHIN, "{:?}", began.elapsed());
        let problem: Value = serde_json::from_str(&body).unwrap();
        assert_eq!((status, &problem["last_good"]["ordinal"]), (503, &json!(COUNT)), "{body}");
        assert_eq!(n_at(&gateway, 290).await, Some(290), "what was read before");
        if hang {
            broker.resume()
        } else {
            broker.spawn()
        }
        let found = async || n_at(&gateway, at).await.filter(|n| *n == at);
        eventually_async("the past is back", LIMIT, found).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn provenance_names_messages_that_hold_what_was_shown_and_its_command_gets_them() {
    let broker = Broker::start();
    let bus = broker.bus().await;
    topology::provision(&bus, &topology::Plan::standard(&["regime"])).await.unwrap();
    let key = Key::live("sp500").unwrap();
    let scan = codec::encode(&fixture::scan(1, &fixture::moved(6, 4, 0)));
    let sent = bus.js().publish_with_headers(
        names::scan_subject(&key),
        shared::headers(&[(header::ORDINAL, "1"), (header::SCHEMA, "scan/1"), (header::CODE, "scanner 1")]),
        scan.clone().into(),
    );
    let scan_sequence = sent.await.unwrap().await.unwrap().sequence;
    put(&bus, 1).await;
    let cause = format!("SCANS:{scan_sequence}");
    let body = shared::stored(2);
    let caused = shared::headers(&[
        (header::ORDINAL, "2"),
        (header::CAUSE, &cause),
        (header::SCHEMA, "regime/1"),
        (header::CODE, "regime 7"),
        (header::DIGEST, &codec::digest(&body)),
    ]);
    let subject = names::state_subject("regime", &key);
    bus.js().publish_with_headers(subject, caused, body.clone().into()).await.unwrap().await.unwrap();
    let gateway = Gateway::start(bus.clone(), &["regime"]).await;
    gateway.until("the newest", "/api/regime/current", |answer| answer["data"]["n"] == 2).await;

    let found = gateway.json("/api/provenance/regime?part=current").await.unwrap();
    assert_eq!(
        (&found["stream"], &found["sequence"], &found["key"]),
        (&json!("KV_regime"), &json!(2), &json!("live.sp500"))
    );
    assert_eq!(
        (&found["schema"], &found["code"], &found["part"]),
        (&json!("regime/1"), &json!("regime 7"), &json!("current"))
    );
    let input = &found["inputs"][0];
    assert_eq!((&input["name"], &input["ordinal"], &input["code"]), (&json!("scan"), &json!(1), &json!("scanner 1")));

    // What the commands say, done by a client: bucket, key and revision; stream and sequence.
    assert_eq!(found["command"], "nats kv get regime live.sp500 --revision 2");
    let store = bus.js().get_key_value("regime").await.unwrap();
    let stored = store.entry_for_revision("live.sp500", 2).await.unwrap().unwrap();
    assert_eq!((stored.value.as_ref(), &json!(codec::digest(&stored.value))), (body.as_slice(), &found["digest"]));
    let last = found["commands"].as_array().unwrap().last().unwrap().as_str().unwrap();
    assert_eq!(last, format!("nats stream get SCANS {scan_sequence}"));
    let message = bus.js().get_stream("SCANS").await.unwrap().direct_get(scan_sequence).await.unwrap();
    assert_eq!(Scan::decode(&message.payload).unwrap(), Scan::decode(&scan).unwrap());

    let unknown = gateway.get("/api/provenance/regime?part=none", "").await.unwrap();
    assert_eq!(unknown.0, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn scans_are_listed_newest_first_and_one_is_told_with_what_changed() {
    let broker = Broker::start();
    let bus = broker.bus().await;
    topology::provision(&bus, &topology::Plan::standard(&["regime"])).await.unwrap();
    let key = Key::live("sp500").unwrap();
    for ordinal in 1..=100_u64 {
        let scan = fixture::with_hits(fixture::scan(ordinal, &fixture::moved(20, 10, 0)), (ordinal % 3) as u32 + 1, 2);
        let headers = shared::headers(&[(header::ORDINAL, &ordinal.to_string())]);
        let sent = bus.js().publish_with_headers(names::scan_subject(&key), headers, codec::encode(&scan).into());
        sent.await.unwrap().await.unwrap();
        put(&bus, ordinal).await;
    }
    let gateway = Gateway::start(bus, &["regime"]).await;
    gateway.until("the newest", "/api/regime/current", |answer| answer["data"]["n"] == 100).await;
    let list = gateway.json("/api/scans?limit=3").await.unwrap();
    let ordinals = |list: &Value| -> Vec<u64> {
        list["scans"].as_array().unwrap().iter().filter_map(|scan| scan["ordinal"].as_u64()).collect()
    };
    assert_eq!((ordinals(&list), &list["next"]), (vec![100, 99, 98], &json!(97)));
    assert_eq!((&list["scans"][0]["long_hits"], &list["scans"][0]["short_hits"]), (&json!(2), &json!(2)));
    let page = gateway.json("/api/scans?limit=3&to=2").await.unwrap();
    assert_eq!((ordinals(&page), &page["next"]), (vec![2, 1], &json!(null)));

    let session = fixture::session(51);
    for name in [
        "51".to_owned(),
        session.to_string(),
        list["scans"][0]["id"].as_str().unwrap().replace(&fixture::session(100).to_string(), &session.to_string()),
    ] {
        let scan = gateway.json(&format!("/api/scans/{name}")).await.unwrap_or_else(|| panic!("{name}"));
        assert_eq!((&scan["scan"]["ordinal"], scan["hits"].as_array().unwrap().len()), (&json!(51), 3), "{name}");
        // 50 had three long hits and two short ones behind them, 51 has one and two.
        assert_eq!(scan["changed"]["since"], 50);
        let (appeared, gone) =
            (scan["changed"]["appeared"].as_array().unwrap(), scan["changed"]["gone"].as_array().unwrap());
        assert_eq!((appeared.len(), gone.len()), (2, 4), "{}", scan["changed"]);
    }
    assert_eq!(gateway.get("/api/scans/101", "").await.unwrap().0, 404);
    assert_eq!(Log::Scans.subject(&key), "scan.completed.live.sp500");
}

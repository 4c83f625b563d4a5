//! The gateway on a real broker.

use async_nats::HeaderMap;
use bellwether_gateway::{GatewayOptions, bind, serve};
use bellwether_harness::{Bus, topology};
use bellwether_schemas::{Key, Quality, ScanRef, Status, Stored, codec, names};
use bellwether_tests::{Broker, eventually_async};
use serde_json::{Value, json};
use std::{net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_util::sync::CancellationToken;

const LIMIT: Duration = Duration::from_secs(20);

async fn put(bus: &Bus, ordinal: u64) -> anyhow::Result<()> {
    let key = Key::live("sp500")?;
    let stored = Stored {
        schema: "regime/1".to_owned(),
        status: Status::Ok,
        reason: None,
        scan: ScanRef::unreadable(ordinal),
        coverage: None,
        quality: Quality::Ok,
        quality_reason: None,
        parts: Some(json!({"current": {"n": ordinal}})),
        state: Some(0),
    };
    let mut headers = HeaderMap::new();
    headers.insert(names::header::ORDINAL, ordinal.to_string().as_str());
    let subject = names::state_subject("regime", &key);
    bus.js().publish_with_headers(subject, headers, codec::encode(&stored).into()).await?.await?;
    Ok(())
}

async fn get(address: SocketAddr, path: &str) -> Option<Value> {
    let mut socket = TcpStream::connect(address).await.ok()?;
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    socket.write_all(request.as_bytes()).await.ok()?;
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.ok()?;
    serde_json::from_str(answer.split_once("\r\n\r\n")?.1).ok()
}

async fn until(address: SocketAddr, what: &str, path: &str, fits: impl Fn(&Value) -> bool) -> Value {
    eventually_async(what, LIMIT, || async { get(address, path).await.filter(|answer| fits(answer)) }).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_workers_put_is_served_through_the_loss_of_the_broker() {
    let mut broker = Broker::start();
    let bus = broker.bus().await;
    topology::provision(&bus, &topology::Plan::standard(&["regime"])).await.unwrap();
    put(&bus, 1).await.unwrap();
    let bound = bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let (address, shutdown) = (bound.address, CancellationToken::new());
    let options = GatewayOptions::new(address);
    let served = tokio::spawn(serve(bound, options, bus.clone(), &["regime"], None, None, shutdown.clone()));

    let current = "/api/regime/current";
    until(address, "the first result", current, |answer| answer["data"]["n"] == 1 && answer["status"] == "ok").await;
    put(&bus, 2).await.unwrap();
    put(&bus, 3).await.unwrap();
    until(address, "the newest result", current, |answer| answer["data"]["n"] == 3).await;
    let series = get(address, "/api/regime/series?fields=current.n&points=2").await.unwrap();
    assert_eq!(series["columns"]["current.n"], json!([2, 3]), "{series}");

    broker.kill();
    let stale = until(address, "the loss is told", current, |answer| answer["status"] == "stale").await;
    assert_eq!(stale["data"]["n"], 3);
    broker.spawn();
    until(address, "the link is back", current, |answer| answer["status"] == "ok").await;
    eventually_async("the broker takes writes", LIMIT, || async { bus.connected().then_some(()) }).await;
    put(&bus, 4).await.unwrap();
    until(address, "results after the loss", current, |answer| answer["data"]["n"] == 4).await;
    shutdown.cancel();
    tokio::time::timeout(LIMIT, served).await.unwrap().unwrap().unwrap();
}

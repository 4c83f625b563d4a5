//! A gateway on a real broker, and results put into its buckets.

#![allow(dead_code, reason = "each test file uses a part of it")]

use async_nats::HeaderMap;
use bellwether_gateway::{GatewayOptions, bind, serve};
use bellwether_harness::Bus;
use bellwether_schemas::{Key, Quality, ScanRef, Status, Stored, codec, names};
use bellwether_tests::eventually_async;
use serde_json::{Value, json};
use std::{net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

pub(crate) const LIMIT: Duration = Duration::from_secs(30);

pub(crate) struct Gateway {
    pub(crate) address: SocketAddr,
    pub(crate) shutdown: CancellationToken,
    served: JoinHandle<anyhow::Result<()>>,
}

impl Gateway {
    pub(crate) async fn start(bus: Bus, workers: &'static [&'static str]) -> Self {
        let bound = bind(([127, 0, 0, 1], 0).into()).expect("a free port");
        let (address, shutdown) = (bound.address, CancellationToken::new());
        let options = GatewayOptions::new(address);
        let served = tokio::spawn(serve(bound, options, bus, workers, None, None, shutdown.clone()));
        Self { address, shutdown, served }
    }

    /// Status and body of a GET with more header lines.
    pub(crate) async fn get(&self, path: &str, headers: &str) -> Option<(u16, String)> {
        let mut socket = TcpStream::connect(self.address).await.ok()?;
        let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{headers}\r\n");
        socket.write_all(request.as_bytes()).await.ok()?;
        let mut answer = Vec::new();
        socket.read_to_end(&mut answer).await.ok()?;
        let answer = String::from_utf8_lossy(&answer);
        let (head, body) = answer.split_once("\r\n\r\n")?;
        Some((head.split(' ').nth(1)?.parse().ok()?, body.to_owned()))
    }

    pub(crate) async fn json(&self, path: &str) -> Option<Value> {
        let (status, body) = self.get(path, "").await?;
        if status == 200 { serde_json::from_str(&body).ok() } else { None }
    }

    pub(crate) async fn until(&self, what: &str, path: &str, fits: impl Fn(&Value) -> bool) -> Value {
        eventually_async(what, LIMIT, || async { self.json(path).await.filter(|answer| fits(answer)) }).await
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.shutdown.cancel();
        self.served.abort();
    }
}

pub(crate) fn stored(ordinal: u64) -> Vec<u8> {
    codec::encode(&Stored {
        schema: "regime/1".to_owned(),
        status: Status::Ok,
        reason: None,
        scan: ScanRef::unreadable(ordinal),
        coverage: None,
        quality: Quality::Ok,
        quality_reason: None,
        parts: Some(json!({"current": {"n": ordinal}})),
        state: Some(0),
    })
}

pub(crate) fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        headers.insert(*name, *value);
    }
    headers
}

pub(crate) async fn put(bus: &Bus, ordinal: u64) {
    put_raw(bus, Some(ordinal), stored(ordinal)).await;
}

pub(crate) async fn put_raw(bus: &Bus, ordinal: Option<u64>, body: Vec<u8>) {
    let subject = names::state_subject("regime", &Key::live("sp500").expect("a key"));
    let ordinal = ordinal.map(|ordinal| ordinal.to_string());
    let pairs: Vec<_> = ordinal.iter().map(|ordinal| (names::header::ORDINAL, ordinal.as_str())).collect();
    let sent = bus.js().publish_with_headers(subject, headers(&pairs), body.into()).await.expect("publish");
    sent.await.expect("stored");
}

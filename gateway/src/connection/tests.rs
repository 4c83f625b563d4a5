//! Clients that do not do what clients do, over real sockets.

use crate::{Access, Arrival, Backend, Board, GatewayOptions, Limits, NoHistory, bind, fixtures::stored};
use bellwether_schemas::Key;
use bellwether_tests::eventually_async;
use serde_json::json;
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use tokio_util::sync::{CancellationToken, DropGuard};

const PATIENCE: Duration = Duration::from_secs(20);
const SHORT: Duration = Duration::from_millis(150);

struct Running {
    address: SocketAddr,
    board: Arc<Board>,
    _stop: DropGuard,
}

impl Running {
    fn start(limits: Limits) -> Self {
        let board = Arc::new(Board::new(["regime"]));
        board.reset("regime", "e1");
        board.current("regime");
        let bound = bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let (address, shutdown) = (bound.address, CancellationToken::new());
        let backend = Backend {
            board: board.clone(),
            history: Arc::new(NoHistory),
            submit: None,
            ops: Arc::default(),
            replays: None,
            lanes: None,
        };
        let options = GatewayOptions { limits, ..GatewayOptions::new(address) };
        tokio::spawn(bound.serve(options, backend, shutdown.clone()));
        Self { address, board, _stop: shutdown.drop_guard() }
    }

    async fn connect(&self, sent: &str) -> TcpStream {
        let mut socket = TcpStream::connect(self.address).await.unwrap();
        socket.write_all(sent.as_bytes()).await.unwrap();
        socket
    }

    async fn live(&self) -> bool {
        let request = "GET /health/live HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
        rest(&mut self.connect(request).await).await.starts_with("HTTP/1.1 200")
    }

    async fn streams(&self) -> u64 {
        let request = "GET /api/status/rate-limit HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
        let answer = rest(&mut self.connect(request).await).await;
        let body = answer.split_once("\r\n\r\n").unwrap_or_default().1;
        serde_json::from_str::<serde_json::Value>(body).unwrap()["streams"]["open"].as_u64().unwrap()
    }

    async fn until_streams(&self, count: u64) {
        eventually_async("that many streams are open", PATIENCE, async || {
            (self.streams().await == count).then_some(())
        })
        .await;
    }
}

/// All that comes until the connection ends, in whichever way.
async fn rest(socket: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let _ = timeout(PATIENCE, socket.read_to_end(&mut bytes)).await.expect("the connection ends");
    String::from_utf8_lossy(&bytes).into_owned()
}

const STREAM: &str = "GET /api/stream HTTP/1.1\r\nhost: localhost\r\n\r\n";

#[tokio::test]
async fn who_says_nothing_or_never_comes_to_the_end_of_a_head_is_cut_off() {
    let running = Running::start(Limits { head: SHORT, ..Limits::STANDARD });
    assert_eq!(rest(&mut running.connect("").await).await, "");
    assert_eq!(rest(&mut running.connect("GET /health/live HTTP/1.1\r\nhost: local").await).await, "");
    // One more byte now and then does not help.
    let socket = running.connect("GET / HTTP/1.1\r\n").await;
    let (mut read, mut write) = socket.into_split();
    let dripping = tokio::spawn(async move {
        let mut ticks = tokio::time::interval(Duration::from_millis(20));
        while write.write_all(b"x").await.is_ok() {
            ticks.tick().await;
        }
    });
    let mut bytes = Vec::new();
    let _ = timeout(PATIENCE, read.read_to_end(&mut bytes)).await.expect("the connection ends");
    timeout(PATIENCE, dripping).await.expect("the client hears of it").unwrap();
    assert!(running.live().await);
}

#[tokio::test]
async fn a_body_that_never_comes_is_answered_in_time() {
    let running = Running::start(Limits { request: SHORT, ..Limits::STANDARD });
    let head =
        "POST /api/client-errors HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\nconnection: close\r\n\r\n{";
    let answer = rest(&mut running.connect(head).await).await;
    assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("timed_out"), "{answer}");
}

#[tokio::test]
async fn heads_that_are_too_long_or_have_too_many_lines_are_refused() {
    let running = Running::start(Limits::STANDARD);
    let long = format!("GET / HTTP/1.1\r\nhost: localhost\r\nx: {}\r\n\r\n", "x".repeat(40_000));
    let many = format!("GET / HTTP/1.1\r\nhost: localhost\r\n{}\r\n", "x: y\r\n".repeat(200));
    for request in [long, many] {
        let answer = rest(&mut running.connect(&request).await).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
    }
    let body = "x".repeat(10_000);
    let large = format!(
        "POST /api/client-errors HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let answer = rest(&mut running.connect(&large).await).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert!(rest(&mut running.connect("\0\u{1}\u{2} nonsense\r\n\r\n").await).await.starts_with("HTTP/1.1 400"));
    assert!(running.live().await);
}

#[tokio::test]
async fn an_idle_connection_is_closed_and_one_too_many_is_told_so() {
    let running = Running::start(Limits { idle: SHORT, connections: 2, ..Limits::STANDARD });
    let asked = "GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n";
    let mut idle = running.connect(asked).await;
    assert!(rest(&mut idle).await.starts_with("HTTP/1.1 200"), "answered, then closed");
    let held = [running.connect("GET /").await, running.connect("GET /").await];
    eventually_async("a third is refused", PATIENCE, async || {
        rest(&mut running.connect(asked).await).await.starts_with("HTTP/1.1 503").then_some(())
    })
    .await;
    drop(held);
    eventually_async("there is room again", PATIENCE, async || {
        rest(&mut running.connect(asked).await).await.starts_with("HTTP/1.1 200").then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_client_that_leaves_half_or_talks_into_its_stream_is_let_go() {
    let running = Running::start(Limits::STANDARD);
    let mut half = running.connect(STREAM).await;
    let mut chatty = running.connect(STREAM).await;
    running.until_streams(2).await;
    half.shutdown().await.unwrap();
    running.until_streams(1).await;
    while chatty.write_all(&[b'x'; 4096]).await.is_ok() {
        tokio::task::yield_now().await;
    }
    running.until_streams(0).await;
}

#[tokio::test]
async fn a_client_that_takes_nothing_is_cut_off() {
    let running = Running::start(Limits { stuck: SHORT, ..Limits::STANDARD });
    let _silent = running.connect(STREAM).await;
    running.until_streams(1).await;
    let newest = std::cell::Cell::new(0);
    eventually_async("the silent client is gone", PATIENCE, async || {
        for _ in 0..20 {
            let revision = newest.get() + 1;
            newest.set(revision);
            let body = stored(revision, json!({"current": {"pad": "x".repeat(60_000)}})).into();
            running.board.put("regime", Arrival { key: Key::live("sp500").unwrap(), revision, body }).unwrap();
        }
        (running.streams().await == 0).then_some(())
    })
    .await;
}

#[tokio::test]
async fn other_machines_are_not_served_without_a_token() {
    let bound = bind("0.0.0.0:0".parse().unwrap()).unwrap();
    let board = Arc::new(Board::new(["regime"]));
    let backend =
        Backend { board, history: Arc::new(NoHistory), submit: None, ops: Arc::default(), replays: None, lanes: None };
    let options = GatewayOptions { access: Access::default(), ..GatewayOptions::new(bound.address) };
    let refused = bound.serve(options, backend, CancellationToken::new()).await.unwrap_err();
    assert!(refused.to_string().contains("--token-file"), "{refused}");
}

//! Over real sockets.

mod sockets;

use crate::{Arrival, Backend, Board, GatewayOptions, Limits, NoHistory, bind, fixtures::stored};
use bellwether_schemas::Key;
use bellwether_tests::eventually_async;
use serde_json::{Value, json};
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    task::JoinHandle,
    time::timeout,
};
use tokio_util::sync::CancellationToken;

struct Running {
    address: SocketAddr,
    board: Arc<Board>,
    shutdown: CancellationToken,
    served: JoinHandle<anyhow::Result<()>>,
}

impl Running {
    fn start(heartbeat: Duration) -> Self {
        Self::limited(heartbeat, Limits::STANDARD)
    }

    fn limited(heartbeat: Duration, limits: Limits) -> Self {
        let board = Arc::new(Board::new(["regime", "breadth"]));
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
        let options = GatewayOptions { heartbeat, limits, ..GatewayOptions::new(address) };
        let served = tokio::spawn(bound.serve(options, backend, shutdown.clone()));
        Self { address, board, shutdown, served }
    }

    fn put(&self, universe: &str, revision: u64) {
        self.put_sized(universe, revision, 0);
    }

    fn put_sized(&self, universe: &str, revision: u64, size: usize) {
        let body = stored(revision, json!({"current": {"n": revision, "pad": "x".repeat(size)}}));
        let arrival = Arrival { key: Key::live(universe).unwrap(), revision, body: body.into() };
        self.board.put("regime", arrival).unwrap();
    }

    /// Head and whatever else comes with it in answer to a request.
    async fn ask(&self, request: &str) -> String {
        let mut socket = TcpStream::connect(self.address).await.unwrap();
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut answer = vec![0; 8192];
        let length = timeout(Duration::from_secs(10), socket.read(&mut answer)).await.unwrap().unwrap();
        String::from_utf8_lossy(&answer[..length]).into_owned()
    }

    async fn open(&self, query: &str, headers: &str) -> Events {
        let mut socket = TcpStream::connect(self.address).await.unwrap();
        let request =
            format!("GET /api/stream{query} HTTP/1.1\r\nhost: localhost\r\naccept-encoding: gzip\r\n{headers}\r\n");
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut events = Events { lines: BufReader::new(socket), head: String::new() };
        while !events.head.ends_with("\r\n\r\n") {
            events.lines.read_line(&mut events.head).await.unwrap();
        }
        let stream = events.head.starts_with("HTTP/1.1 200");
        assert!(!stream || !events.head.contains("content-length"), "a stream has no length: {}", events.head);
        events
    }
}

struct Events {
    lines: BufReader<TcpStream>,
    head: String,
}

#[derive(Debug, Default)]
struct Event {
    name: String,
    id: Option<String>,
    data: Value,
}

impl Events {
    async fn next(&mut self) -> Event {
        timeout(Duration::from_secs(10), self.read()).await.expect("an event within 10 s").expect("the stream goes on")
    }

    async fn read(&mut self) -> Option<Event> {
        let mut event = Event::default();
        loop {
            let mut line = String::new();
            if self.lines.read_line(&mut line).await.unwrap() == 0 {
                return None;
            }
            // Sizes of HTTP chunks stand on lines of their own.
            let line = line.trim_end();
            match line.split_once(": ") {
                Some(("event", name)) => event.name = name.to_owned(),
                Some(("id", id)) => event.id = Some(id.to_owned()),
                Some(("data", data)) => event.data = serde_json::from_str(data).unwrap(),
                _ if line.is_empty() && !event.name.is_empty() && (event.name != "snapshot" || event.id.is_some()) => {
                    return Some(event);
                }
                _ => {}
            }
        }
    }

    async fn named(&mut self, name: &str) -> Event {
        loop {
            let event = self.next().await;
            if event.name == name {
                return event;
            }
        }
    }
}

const CALM: Duration = Duration::from_secs(15);

#[tokio::test]
async fn a_new_client_is_greeted_and_gets_what_there_is_then_what_changes() {
    let running = Running::start(CALM);
    running.put("sp500", 3);
    let mut events = running.open("", "").await;
    assert!(events.head.contains("content-type: text/event-stream"), "{}", events.head);
    assert!(
        events.head.contains("cache-control: no-store") && !events.head.contains("content-encoding"),
        "{}",
        events.head
    );
    let hello = events.next().await;
    assert_eq!((hello.name.as_str(), &hello.data["sections"]), ("hello", &json!(["regime", "breadth"])));
    let tick = events.next().await;
    assert_eq!((tick.name.as_str(), &tick.data["health"][1]["link"]), ("tick", &json!("loading")));
    let snapshot = events.next().await;
    assert_eq!(
        (snapshot.name.as_str(), &snapshot.data["revision"], &snapshot.data["part"]),
        ("snapshot", &json!(3), &json!("current"))
    );
    running.put("sp500", 4);
    assert_eq!(events.named("snapshot").await.data["value"]["n"], 4);
    running.board.lost("regime", "no server");
    // A tick of the second before may still be on its way.
    let mut reasons = Vec::new();
    while reasons.last() != Some(&json!("no server")) {
        assert!(reasons.len() < 5, "{reasons:?}");
        reasons.push(events.named("tick").await.data["health"][0]["reason"].clone());
    }
}

#[tokio::test]
async fn a_client_that_comes_back_gets_only_what_moved_by_header_or_query() {
    let running = Running::start(CALM);
    running.put("sp500", 3);
    running.put("us", 4);
    let mut events = running.open("", "").await;
    let first = events.named("snapshot").await.id.unwrap();
    let second = events.named("snapshot").await.id.unwrap();
    drop(events);
    let mut events = running.open(&format!("?since={first}"), "").await;
    assert_eq!(events.named("snapshot").await.data["revision"], 4);
    running.put("us", 5);
    let mut events = running.open(&format!("?since={first}"), &format!("last-event-id: {second}\r\n")).await;
    assert_eq!(events.named("snapshot").await.data["revision"], 5);
}

#[tokio::test]
async fn revisions_that_are_unknown_are_answered_with_a_reset() {
    let running = Running::start(CALM);
    running.put("sp500", 3);
    let mut events = running.open("", "").await;
    let id = events.named("snapshot").await.id.unwrap();
    let view = id.split_once(';').unwrap().0;
    for (since, section) in [
        ("junk".to_owned(), Value::Null),
        (id.replacen(view, "00000000", 1), Value::Null),
        (id.replace(":3", ":4"), json!("regime")),
        (format!("{view};regime@00000000:3"), json!("regime")),
    ] {
        let mut events = running.open("?since=", &format!("last-event-id: {since}\r\n")).await;
        let reset = events.named("reset").await;
        assert_eq!(reset.data["section"], section, "{since}");
        assert_eq!(events.named("snapshot").await.data["revision"], 3, "{since}");
    }
}

#[tokio::test]
async fn a_log_made_anew_resets_an_open_stream() {
    let running = Running::start(CALM);
    running.put("sp500", 3);
    let mut events = running.open("", "").await;
    events.named("snapshot").await;
    running.board.reset("regime", "e2");
    running.put("sp500", 1);
    running.board.current("regime");
    assert_eq!(events.named("reset").await.data["section"], "regime");
    assert_eq!(events.named("snapshot").await.data["revision"], 1);
}

#[tokio::test]
async fn a_view_shows_its_universe_only_and_unknown_names_are_refused() {
    let running = Running::start(CALM);
    running.put("sp500", 3);
    running.put("us", 4);
    let mut events = running.open("?universe=us&sections=regime&lane=live", "").await;
    assert_eq!(events.named("snapshot").await.data["universe"], "us");
    assert!(running.open("?sections=regimes", "").await.head.starts_with("HTTP/1.1 404"));
    assert!(running.open("?lane=a%2Eb", "").await.head.starts_with("HTTP/1.1 400"));
}

#[tokio::test]
async fn a_client_that_does_not_read_skips_to_the_newest() {
    const LAST: u64 = 3000;
    let running = Running::start(CALM);
    let mut events = running.open("", "").await;
    for revision in 1..=LAST {
        running.put_sized("sp500", revision, 16_000);
        if revision % 20 == 0 {
            tokio::task::yield_now().await;
        }
    }
    let mut frames = 0;
    loop {
        let event = events.named("snapshot").await;
        frames += 1;
        if event.data["revision"] == LAST {
            break;
        }
    }
    assert!(frames < LAST / 2, "{frames} frames for {LAST} changes");
}

#[tokio::test]
async fn a_silent_stream_beats() {
    let running = Running::start(Duration::from_millis(20));
    running.put("sp500", 3);
    let mut events = running.open("", "").await;
    let snapshot = events.named("snapshot").await;
    let beat = events.named("hb").await;
    assert_eq!(beat.data["vector"].as_str(), snapshot.id.as_deref());
    assert_eq!(beat.id, snapshot.id);
}

#[tokio::test]
async fn a_gateway_that_stops_says_so_and_ends_its_streams() {
    let running = Running::start(CALM);
    let mut events = running.open("", "").await;
    events.named("hello").await;
    running.shutdown.cancel();
    assert!(events.named("bye").await.data["retry_ms"].is_u64());
    let ended = async { while events.read().await.is_some() {} };
    timeout(Duration::from_secs(5), ended).await.unwrap();
    timeout(Duration::from_secs(5), running.served).await.unwrap().unwrap().unwrap();
}

#[tokio::test]
async fn there_are_only_so_many_seats_and_one_that_leaves_makes_room() {
    let running = Running::limited(CALM, Limits { streams_per_address: 2, ..Limits::STANDARD });
    let mut first = running.open("", "").await;
    first.named("hello").await;
    let mut second = running.open("", "").await;
    second.named("hello").await;
    let full = running.open("", "").await;
    assert!(full.head.starts_with("HTTP/1.1 503") && full.head.contains("retry-after: "), "{}", full.head);
    drop(first);
    eventually_async("a seat is free again", Duration::from_secs(10), async || {
        running.open("", "").await.head.starts_with("HTTP/1.1 200").then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_stream_may_follow_other_requests_of_its_connection() {
    let running = Running::start(CALM);
    running.put("sp500", 3);
    let mut socket = TcpStream::connect(running.address).await.unwrap();
    let plain = "GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n";
    let stream = "GET /api/stream HTTP/1.1\r\nhost: localhost\r\n\r\n";
    // All at once: the answers must come whole and in order.
    socket.write_all(format!("{plain}{plain}{stream}").as_bytes()).await.unwrap();
    let mut events = Events { lines: BufReader::new(socket), head: String::new() };
    let snapshot = events.named("snapshot").await;
    assert_eq!(snapshot.data["revision"], 3);
}

#[tokio::test]
async fn a_client_that_is_asked_for_the_head_only_gets_no_stream() {
    let running = Running::start(CALM);
    let mut socket = TcpStream::connect(running.address).await.unwrap();
    let request = "HEAD /api/stream HTTP/1.1\r\nhost: localhost\r\n\r\n";
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    timeout(Duration::from_secs(10), socket.read_to_string(&mut answer)).await.unwrap().unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("\r\n\r\n"), "{answer}");
}

#[tokio::test]
async fn while_a_section_is_still_being_read_a_client_that_came_back_hears_the_heartbeat() {
    let running = Running::start(Duration::from_millis(20));
    running.put("sp500", 3);
    let mut events = running.open("", "").await;
    let id = events.named("snapshot").await.id.unwrap();
    running.board.reset("regime", "e1");
    running.put("sp500", 3);
    let mut events = running.open(&format!("?since={id}"), "").await;
    assert_eq!(events.named("hb").await.id.as_deref(), Some(id.as_str()));
    running.board.current("regime");
    running.put("sp500", 4);
    assert_eq!(events.named("snapshot").await.data["revision"], 4);
}

//! The gateway as a process under people who mean it no good.

use crate::processes::{Process, bellwether, succeed};
use async_nats::HeaderMap;
use bellwether_harness::Bus;
use bellwether_schemas::{Key, Quality, ScanRef, Status, Stored, codec, names};
use bellwether_tests::{Broker, Events, eventually, eventually_async, free_port};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    fs,
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

const PATIENCE: Duration = Duration::from_secs(120);
const SECRET: &str = "a-token-of-the-tests-0123456789";

/// Memory a process holds, in kB.
fn resident_kb(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).expect("the gateway lives");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("VmRSS");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

fn ask(address: &str, request: &str) -> Option<String> {
    let mut socket = TcpStream::connect(address).ok()?;
    socket.set_read_timeout(Some(Duration::from_secs(20))).ok()?;
    socket.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    socket.read_to_string(&mut answer).ok()?;
    Some(answer)
}

fn get(address: &str, path: &str, headers: &str) -> Option<String> {
    ask(address, &format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{headers}\r\n"))
}

fn ready(address: &str) {
    eventually("the gateway hears its sections", PATIENCE, || {
        get(address, "/health/ready", "")?.starts_with("HTTP/1.1 200").then_some(())
    });
}

const KEYS: u64 = 50;

/// The `number`th of many results, in turns for each universe.
async fn send(bus: &Bus, number: u64) -> async_nats::jetstream::context::PublishAckFuture {
    let key = Key::live(format!("u{:02}", number % KEYS)).expect("a key");
    let stored = Stored {
        schema: "regime/1".to_owned(),
        status: Status::Ok,
        reason: None,
        scan: ScanRef::unreadable(number / KEYS + 1),
        coverage: None,
        quality: Quality::Ok,
        quality_reason: None,
        parts: Some(json!({"current": {"n": number, "pad": "x".repeat(4000)}})),
        state: Some(0),
    };
    let mut headers = HeaderMap::new();
    headers.insert(names::header::ORDINAL, (number / KEYS + 1).to_string().as_str());
    let subject = names::state_subject("regime", &key);
    bus.js().publish_with_headers(subject, headers, codec::encode(&stored).into()).await.expect("publish")
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "20,000 synced writes take a disk of one's own; `cargo test --test whole -- --ignored` runs it"]
async fn clients_that_never_read_cost_little_and_harm_nobody() {
    const SILENT: usize = 200;
    const UPDATES: u64 = 20_000;
    let broker = Broker::start();
    succeed(&broker, &["init"]);
    let address = format!("127.0.0.1:{}", free_port());
    let gateway = Process::start_with(&broker, "gateway", &["--listen", &address]);
    tokio::task::block_in_place(|| ready(&address));
    let bus = broker.bus().await;
    send(&bus, 0).await.await.expect("stored");

    let request = format!("GET /api/stream HTTP/1.1\r\nhost: {address}\r\n\r\n");
    let silent: Vec<_> = (0..SILENT)
        .map(|_| {
            let mut socket = TcpStream::connect(&address).expect("connect");
            socket.write_all(request.as_bytes()).expect("ask");
            socket
        })
        .collect();
    let mut events = Events::open(&address, "/api/stream", None).await.expect("a stream");
    eventually_async("all streams are open", PATIENCE, async || {
        let said = get(&address, "/api/status/rate-limit", "")?;
        said.contains(&format!("\"open\":{}", SILENT + 1)).then_some(())
    })
    .await;
    let before = resident_kb(gateway.id());

    let reader = tokio::spawn(async move {
        let mut newest = BTreeMap::new();
        while newest.len() < KEYS as usize || newest.values().any(|&n: &u64| n < UPDATES - KEYS) {
            let event = events.next().await.expect("the stream").expect("goes on");
            if event.name == "snapshot" {
                let number = event.data["value"]["n"].as_u64().expect("a number");
                let universe = event.data["universe"].as_str().expect("a universe").to_owned();
                assert!(newest.insert(universe, number).is_none_or(|older| older <= number), "it went back");
            }
        }
        newest
    });
    let mut most = before;
    let mut waiting = std::collections::VecDeque::new();
    for number in 0..UPDATES {
        waiting.push_back(send(&bus, number).await);
        if waiting.len() >= 32 {
            waiting.pop_front().expect("one").await.expect("stored");
        }
        if number % 500 == 0 {
            most = most.max(resident_kb(gateway.id()));
        }
    }
    for acknowledged in waiting {
        acknowledged.await.expect("stored");
    }
    let newest = tokio::time::timeout(PATIENCE, reader).await.expect("in time").expect("the reader");
    most = most.max(resident_kb(gateway.id()));
    let expected: BTreeMap<_, _> = (UPDATES - KEYS..UPDATES).map(|n| (format!("u{:02}", n % KEYS), n)).collect();
    assert_eq!(newest, expected);
    let grown = most.saturating_sub(before);
    assert!(grown < 30 * 1024, "{SILENT} clients that never read cost {grown} kB");
    drop(silent);
}

#[test]
fn other_machines_are_not_served_without_a_token() {
    let broker = Broker::start();
    succeed(&broker, &["init"]);
    for arguments in [["run", "gateway", "--listen", "0.0.0.0:0"], ["up", "--no-open", "--listen", "[::]:0"]] {
        let output = bellwether(&broker, &arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains("--token-file"), "{arguments:?}: {said}");
    }
}

#[test]
fn a_token_is_asked_of_everybody_and_shown_to_nobody() {
    let broker = Broker::start();
    succeed(&broker, &["init"]);
    let file = broker.folder().join("token");
    fs::write(&file, format!("{SECRET}\n")).expect("write the token");
    let address = format!("127.0.0.1:{}", free_port());
    let listen = ["--listen", &address, "--token-file", file.to_str().expect("a path")];
    let gateway = Process::start_with(&broker, "gateway", &listen);
    ready(&address);
    let refused = get(&address, "/api/universes", "").expect("an answer");
    assert!(refused.starts_with("HTTP/1.1 401") && refused.contains("www-authenticate: Bearer"), "{refused}");
    let bearer = format!("authorization: Bearer {SECRET}\r\n");
    assert!(get(&address, "/api/universes", &bearer).expect("an answer").starts_with("HTTP/1.1 200"));

    let form = format!("token={SECRET}&next=/");
    let head = format!("POST /login HTTP/1.1\r\nhost: {address}\r\norigin: http://{address}\r\nconnection: close");
    let body = format!("content-type: application/x-www-form-urlencoded\r\ncontent-length: {}", form.len());
    let signed_in = ask(&address, &format!("{head}\r\n{body}\r\n\r\n{form}")).expect("an answer");
    let cookie = signed_in.lines().find_map(|line| line.strip_prefix("set-cookie: ")).expect("a cookie");
    let cookie = format!("cookie: {}\r\n", cookie.split(';').next().expect("a pair"));
    let mut socket = TcpStream::connect(&address).expect("connect");
    socket.write_all(format!("GET /api/stream HTTP/1.1\r\nhost: {address}\r\n{cookie}\r\n").as_bytes()).expect("ask");
    let mut start = [0; 12];
    socket.read_exact(&mut start).expect("an answer");
    assert_eq!(&start, b"HTTP/1.1 200");

    let mut shown = vec![signed_in];
    for path in ["/health", "/debug", "/api", "/api/status/rate-limit", "/api/status/config", "/metrics", "/login", "/"]
    {
        shown.extend(get(&address, path, &bearer));
    }
    shown.push(fs::read_to_string(broker.folder().join("gateway.log")).expect("the log"));
    for file in ["cmdline", "environ"] {
        let bytes = fs::read(format!("/proc/{}/{file}", gateway.id())).expect("the process list");
        shown.push(String::from_utf8_lossy(&bytes).into_owned());
    }
    assert!(shown.iter().all(|text| !text.contains(SECRET)), "the token was shown");
    let health: Value = serde_json::from_str(shown[1].split_once("\r\n\r\n").expect("a body").1).expect("JSON");
    assert!(health["status"].is_string());
}

//! The same over WebSocket, heard by a client that is not ours.

use super::{CALM, Running};
use serde_json::Value;
use std::{net::TcpStream, time::Duration};
use tungstenite::{Message, WebSocket, client::client_with_config, protocol::frame::coding::CloseCode};

struct Client(WebSocket<TcpStream>);

impl Client {
    fn open(running: &Running, query: &str) -> Self {
        let socket = TcpStream::connect(running.address).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let (client, _) = client_with_config(format!("ws://{}/api/ws{query}", running.address), socket, None).unwrap();
        Self(client)
    }

    fn read(&mut self) -> Message {
        self.0.read().unwrap()
    }

    fn named(&mut self, name: &str) -> Value {
        loop {
            let Message::Text(text) = self.read() else { continue };
            let event: Value = serde_json::from_str(&text).unwrap();
            if event["event"] == name {
                return event;
            }
        }
    }
}

/// Runs a client that waits by blocking.
async fn blocking<T: Send + 'static>(client: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(client).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_is_told_the_same_events_and_resumes_the_same_way() {
    let running = std::sync::Arc::new(Running::start(CALM));
    running.put_sized("sp500", 3, 70_000);
    let at = running.clone();
    let (id, mut client) = blocking(move || {
        let mut client = Client::open(&at, "");
        assert_eq!(client.named("hello")["id"], Value::Null);
        assert_eq!(client.named("tick")["data"]["health"][0]["section"], "regime");
        let snapshot = client.named("snapshot");
        assert_eq!(snapshot["data"]["revision"], 3);
        (snapshot["id"].as_str().unwrap().to_owned(), client)
    })
    .await;
    running.put("sp500", 4);
    let at = running.clone();
    blocking(move || {
        assert_eq!(client.named("snapshot")["data"]["revision"], 4);
        let mut resumed = Client::open(&at, &format!("?since={id}"));
        assert_eq!(resumed.named("snapshot")["data"]["revision"], 4);
        let mut lost = Client::open(&at, "?since=junk");
        assert_eq!(lost.named("reset")["data"]["section"], Value::Null);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_answers_pings_and_closes_as_the_protocol_wants() {
    let running = std::sync::Arc::new(Running::start(Duration::from_millis(50)));
    let at = running.clone();
    blocking(move || {
        let mut client = Client::open(&at, "");
        client.named("hello");
        client.0.send(Message::Text("ignored".into())).unwrap();
        client.0.send(Message::Ping("are you there".into())).unwrap();
        let pong = std::iter::repeat_with(|| client.read()).find(|message| message.is_pong()).unwrap();
        assert_eq!(pong.into_data(), "are you there");
        std::iter::repeat_with(|| client.read()).find(Message::is_ping).expect("a ping with the heartbeat");
        client.0.close(None).unwrap();
        let ended = std::iter::repeat_with(|| client.0.read()).find_map(Result::err).unwrap();
        assert!(matches!(ended, tungstenite::Error::ConnectionClosed), "{ended}");
    })
    .await;
    let at = running.clone();
    let mut client = blocking(move || {
        let mut client = Client::open(&at, "");
        client.named("hello");
        client
    })
    .await;
    running.shutdown.cancel();
    blocking(move || {
        client.named("bye");
        let Message::Close(Some(frame)) = client.read() else { panic!("no close") };
        assert_eq!(frame.code, CloseCode::Away);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_handshake_is_told_what_would_be() {
    let running = Running::start(CALM);
    for (headers, status) in [
        ("", "426"),
        ("connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 8\r\n", "426"),
        ("connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: x\r\n", "400"),
    ] {
        let answer = running.ask(&format!("GET /api/ws HTTP/1.1\r\nhost: localhost\r\n{headers}\r\n")).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{answer}");
        assert_eq!(answer.contains("sec-websocket-version: 13"), status == "426", "{answer}");
    }
}

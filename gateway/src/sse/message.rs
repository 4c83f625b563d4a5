//! What is said to a client, as server-sent events or as WebSocket messages.

use crate::socket;
use bytes::Bytes;
use serde_json::Value;

/// How a client takes what it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Server-sent events.
    Events,
    /// One WebSocket text message per event: `{event, id, data}`.
    Socket,
}

/// What a message is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Said {
    /// A result, which counts against the allowance.
    Result,
    /// Anything else.
    Other,
}

/// One or more events that a client gets whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    pub(super) said: Said,
    /// Server-sent events, complete but for what ends the last: its `id:` line and the blank one.
    pub(super) body: Bytes,
    /// The vector a client holds once it has all of it.
    pub(super) id: Option<String>,
}

impl Message {
    pub(super) fn new(name: &str, data: &Value, id: Option<String>) -> Self {
        Self { said: Said::Other, body: format!("event: {name}\ndata: {data}\n").into(), id }
    }

    /// Appends the message as the client takes it.
    pub(super) fn encode(&self, form: Form, out: &mut Vec<u8>) {
        match form {
            Form::Events => self.events(out),
            Form::Socket => self.texts(out),
        }
    }

    fn events(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.body);
        if let Some(id) = &self.id {
            out.extend_from_slice(b"id: ");
            out.extend_from_slice(id.as_bytes());
            out.push(b'\n');
        }
        out.push(b'\n');
    }

    fn texts(&self, out: &mut Vec<u8>) {
        let mut lines = self.body.split(|&byte| byte == b'\n').peekable();
        let mut name: &[u8] = b"";
        while let Some(line) = lines.next() {
            if let Some(found) = line.strip_prefix(b"event: ") {
                name = found;
            } else if let Some(data) = line.strip_prefix(b"data: ") {
                // What follows the last data is the end of its line.
                let last = lines.peek().is_none_or(|rest| rest.is_empty()) && !lines.clone().any(|l| !l.is_empty());
                socket::text(&text(name, self.id.as_deref().filter(|_| last), data), out);
            }
        }
    }
}

/// Names and ids are ours and need no escape; data is JSON on one line.
fn text(name: &[u8], id: Option<&str>, data: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(data.len() + 64);
    text.extend_from_slice(b"{\"event\":\"");
    text.extend_from_slice(name);
    match id {
        Some(id) => text.extend_from_slice(format!("\",\"id\":\"{id}\",\"data\":").as_bytes()),
        None => text.extend_from_slice(b"\",\"id\":null,\"data\":"),
    }
    text.extend_from_slice(data);
    text.push(b'}');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn two() -> Message {
        let body = "event: snapshot\ndata: {\"n\":1}\n\nevent: snapshot\ndata: {\"n\":2}\n";
        Message { said: Said::Result, body: body.into(), id: Some("v".to_owned()) }
    }

    #[test]
    fn the_id_ends_the_last_event() {
        let mut out = Vec::new();
        two().encode(Form::Events, &mut out);
        let expected = "event: snapshot\ndata: {\"n\":1}\n\nevent: snapshot\ndata: {\"n\":2}\nid: v\n\n";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn a_socket_gets_each_event_as_a_text_of_json() {
        let mut out = Vec::new();
        two().encode(Form::Socket, &mut out);
        Message::new("bye", &json!({"retry_ms": 1}), None).encode(Form::Socket, &mut out);
        let mut texts = Vec::new();
        let mut rest = out.as_slice();
        while let [0x81, length, tail @ ..] = rest {
            let (text, tail) = tail.split_at(usize::from(*length));
            texts.push(serde_json::from_slice::<Value>(text).unwrap());
            rest = tail;
        }
        assert!(rest.is_empty());
        assert_eq!(
            texts,
            [
                json!({"event": "snapshot", "id": null, "data": {"n": 1}}),
                json!({"event": "snapshot", "id": "v", "data": {"n": 2}}),
                json!({"event": "bye", "id": null, "data": {"retry_ms": 1}}),
            ]
        );
    }
}

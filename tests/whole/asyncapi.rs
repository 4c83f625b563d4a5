//! docs/asyncapi.yaml, made from the types that travel: every schema is read off encoded values of the type itself.
//!
//! `BELLWETHER_BLESS=1 cargo test -p bellwether-tests asyncapi` writes it anew; `tests/asyncapi/check` holds it against
//! the specification's own schema.

use bellwether_scanner::sample::Sample;
use bellwether_schemas::{
    Coverage, Quality, ScanRef, Status, Stored, codec, fixture, names,
    names::header,
    ops::{Condition, Field, Level, LogLine, ServiceStatus},
};
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Value, json};
use std::{collections::BTreeSet, fmt, fs};

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/asyncapi.yaml");

#[test]
fn the_document_says_what_the_types_say() {
    let text = format!(
        "# Written from the types: BELLWETHER_BLESS=1 cargo test -p bellwether-tests asyncapi\n{}",
        yaml(&document(), 0)
    );
    if std::env::var_os("BELLWETHER_BLESS").is_some() {
        fs::write(PATH, &text).expect("write docs/asyncapi.yaml");
    }
    let written = fs::read_to_string(PATH).unwrap_or_default();
    assert!(written == text, "docs/asyncapi.yaml is old: BELLWETHER_BLESS=1 cargo test -p bellwether-tests asyncapi");
}

#[test]
fn schemas_are_read_off_values() {
    let schema = schema_of(&[json!({"a": 1, "b": null}), json!({"a": 1.5, "b": "x", "c": [true]})]);
    let expected = json!({"type": "object", "properties": {
        "a": {"type": "number"}, "b": {"type": ["null", "string"]}, "c": {"type": "array", "items": {"type": "boolean"}},
    }, "required": ["a", "b"]});
    assert_eq!(schema, expected);
    assert_eq!(yaml(&json!({"a": [], "b": {"c": ["x: 1", null]}}), 0), "a: []\nb:\n  c:\n    - \"x: 1\"\n    - null\n");
}

fn document() -> Value {
    let (channels, operations, messages) = bus();
    let (browser_channels, browser_operations, browser_messages) = browsers();
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Bellwether",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "What travels between the processes on NATS, and from the gateway to browsers. docs/EVENTS.md is for reading.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "bus": {"host": "127.0.0.1:4222", "protocol": "nats", "description": "nats-server 2.12 or newer with JetStream"},
            "gateway": {"host": "127.0.0.1:8080", "protocol": "http", "description": "the gateway; server-sent events"},
        },
        "channels": merged(channels, browser_channels),
        "operations": merged(operations, browser_operations),
        "components": {"messages": merged(messages, browser_messages), "schemas": {"headers": headers()}},
    })
}

fn merged(mut a: Map<String, Value>, b: Map<String, Value>) -> Map<String, Value> {
    a.extend(b);
    a
}

type Parts = (Map<String, Value>, Map<String, Value>, Map<String, Value>);

/// One kind of message on the bus.
struct Travels {
    name: &'static str,
    /// With parameters in braces.
    address: String,
    summary: &'static str,
    /// MessagePack with our headers, or JSON.
    numbered: bool,
    payload: Value,
}

fn bus() -> Parts {
    let lane = "{lane}.{universe}";
    let stem = |subjects: &str| subjects.trim_end_matches('>').to_owned();
    let kinds = [
        Travels {
            name: "bars",
            address: format!("{}{lane}", stem(names::BARS_SUBJECTS)),
            summary: "One session of bars of the whole universe; columns are packed little-endian values.",
            numbered: true,
            payload: schema_of(&Sample::new().take(2).map(|bars| msgpack(&bars)).collect::<Vec<_>>()),
        },
        Travels {
            name: "scan",
            address: format!("{}{lane}", stem(names::SCANS_SUBJECTS)),
            summary: "What every symbol did in one session; columns are packed little-endian values.",
            numbered: true,
            payload: schema_of(&[msgpack(&fixture::scan(7, &fixture::moved(2, 1, 1)))]),
        },
        Travels {
            name: "result",
            address: format!("$KV.{{worker}}.{lane}"),
            summary: "A worker's result for one scan, and the state it carries on. Parts and state are each worker's own.",
            numbered: true,
            payload: stored(),
        },
        Travels {
            name: "reject",
            address: format!("{}{{service}}.{lane}", stem(names::REJECTS_SUBJECTS)),
            summary: "What was refused, as it came; the reason is in the header Bw-Reason.",
            numbered: true,
            payload: json!({"description": "the bytes as they came"}),
        },
        Travels {
            name: "log",
            address: format!("{}{{service}}", stem(names::LOGS_SUBJECTS)),
            summary: "A line of a service's log.",
            numbered: false,
            payload: log(),
        },
        Travels {
            name: "status",
            address: format!("{}{{service}}.{{instance}}", stem(names::STATUS_SUBJECTS)),
            summary: "How a copy of a service is, about once a second and at once on change; not stored.",
            numbered: false,
            payload: status(),
        },
    ];
    let (mut channels, mut operations, mut messages) = (Map::new(), Map::new(), Map::new());
    for kind in kinds {
        let named = kind.address.split('{').skip(1).filter_map(|rest| rest.split('}').next());
        let parameters: Map<String, Value> =
            named.map(|name| (name.to_owned(), json!({"description": describe(name)}))).collect();
        let mut message = json!({"name": kind.name, "summary": kind.summary, "payload": kind.payload});
        if kind.numbered {
            message["contentType"] = names::MSGPACK.into();
            message["headers"] = json!({"$ref": "#/components/schemas/headers"});
        }
        messages.insert(kind.name.to_owned(), message);
        channels.insert(
            kind.name.to_owned(),
            json!({
                "address": kind.address,
                "servers": [{"$ref": "#/servers/bus"}],
                "messages": {kind.name: {"$ref": format!("#/components/messages/{}", kind.name)}},
                "parameters": parameters,
            }),
        );
        operations.insert(format!("publish_{}", kind.name), operation(kind.name, "send", kind.summary));
    }
    (channels, operations, messages)
}

fn browsers() -> Parts {
    let text = || json!({"type": "string"});
    let whole = || json!({"type": "integer"});
    let object = |properties: Value| json!({"type": "object", "properties": properties});
    let events = [
        (
            "hello",
            "What a page needs before its first event.",
            object(
                json!({"server_time": text(), "build": text(), "heartbeat_seconds": {"type": "number"}, "sections": {"type": "array", "items": text()}, "flags": {"type": "object"}}),
            ),
        ),
        (
            "snapshot",
            "The newest result of a section's part.",
            object(
                json!({"part": {"type": ["null", "string"]}, "section": text(), "universe": text(), "lane": text(), "revision": whole(), "epoch": text(), "status": text(), "scan": schema_of(&[json!(scan_ref())]), "value": {}}),
            ),
        ),
        (
            "tick",
            "What has changed beside results: at most once a second.",
            object(
                json!({"health": {"type": "array", "items": {"type": "object"}}, "services": {"type": "array", "items": status()}, "metrics": {"type": ["null", "object"]}, "logs": {"type": "array", "items": log()}}),
            ),
        ),
        ("hb", "A sign of life.", object(json!({"server_time": text(), "vector": text()}))),
        (
            "reset",
            "Forget a section, or everything where it is null.",
            object(json!({"section": {"type": ["null", "string"]}, "reason": text()})),
        ),
        ("flags", "Flag values.", json!({"type": "object"})),
        ("bye", "The gateway stops; come back.", object(json!({"retry_ms": whole()}))),
    ];
    let (mut channel, mut messages) = (Map::new(), Map::new());
    for (name, summary, payload) in events {
        let full = format!("sse_{name}");
        channel.insert(full.clone(), json!({"$ref": format!("#/components/messages/{full}")}));
        messages.insert(full, json!({"name": name, "summary": summary, "payload": payload}));
    }
    let summary = "The newest of everything a client does not hold, as it changes.";
    let channels = Map::from_iter([(
        "stream".to_owned(),
        json!({"address": "/api/stream", "servers": [{"$ref": "#/servers/gateway"}], "messages": channel}),
    )]);
    (channels, Map::from_iter([("send_stream".to_owned(), operation("stream", "send", summary))]), messages)
}

fn operation(channel: &str, action: &str, summary: &str) -> Value {
    json!({"action": action, "channel": {"$ref": format!("#/channels/{channel}")}, "summary": summary})
}

fn describe(parameter: &str) -> &'static str {
    match parameter {
        "lane" => "live, or that of a replay or a what-if",
        "universe" => "a set of symbols",
        "worker" => "name of a worker",
        "service" => "name of a service",
        _ => "which copy of it",
    }
}

fn headers() -> Value {
    let known = [
        (header::ORDINAL, "position within the lane and universe, from 1"),
        (header::SCAN, "scan id"),
        (header::CAUSE, "<stream>:<sequence> of the message that triggered this one"),
        (header::CAUSE_ORDINAL, "its ordinal"),
        (header::ROOT, "sequence in SCANS of the scan at the root"),
        (header::SCHEMA, "<kind>/<version> of the body"),
        (header::CODE, "version and settings of the code that wrote it"),
        (header::DIGEST, "xxh3 of the body, 16 hexadecimal digits"),
        (header::SESSION, "session of a bars message"),
        (header::REASON, "in REJECTS: why"),
        (header::CONTENT_TYPE, "media type of the body"),
        (header::TRACEPARENT, "W3C trace context"),
    ];
    let properties: Map<String, Value> = known
        .map(|(name, says)| (name.to_owned(), json!({"type": "string", "description": says})))
        .into_iter()
        .collect();
    json!({"type": "object", "properties": properties})
}

fn scan_ref() -> ScanRef {
    ScanRef::of(&fixture::scan(7, &fixture::moved(1, 1, 0)))
}

fn stored() -> Value {
    let full = Stored {
        schema: "regime/1".to_owned(),
        status: Status::Ok,
        reason: Some("text".to_owned()),
        scan: scan_ref(),
        coverage: Some(Coverage { listed: 2, eligible: 2, share: 1.0 }),
        quality: Quality::Ok,
        quality_reason: Some("text".to_owned()),
        parts: Some(json!({})),
        state: Some(json!({})),
    };
    let bare = Stored {
        status: Status::Rejected,
        reason: None,
        scan: ScanRef::unreadable(7),
        coverage: None,
        quality_reason: None,
        parts: None,
        state: None,
        ..full.clone()
    };
    schema_of(&[msgpack(&full), msgpack(&bare)])
}

fn log() -> Value {
    let line = |scan: Option<&str>| LogLine {
        time: "2024-03-14T20:00:00Z".parse().expect("an instant"),
        level: Level::Info,
        service: "regime".to_owned(),
        instance: "regime#2".to_owned(),
        target: "bellwether_harness::track".to_owned(),
        message: "rejected".to_owned(),
        fields: [("ordinal".to_owned(), Field::Int(7))].into(),
        scan: scan.map(str::to_owned),
        trace: scan.map(str::to_owned),
    };
    let mut schema = schema_of(&[json!(line(None)), json!(line(Some("text")))]);
    // Any names, any plain values.
    schema["properties"]["fields"] =
        json!({"type": "object", "additionalProperties": {"type": ["boolean", "number", "string"]}});
    schema["properties"]["level"] = json!({"enum": [Level::Info, Level::Warn, Level::Error]});
    schema
}

fn status() -> Value {
    let bare = ServiceStatus::default();
    let full = ServiceStatus {
        reason: Some("text".to_owned()),
        p50_ms: Some(1.5),
        p95_ms: Some(1.5),
        lag: Some(1),
        last_event_age_seconds: Some(1.5),
        last_error: Some("text".to_owned()),
        ..bare.clone()
    };
    let mut schema = schema_of(&[json!(bare), json!(full)]);
    schema["properties"]["status"] = json!({"enum": [Condition::Ok, Condition::Degraded, Condition::Down]});
    schema
}

/// What all of the values fit.
fn schema_of(values: &[Value]) -> Value {
    let mut kinds: BTreeSet<&str> = values.iter().map(kind).collect();
    if kinds.contains("number") {
        kinds.remove("integer");
    }
    let kinds: Vec<_> = kinds.into_iter().collect();
    let mut schema = Map::new();
    match kinds.as_slice() {
        [] => return json!({}),
        [one] => drop(schema.insert("type".to_owned(), json!(one))),
        more => drop(schema.insert("type".to_owned(), json!(more))),
    }
    let items: Vec<Value> = values.iter().filter_map(Value::as_array).flatten().cloned().collect();
    if kinds.contains(&"array") {
        schema.insert("items".to_owned(), schema_of(&items));
    }
    let objects: Vec<_> = values.iter().filter_map(Value::as_object).collect();
    if let Some(first) = objects.first() {
        let mut names: Vec<&String> = first.keys().collect();
        names.extend(objects.iter().flat_map(|object| object.keys()).filter(|name| !first.contains_key(*name)));
        names.dedup();
        let of = |name: &String| objects.iter().filter_map(|object| object.get(name)).cloned().collect::<Vec<_>>();
        let properties: Map<String, Value> = names.iter().map(|name| ((*name).clone(), schema_of(&of(name)))).collect();
        schema.insert("properties".to_owned(), Value::Object(properties));
        let required: Vec<_> =
            names.iter().filter(|name| objects.iter().all(|object| object.contains_key(**name))).collect();
        if !required.is_empty() {
            schema.insert("required".to_owned(), json!(required));
        }
    }
    Value::Object(schema)
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// A value as it travels, seen as JSON; packed columns as text.
fn msgpack(value: &impl Serialize) -> Value {
    codec::decode::<Any>(&codec::encode(value)).expect("our own bytes").0
}

struct Any(Value);

impl<'de> Deserialize<'de> for Any {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyVisitor).map(Self)
    }
}

struct AnyVisitor;

impl<'de> Visitor<'de> for AnyVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_bytes<E>(self, _: &[u8]) -> Result<Value, E> {
        Ok("packed".into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut all = Vec::new();
        while let Some(Any(item)) = items.next_element()? {
            all.push(item);
        }
        Ok(all.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut all = Map::new();
        while let Some((name, Any(value))) = fields.next_entry::<String, Any>()? {
            all.insert(name, value);
        }
        Ok(all.into())
    }
}

/// Plain YAML: blocks, and every text in quotes.
fn yaml(value: &Value, depth: usize) -> String {
    let indent = "  ".repeat(depth);
    match value {
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| format!("{indent}{}:{}", key(name), below(value, depth))).collect()
        }
        Value::Array(items) => items.iter().map(|item| format!("{indent}-{}", below(item, depth))).collect(),
        plain => format!("{indent}{plain}\n"),
    }
}

fn below(value: &Value, depth: usize) -> String {
    let empty = value.as_object().is_some_and(Map::is_empty) || value.as_array().is_some_and(Vec::is_empty);
    if empty || !(value.is_object() || value.is_array()) {
        return format!(" {value}\n");
    }
    format!("\n{}", yaml(value, depth + 1))
}

fn key(name: &str) -> String {
    let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    if plain { name.to_owned() } else { json!(name).to_string() }
}

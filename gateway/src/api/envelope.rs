//! The one envelope every answer about a section comes in.

use crate::{
    board::Section,
    entry::{Entry, Head, open_object},
};
use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use bellwether_schemas::{Timestamp, key};
use serde::Serialize;

/// Which part of an entry is asked for.
pub(crate) enum Data<'a> {
    /// One, with its JSON.
    Part(&'a str, &'a [u8]),
    /// Every part, or null when the scan was rejected and nothing came before.
    All,
}

/// Answers with an entry, or with 304 when the client holds it. `stale` says why it may not be the newest.
pub(crate) fn respond(
    entry: &Entry,
    stale: Option<&str>,
    data: &Data<'_>,
    request: &HeaderMap,
    now: Timestamp,
) -> Response {
    let epoch = crate::vector::tag(&entry.head.epoch);
    let tag = format!("{epoch}-{}{}", entry.head.revision, if stale.is_some() { "-stale" } else { "" });
    answer(request, &tag, || encode(entry, stale, data, now))
}

/// Answers with JSON under a tag, or with 304 when the client holds it.
pub(crate) fn answer(request: &HeaderMap, tag: &str, body: impl FnOnce() -> Vec<u8>) -> Response {
    answer_as("application/json", request, tag, body)
}

/// As [`answer`], in another media type.
pub(crate) fn answer_as(
    media: &'static str,
    request: &HeaderMap,
    tag: &str,
    body: impl FnOnce() -> Vec<u8>,
) -> Response {
    // Weak, because the age in the body differs with every request.
    let tag = HeaderValue::try_from(format!("W/\"{tag}\"")).unwrap_or(HeaderValue::from_static("W/\"\""));
    // Ask every time; the answer is mostly 304.
    let cache = (header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if holds(request, &tag) {
        return (StatusCode::NOT_MODIFIED, [cache, (header::ETAG, tag)]).into_response();
    }
    let media = (header::CONTENT_TYPE, HeaderValue::from_static(media));
    ([media, cache, (header::ETAG, tag)], Body::from(body())).into_response()
}

#[derive(Serialize)]
struct Envelope<'a> {
    part: Option<&'a str>,
    as_of: Option<Timestamp>,
    age_seconds: Option<i64>,
    #[serde(flatten)]
    head: &'a Head,
}

/// An entry in the envelope.
pub(crate) fn encode(entry: &Entry, stale: Option<&str>, data: &Data<'_>, now: Timestamp) -> Vec<u8> {
    let mut head = entry.head.clone();
    if let Some(reason) = stale {
        (head.status, head.reason) = ("stale", Some(reason.to_owned()));
    }
    let part = match data {
        Data::Part(name, _) => Some(*name),
        Data::All => None,
    };
    let as_of = head.scan.as_of;
    let age_seconds = as_of.map(|as_of| age_seconds(as_of, now));
    let mut out = Vec::with_capacity(entry.frame.len() + 512);
    open_object(&mut out, &Envelope { part, as_of, age_seconds, head: &head }, "data");
    match data {
        Data::Part(_, json) => out.extend_from_slice(json),
        Data::All => all_parts(&mut out, entry),
    }
    out.push(b'}');
    out
}

fn all_parts(out: &mut Vec<u8>, entry: &Entry) {
    if entry.parts.is_empty() {
        return out.extend_from_slice(b"null");
    }
    for (index, part) in entry.parts.iter().enumerate() {
        out.push(if index == 0 { b'{' } else { b',' });
        out.extend_from_slice(serde_json::Value::from(part.name.as_str()).to_string().as_bytes());
        out.push(b':');
        out.extend_from_slice(&part.json);
    }
    out.push(b'}');
}

/// Whole seconds since `as_of`, not below 0.
pub(crate) fn age_seconds(as_of: Timestamp, now: Timestamp) -> i64 {
    (now.as_second() - as_of.as_second()).max(0)
}

/// The universe an unsaid one stands for: the first of the section in that lane.
pub(crate) fn default_universe<'a>(section: &'a Section, lane: &str) -> Option<&'a str> {
    section.entries.keys().find(|key| key.lane() == lane).map(key::Key::universe)
}

pub(crate) fn holds(request: &HeaderMap, tag: &HeaderValue) -> bool {
    let Ok(tag) = tag.to_str() else { return false };
    let bare = tag.trim_start_matches("W/");
    let held = request.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    held.flat_map(|list| list.split(','))
        .any(|held| matches!(held.trim(), "*") || held.trim().trim_start_matches("W/") == bare)
}

//! Log lines of all services: found, and live.

use super::Parameters;
use crate::{
    ops::{Filter, Line},
    problem::Problem,
    server::App,
    web,
};
use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, Method, Uri, header},
    response::{IntoResponse, Response},
};
use bellwether_schemas::{Refusal, ops::Level};
use bytes::Bytes;
use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

const USUAL: usize = 200;
const MOST: usize = 1000;
/// Readers of the live log; it is for people, not for pages.
const READERS: usize = 64;
/// Lines sent at once.
const CHUNK: usize = 100;
const BEAT: Duration = Duration::from_secs(15);

static READING: AtomicUsize = AtomicUsize::new(0);

/// `GET /logs`: the newest lines that fit, oldest of them first. A browser that is led here gets the page.
pub(super) async fn find(
    state: State<App>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    parameters: Result<Parameters, Problem>,
) -> Response {
    if wants_page(&headers) {
        return web::serve(state, method, uri, headers).await;
    }
    match parameters.and_then(|parameters| page(&state.0, &parameters)) {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    }
}

/// Whether a person came here by typing or following an address.
pub(super) fn wants_page(headers: &HeaderMap) -> bool {
    headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"))
}

fn page(app: &App, parameters: &Parameters) -> Result<Response, Problem> {
    parameters.only(&["level", "service", "text", "scan", "limit", "before"])?;
    let limit = number(parameters, "limit")?.unwrap_or(USUAL as u64);
    if !(1..=MOST as u64).contains(&limit) {
        return Err(bad("limit", limit, format!("1 to {MOST}")));
    }
    let (lines, more) = app.backend.ops.logs.page(&filter(parameters)?, number(parameters, "before")?, limit as usize);
    let next = lines.first().filter(|_| more).map(|line| line.seq);
    let mut body = Vec::from(&b"{\"lines\":["[..]);
    for (place, line) in lines.iter().enumerate() {
        if place > 0 {
            body.push(b',');
        }
        body.extend_from_slice(&line.json);
    }
    let next = next.map_or_else(|| "null".to_owned(), |next| next.to_string());
    body.extend_from_slice(format!("],\"next\":{next}}}").as_bytes());
    Ok(([(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")], body).into_response())
}

fn filter(parameters: &Parameters) -> Result<Filter, Problem> {
    let text = |name: &str| parameters.get(name).filter(|text| !text.is_empty()).map(str::to_owned);
    let level = match parameters.get("level") {
        None => None,
        Some(name) => Some(Level::named(name).ok_or_else(|| bad("level", name, "info, warn or error".to_owned()))?),
    };
    Ok(Filter { level, service: text("service"), text: text("text"), scan: text("scan") })
}

fn number(parameters: &Parameters, name: &str) -> Result<Option<u64>, Problem> {
    let Some(text) = parameters.get(name) else { return Ok(None) };
    let plain = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| plain).map(Some).ok_or_else(|| bad(name, text, "a whole number".to_owned()))
}

fn bad(field: &str, value: impl ToString, expected: String) -> Problem {
    Problem::bad("bad_parameter", Refusal::new(field, value.to_string(), expected))
}

/// `GET /logs/stream`: server-sent events `log`, one per fitting line, from now on or from where the reader left off.
pub(super) async fn stream(
    State(app): State<App>,
    parameters: Parameters,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    parameters.only(&["level", "service", "text", "scan", "since"])?;
    let filter = filter(&parameters)?;
    let held = headers.get("last-event-id").and_then(|id| id.to_str().ok()).filter(|id| !id.is_empty());
    let since = match held {
        Some(id) => Some(id.parse().map_err(|_| bad("last-event-id", id, "a sequence".to_owned()))?),
        None => number(&parameters, "since")?,
    };
    let seat =
        Seat::take().ok_or_else(|| Problem::unavailable("too_many_streams", format!("{READERS} read the log")))?;
    let seen = since.unwrap_or_else(|| app.backend.ops.logs.head());
    let reader = Reader { epoch: app.backend.ops.logs.epoch(), app, filter, seen, _seat: seat };
    let body = futures::stream::unfold((reader, true), |(mut reader, first)| async move {
        let chunk = if first { Bytes::from_static(b": the log\n\n") } else { reader.next().await? };
        Some((Ok::<_, Infallible>(chunk), (reader, false)))
    });
    let fixed = [
        (header::CONTENT_TYPE.as_str(), "text/event-stream"),
        (header::CACHE_CONTROL.as_str(), "no-store"),
        ("x-accel-buffering", "no"),
    ];
    Ok((fixed, Body::from_stream(body)).into_response())
}

struct Reader {
    app: App,
    filter: Filter,
    epoch: String,
    seen: u64,
    _seat: Seat,
}

impl Reader {
    /// The next bytes; waits until there are some. `None` when the gateway stops.
    async fn next(&mut self) -> Option<Bytes> {
        let app = self.app.clone();
        let mut changed = app.backend.ops.logs.watch();
        loop {
            changed.borrow_and_update();
            if let Some(chunk) = self.collect() {
                return Some(chunk);
            }
            tokio::select! {
                () = app.shutdown.cancelled() => return None,
                changed = changed.changed() => changed.ok()?,
                () = tokio::time::sleep(BEAT) => return Some(Bytes::from_static(b": still here\n\n")),
            }
        }
    }

    fn collect(&mut self) -> Option<Bytes> {
        let logs = &self.app.backend.ops.logs;
        let mut out = String::new();
        let epoch = logs.epoch();
        if epoch != self.epoch {
            (self.epoch, self.seen) = (epoch, 0);
            out.push_str("event: reset\ndata: {\"reason\":\"the log was made anew\"}\n\n");
        }
        let (lines, reached, missed) = logs.after(self.seen, &self.filter, CHUNK);
        if missed {
            out.push_str("event: gap\ndata: {\"reason\":\"lines before these are no longer held here\"}\n\n");
        }
        self.seen = reached;
        lines.iter().for_each(|line| event(line, &mut out));
        (!out.is_empty()).then(|| out.into())
    }
}

fn event(line: &Arc<Line>, out: &mut String) {
    out.push_str("event: log\ndata: ");
    out.push_str(&String::from_utf8_lossy(&line.json));
    out.push_str(&format!("\nid: {}\n\n", line.seq));
}

/// One of the places for readers.
struct Seat;

impl Seat {
    fn take() -> Option<Self> {
        let taken = READING.fetch_add(1, Ordering::Relaxed);
        // Dropping it gives the place back.
        let seat = Self;
        (taken < READERS).then_some(seat)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        READING.fetch_sub(1, Ordering::Relaxed);
    }
}

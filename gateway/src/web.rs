//! The page: built in, or from a folder while it is worked on.

mod site;

use crate::{
    problem::Problem,
    server::{App, Shared},
    sse::{self, View},
};
use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use bellwether_schemas::codec;
use bytes::Bytes;
use serde_json::json;
use site::{Asset, SITE, media_type};
use std::path::{Component, Path};

/// Routes of the page that are drawn by its script.
const ROUTES: [&str; 11] = [
    "/",
    "/index.html",
    "/regime",
    "/breadth",
    "/position",
    "/timeframe",
    "/index",
    "/system",
    "/logs",
    "/metrics",
    "/compare",
];
const BOOT: &str = "<script type=\"application/json\" id=\"boot\">";
/// What the first screen of the overview shows; the rest comes with the stream.
const FIRST: [&str; 2] = ["regime", "position"];
const ALWAYS_ASK: HeaderValue = HeaderValue::from_static("no-cache");
/// A path that names its content: another content has another path.
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// A reader who opens `/logs` wants the page; a program that asks for the same path wants the data.
pub(crate) async fn page_first(State(app): State<App>, request: Request, next: Next) -> Response {
    let accepts = request.headers().get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    if request.method() == Method::GET && accepts.contains("text/html") && ROUTES.contains(&request.uri().path()) {
        return page(&app, request.uri()).await;
    }
    next.run(request).await
}

/// Everything that is neither API nor health.
pub(crate) async fn serve(State(app): State<App>, method: Method, uri: Uri, request: HeaderMap) -> Response {
    if method != Method::GET && method != Method::HEAD {
        return crate::api::method_not_allowed(method, uri).await.into_response();
    }
    if ROUTES.contains(&uri.path()) {
        return page(&app, &uri).await;
    }
    let path = uri.path().trim_start_matches('/');
    let found = match &app.options.web {
        Some(folder) => {
            from_disk(folder, path).await.map(|bytes| file(&Asset::plain(path, bytes), ALWAYS_ASK, &request))
        }
        None => SITE.find(path).map(|(asset, named)| file(asset, if named { FOR_EVER } else { ALWAYS_ASK }, &request)),
    };
    found.unwrap_or_else(|| {
        Problem::new(StatusCode::NOT_FOUND, "no_page", format!("there is no page {}", uri.path())).into_response()
    })
}

async fn from_disk(folder: &Path, path: &str) -> Option<Bytes> {
    // Nothing but plain names: no parent, no root, no drive.
    if !Path::new(path).components().all(|part| matches!(part, Component::Normal(_))) {
        return None;
    }
    tokio::fs::read(folder.join(path)).await.ok().map(Bytes::from)
}

fn file(asset: &Asset, cache: HeaderValue, request: &HeaderMap) -> Response {
    let fixed = [
        (header::CONTENT_TYPE, HeaderValue::from_static(asset.media)),
        (header::CACHE_CONTROL, cache),
        (header::ETAG, asset.tag.clone()),
        (header::VARY, HeaderValue::from_static("accept-encoding")),
    ];
    if crate::api::holds(request, &asset.tag) {
        return (StatusCode::NOT_MODIFIED, fixed).into_response();
    }
    let takes = request.get(header::ACCEPT_ENCODING).and_then(|held| held.to_str().ok()).unwrap_or_default();
    match &asset.gzip {
        Some(small) if takes.contains("gzip") => {
            (fixed, [(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"))], Body::from(small.clone()))
                .into_response()
        }
        _ => (fixed, Body::from(asset.bytes.clone())).into_response(),
    }
}

/// The page with what it shows first already in it, so that it is right before its stream is open.
async fn page(app: &Shared, uri: &Uri) -> Response {
    let html = match &app.options.web {
        Some(folder) => from_disk(folder, "index.html").await.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
        None => Some(SITE.page.clone()),
    };
    let Some(html) = html else {
        return Problem::new(StatusCode::NOT_FOUND, "no_page", "index.html is missing").into_response();
    };
    let filled = match html.split_once(BOOT) {
        Some((before, after)) => format!("{before}{BOOT}{}{}", boot(app, uri), after.trim_start_matches("{}")),
        None => html,
    };
    let fixed = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media_type("index.html"))),
        (header::CACHE_CONTROL, ALWAYS_ASK),
    ];
    (fixed, Body::from(filled)).into_response()
}

fn boot(app: &Shared, uri: &Uri) -> String {
    let asked = uri.query().unwrap_or_default().split('&').find_map(|pair| pair.strip_prefix("u="));
    let universes = crate::api::universes(app);
    let universe = asked.filter(|u| universes.has(u)).or(universes.default_name());
    let (frames, vector) = match universe {
        Some(universe) => sse::snapshot(&View::of(app, Some(universe))),
        None => (Vec::new(), String::new()),
    };
    let first = |section: &str| match uri.path().trim_start_matches('/') {
        "" | "index.html" => FIRST.contains(&section),
        route => route == section,
    };
    let snapshots: Vec<serde_json::Value> = frames
        .iter()
        .flat_map(|frame| data_of(frame))
        .filter(|data| data["section"].as_str().is_some_and(first))
        .collect();
    let boot = json!({
        "hello": sse::hello(app), "universe": universe, "snapshots": snapshots, "vector": only(&vector, first),
    });
    // The only way out of a script element is `</script`; as JSON this is the same text.
    boot.to_string().replace('<', "\\u003c")
}

/// The vector of a client that holds some of the sections only.
fn only(vector: &str, held: impl Fn(&str) -> bool) -> String {
    let mut marks = vector.split(';');
    let view = marks.next().into_iter();
    view.chain(marks.filter(|mark| mark.split('@').next().is_some_and(&held))).collect::<Vec<_>>().join(";")
}

fn data_of(frame: &[u8]) -> impl Iterator<Item = serde_json::Value> + '_ {
    frame.split(|&b| b == b'\n').filter_map(|line| serde_json::from_slice(line.strip_prefix(b"data: ")?).ok())
}

/// The name a content goes by.
fn digest(bytes: &[u8]) -> String {
    codec::digest(bytes).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vector_keeps_the_marks_of_what_is_held() {
        let held = only("e23f;breadth@9e:15;regime@8f:7", |section| section == "regime");
        assert_eq!(held, "e23f;regime@8f:7");
        assert_eq!(only("", |_| true), "");
    }
}

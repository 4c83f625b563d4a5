//! The page: built in, or from a folder while it is worked on.

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
use rust_embed::RustEmbed;
use serde_json::json;
use std::{
    borrow::Cow,
    path::{Component, Path},
};

#[derive(RustEmbed)]
#[folder = "web/"]
struct Built;

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

/// Everything that is neither API nor health.
pub(crate) async fn serve(State(app): State<App>, method: Method, uri: Uri, request: HeaderMap) -> Response {
    if method != Method::GET && method != Method::HEAD {
        return crate::api::method_not_allowed(method, uri).await.into_response();
    }
    if ROUTES.contains(&uri.path()) {
        return page(&app, &uri).await;
    }
    match read(&app, uri.path().trim_start_matches('/')).await {
        Some(bytes) => file(uri.path(), &bytes, &request),
        None => {
            Problem::new(StatusCode::NOT_FOUND, "no_page", format!("there is no page {}", uri.path())).into_response()
        }
    }
}

/// A reader who opens `/logs` wants the page; a program that asks for the same path wants the data.
pub(crate) async fn page_first(State(app): State<App>, request: Request, next: Next) -> Response {
    let accepts = request.headers().get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    if request.method() == Method::GET && accepts.contains("text/html") && ROUTES.contains(&request.uri().path()) {
        return page(&app, request.uri()).await;
    }
    next.run(request).await
}

async fn read(app: &Shared, path: &str) -> Option<Cow<'static, [u8]>> {
    let Some(folder) = &app.options.web else { return Built::get(path).map(|file| file.data) };
    // Nothing but plain names: no parent, no root, no drive.
    if !Path::new(path).components().all(|part| matches!(part, Component::Normal(_))) {
        return None;
    }
    tokio::fs::read(folder.join(path)).await.ok().map(Cow::Owned)
}

fn file(path: &str, bytes: &[u8], request: &HeaderMap) -> Response {
    let tag =
        HeaderValue::try_from(format!("\"{}\"", codec::digest(bytes))).unwrap_or(HeaderValue::from_static("\"\""));
    if crate::api::holds(request, &tag) {
        return (StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response();
    }
    let fixed = [(header::CONTENT_TYPE, media_type(path)), (header::CACHE_CONTROL, "no-cache")];
    (fixed, [(header::ETAG, tag)], Body::from(bytes.to_vec())).into_response()
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("json" | "webmanifest") => "application/json",
        _ => "application/octet-stream",
    }
}

/// The page with what it shows first already in it, so that it is right before its stream is open.
async fn page(app: &Shared, uri: &Uri) -> Response {
    let Some(bytes) = read(app, "index.html").await else {
        return Problem::new(StatusCode::NOT_FOUND, "no_page", "index.html is missing").into_response();
    };
    let html = String::from_utf8_lossy(&bytes);
    let filled = match html.split_once(BOOT) {
        Some((before, after)) => format!("{before}{BOOT}{}{}", boot(app, uri), after.trim_start_matches("{}")),
        None => html.into_owned(),
    };
    let fixed = [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")];
    (fixed, Body::from(filled)).into_response()
}

fn boot(app: &Shared, uri: &Uri) -> String {
    let asked = uri.query().unwrap_or_default().split('&').find_map(|pair| pair.strip_prefix("u="));
    let universes = crate::api::universes(app);
    let universe = asked.filter(|u| universes.has(u)).or(universes.default_name());
    let (frames, vector) = match universe {
        Some(universe) => sse::snapshot(app, &View::of(app, Some(universe))),
        None => (Vec::new(), String::new()),
    };
    let snapshots: Vec<serde_json::Value> = frames.iter().flat_map(|frame| data_of(frame)).collect();
    let boot = json!({"hello": sse::hello(app), "universe": universe, "snapshots": snapshots, "vector": vector});
    // The only way out of a script element is `</script`; as JSON this is the same text.
    boot.to_string().replace('<', "\\u003c")
}

fn data_of(frame: &[u8]) -> impl Iterator<Item = serde_json::Value> + '_ {
    frame.split(|&b| b == b'\n').filter_map(|line| serde_json::from_slice(line.strip_prefix(b"data: ")?).ok())
}

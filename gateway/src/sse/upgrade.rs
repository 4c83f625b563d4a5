//! `GET /api/ws`: the same events as texts of a WebSocket, each `{event, id, data}`.

use super::{held, message::Form, newcomer, seat, view::View};
use crate::{
    api::Parameters,
    connection::{Peer, Takeover},
    problem::Problem,
    server::App,
    socket,
};
use axum::{
    extract::{Extension, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{MethodRouter, get},
};
use bellwether_schemas::Refusal;

const VERSION: HeaderValue = HeaderValue::from_static("13");

pub(crate) fn route() -> MethodRouter<App> {
    get(open)
}

async fn open(
    State(app): State<App>,
    peer: Option<Extension<Peer>>,
    parameters: Parameters,
    request: HeaderMap,
) -> Response {
    match answer(&app, peer, &parameters, &request).await {
        Ok(response) => response,
        Err(problem) => refuse(problem),
    }
}

async fn answer(
    app: &App,
    peer: Option<Extension<Peer>>,
    parameters: &Parameters,
    request: &HeaderMap,
) -> Result<Response, Problem> {
    let fixed = [
        (header::CONNECTION, HeaderValue::from_static("upgrade")),
        (header::UPGRADE, HeaderValue::from_static("websocket")),
        (header::SEC_WEBSOCKET_ACCEPT, handshake(request)?),
    ];
    let view = super::playback(app, parameters, View::read(app, parameters)?).await?;
    let newcomer = newcomer(app, view, held(parameters, request), seat(app, peer)?, Form::Socket);
    let mut response = (StatusCode::SWITCHING_PROTOCOLS, fixed).into_response();
    response.extensions_mut().insert(Takeover::new(newcomer));
    Ok(response)
}

/// Says what would have been right, where the protocol was not.
fn refuse(problem: Problem) -> Response {
    let mut response = problem.into_response();
    if response.status() == StatusCode::UPGRADE_REQUIRED {
        let headers = response.headers_mut();
        headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(header::SEC_WEBSOCKET_VERSION, VERSION);
    }
    response
}

/// The answer to the client's key.
fn handshake(request: &HeaderMap) -> Result<HeaderValue, Problem> {
    let upgrade = has(request, header::UPGRADE, "websocket") && has(request, header::CONNECTION, "upgrade");
    if !upgrade || request.get(header::SEC_WEBSOCKET_VERSION) != Some(&VERSION) {
        let detail = "this is a WebSocket of version 13; the same as server-sent events is at /api/stream";
        return Err(Problem::new(StatusCode::UPGRADE_REQUIRED, "upgrade_required", detail));
    }
    let key = request.get(header::SEC_WEBSOCKET_KEY).and_then(|key| key.to_str().ok()).unwrap_or_default();
    let accept = socket::accept(key).and_then(|accept| HeaderValue::try_from(accept).ok());
    accept.ok_or_else(|| Problem::bad("bad_key", Refusal::new("sec-websocket-key", key, "16 bytes in base64")))
}

/// Whether a header's comma-separated list has a token, in any case.
fn has(request: &HeaderMap, name: HeaderName, token: &str) -> bool {
    let values = request.get_all(name).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|found| found.trim().eq_ignore_ascii_case(token))
}

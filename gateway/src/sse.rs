//! Streams: server-sent events, and the same over WebSocket. A request for one is checked here; its socket is then
//! given to the [`hub`], which writes what is new, encoded once, to all who hold the same.

mod allowance;
mod cursor;
mod hub;
mod message;
#[cfg(test)]
mod tests;
mod ticks;
mod upgrade;
mod view;

pub(crate) use hub::{Hub, Newcomer};
pub(crate) use ticks::Ticks;
pub(crate) use upgrade::route as socket_route;
pub(crate) use view::{View, snapshot};

use crate::{
    api::Parameters,
    connection::{Peer, Takeover},
    playback::Reel,
    problem::Problem,
    protect::Seat,
    server::{App, Shared},
    vector::Vector,
};
use axum::{
    extract::{Extension, State},
    http::{HeaderMap, Method, header},
    response::{IntoResponse, Response},
    routing::{MethodRouter, get},
};
use cursor::Cursor;
use message::{Form, Message};

/// `GET /api/stream`
pub(crate) fn route() -> MethodRouter<App> {
    get(open)
}

async fn open(
    State(app): State<App>,
    method: Method,
    peer: Option<Extension<Peer>>,
    parameters: Parameters,
    request: HeaderMap,
) -> Result<Response, Problem> {
    let (view, held) =
        (playback(&app, &parameters, View::read(&app, &parameters)?).await?, held(&parameters, &request));
    let fixed = [
        (header::CONTENT_TYPE.as_str(), "text/event-stream"),
        (header::CACHE_CONTROL.as_str(), "no-store"),
        ("x-accel-buffering", "no"),
        // The body has no length and no chunks: it ends with the connection.
        (header::CONNECTION.as_str(), "close"),
    ];
    let mut response = fixed.into_response();
    if method == Method::GET {
        let seat = seat(&app, peer)?;
        response.extensions_mut().insert(Takeover::new(newcomer(&app, view, held, seat, Form::Events)));
    }
    Ok(response)
}

/// With `playback=` the view is of the past, on a board of its own.
async fn playback(app: &App, parameters: &Parameters, view: View) -> Result<View, Problem> {
    match parameters.get("playback") {
        None => Ok(view),
        Some(_) => {
            let board = Reel::read(app, parameters, &view.sections, view.of_what()).await?.begin(app);
            Ok(view.on(board))
        }
    }
}

fn seat(app: &Shared, peer: Option<Extension<Peer>>) -> Result<Seat, Problem> {
    let address = peer.map_or(std::net::Ipv4Addr::UNSPECIFIED.into(), |Extension(Peer(address))| address);
    app.seats.take(address).map_err(|full| {
        metrics::counter!("bellwether_gateway_streams_refused_total").increment(1);
        Problem::unavailable("too_many_streams", full.to_string())
    })
}

fn newcomer(app: &Shared, view: View, held: Held, seat: Seat, form: Form) -> Newcomer {
    let mut greeting = Vec::new();
    Message::new("hello", &hello(app), None).encode(form, &mut greeting);
    let (cursor, reset) = Cursor::resume(&view, held);
    if let Some(reset) = reset {
        reset.encode(form, &mut greeting);
    }
    Newcomer { view, cursor, greeting, form, seat }
}

/// What the client says it holds. The header is the browser's own and newer than the address it was opened with.
fn held(parameters: &Parameters, request: &HeaderMap) -> Held {
    let header = request.get("last-event-id").map(|id| id.to_str().unwrap_or("?"));
    match header.filter(|id| !id.is_empty()).or(parameters.get("since").filter(|since| !since.is_empty())) {
        None => Held::Nothing,
        Some(text) => text.parse().map_or(Held::Unknown, Held::Vector),
    }
}

enum Held {
    Nothing,
    Vector(Vector),
    Unknown,
}

/// What a page needs before its first event.
pub(crate) fn hello(app: &Shared) -> serde_json::Value {
    serde_json::json!({
        "server_time": (app.now)(),
        "build": app.options.build,
        "flags": {},
        "sections": app.board().names().iter().map(|name| &**name).collect::<Vec<_>>(),
        "universes": crate::api::universes(app),
        "exchanges": crate::api::exchanges(app),
        "heartbeat_seconds": app.options.heartbeat.as_secs_f64(),
    })
}

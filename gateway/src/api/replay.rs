//! Lanes: made, listed, paused, resumed, cancelled, deleted; and whether a record is what comes out again.

use super::{Named, Parameters, unreadable};
use crate::{
    pace::Speed,
    problem::Problem,
    server::{App, Shared},
    sources::{Action, Replays, WantedReplay},
};
use axum::{
    Json,
    body::Bytes,
    extract::{State, rejection::BytesRejection},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use bellwether_schemas::{Key, Refusal, names};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use std::sync::Arc;

/// What is asked of a lane.
pub(super) const MAX_BYTES: usize = 16 << 10;

fn replays(app: &Shared) -> Result<Arc<dyn Replays>, Problem> {
    let replays = app.backend.replays.clone();
    replays.ok_or_else(|| Problem::unavailable("no_replays", "this gateway runs no replays"))
}

fn failed(error: anyhow::Error) -> Problem {
    match error.downcast::<Refusal>() {
        Ok(refusal) => Problem::refused(StatusCode::UNPROCESSABLE_ENTITY, "bad_replay", refusal),
        Err(error) => Problem::unavailable("not_connected", format!("{error:#}")),
    }
}

/// Reads a body of JSON; a page of another origin cannot send one unasked.
fn body<T: DeserializeOwned>(request: &HeaderMap, body: &[u8]) -> Result<T, Problem> {
    let media = request.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if media.split(';').next().map(str::trim) != Some("application/json") {
        let refusal = Refusal::new("content-type", media, "application/json");
        return Err(Problem::refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, "bad_content_type", refusal));
    }
    serde_json::from_slice(body)
        .map_err(|error| Problem::bad("bad_replay", Refusal::new("body", error, "the fields of a replay")))
}

/// `GET /api/replay`
pub(super) async fn list(State(app): State<App>, parameters: Parameters) -> Result<Json<Value>, Problem> {
    parameters.only(&[])?;
    Ok(Json(json!({"lanes": replays(&app)?.list().await.map_err(failed)?})))
}

/// `POST /api/replay`
pub(super) async fn create(
    State(app): State<App>,
    request: HeaderMap,
    bytes: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let bytes = bytes.map_err(|rejection| unreadable(&rejection, MAX_BYTES))?;
    let wanted: WantedReplay = body(&request, &bytes)?;
    let lane = replays(&app)?.create(wanted).await.map_err(failed)?;
    let place = format!("/api/replay/{}", lane["lane"].as_str().unwrap_or_default());
    Ok((StatusCode::CREATED, [(header::LOCATION, place)], Json(lane)).into_response())
}

/// `GET /api/replay/{lane}`
pub(super) async fn one(State(app): State<App>, Named(lane): Named<String>) -> Result<Json<Value>, Problem> {
    act(&app, &lane, Action::Show).await
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Resume {
    speed: Option<Speed>,
}

/// `POST /api/replay/{lane}/{action}`
pub(super) async fn change(
    State(app): State<App>,
    Named((lane, action)): Named<(String, String)>,
    request: HeaderMap,
    bytes: Result<Bytes, BytesRejection>,
) -> Result<Json<Value>, Problem> {
    let bytes = bytes.map_err(|rejection| unreadable(&rejection, MAX_BYTES))?;
    let asked: Resume = body(&request, if bytes.is_empty() { b"{}".as_slice() } else { bytes.as_ref() })?;
    let action = match action.as_str() {
        "pause" => Action::Pause,
        "cancel" => Action::Cancel,
        "resume" => Action::Resume(asked.speed),
        _ => {
            let known = ["pause", "resume", "cancel"].map(String::from);
            return Err(Problem::not_found("unknown_action", "action", &action, known));
        }
    };
    act(&app, &lane, action).await
}

/// `DELETE /api/replay/{lane}`
pub(super) async fn delete(State(app): State<App>, Named(lane): Named<String>) -> Result<Json<Value>, Problem> {
    act(&app, &lane, Action::Delete).await
}

async fn act(app: &Shared, lane: &str, action: Action) -> Result<Json<Value>, Problem> {
    let replays = replays(app)?;
    if names::has_own_stream(lane)
        && Key::live(lane).is_ok()
        && let Some(shown) = replays.act(lane, action).await.map_err(failed)?
    {
        return Ok(Json(shown));
    }
    let lanes = replays.list().await.map_err(failed)?;
    let known = lanes.iter().filter_map(|lane| lane["lane"].as_str()).map(str::to_owned);
    Err(Problem::not_found("unknown_lane", "lane", lane, known))
}

/// `GET /api/verify?universe=&lane=`: begun by the first who asks, answered from then on.
pub(super) async fn verify(State(app): State<App>, parameters: Parameters) -> Result<Json<Value>, Problem> {
    parameters.only(&["universe", "lane"])?;
    let lane = parameters.lane()?;
    let universe = parameters.universe()?.map(str::to_owned).or_else(|| {
        let section = app.boards.of(lane).sections().next()?;
        super::default_universe(&section, lane).map(str::to_owned)
    });
    let Some(universe) = universe else {
        return Err(Problem::bad("bad_parameter", Refusal::new("universe", "none", "the name of a universe")));
    };
    let key = Key::new(lane, universe).map_err(|refusal| Problem::bad("bad_parameter", refusal))?;
    Ok(Json(replays(&app)?.verify(&key).await.map_err(failed)?))
}

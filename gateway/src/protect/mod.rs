//! What keeps the gateway standing: who may come in, how many, and how fast.

mod access;
mod guard;
mod limits;
mod login;
mod origin;
mod pace;
mod seats;
#[cfg(test)]
mod tests;
mod token;

pub use access::{Access, Unguarded};
pub(crate) use guard::{Guard, guard};
pub use limits::Limits;
pub use pace::{Pace, Paces};
pub(crate) use seats::{Seat, Seats};
pub use token::{BadToken, Token};

use crate::{api::Parameters, problem::Problem, server::App};
use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, State},
    routing::{get, post},
};
use serde_json::{Value, json};

/// The most a form of ours may hold.
const FORM: usize = 2048;

/// Signing in and out.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route(login::PATH, get(login::page).post(login::sign_in))
        .route("/logout", post(login::sign_out))
        .layer(DefaultBodyLimit::max(FORM))
}

/// `GET /api/status/rate-limit`: what one client may ask, and what was asked and refused.
pub(crate) async fn rate_limit(State(app): State<App>, parameters: Parameters) -> Result<Json<Value>, Problem> {
    parameters.only(&[])?;
    let limits = &app.options.limits;
    Ok(Json(json!({
        "requests": app.guard.report(),
        "streams": {"open": app.seats.taken(), "most": limits.streams, "most_per_address": limits.streams_per_address},
        "connections": {"most": limits.connections},
        "seconds": {
            "head": limits.head.as_secs_f64(),
            "request": limits.request.as_secs_f64(),
            "idle": limits.idle.as_secs_f64(),
            "stuck": limits.stuck.as_secs_f64(),
        },
    })))
}

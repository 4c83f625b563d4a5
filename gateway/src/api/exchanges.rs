//! Sessions around now of the exchanges the universes are ruled by: what the age of a result is measured against.

use super::Parameters;
use crate::{
    problem::Problem,
    server::{App, Shared},
};
use axum::{Json, extract::State};
use bellwether_schemas::{Date, Timestamp, calendar::Exchange};
use serde::Serialize;
use std::collections::BTreeSet;

const PAST: usize = 8;
const COMING: usize = 3;

/// An exchange and its sessions around now.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "ExchangeSessions"))]
pub(crate) struct Sessions {
    code: &'static str,
    name: &'static str,
    zone: &'static str,
    /// The last 8 sessions up to today's and the next 3, in order.
    sessions: Vec<Session>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Session {
    session: Date,
    open: Timestamp,
    close: Timestamp,
    half_day: bool,
}

/// `GET /api/exchanges`
pub(super) async fn list(State(app): State<App>, parameters: Parameters) -> Result<Json<Vec<Sessions>>, Problem> {
    parameters.only(&[])?;
    Ok(Json(exchanges(&app)))
}

/// Every exchange a result names and there is a calendar for.
pub(crate) fn exchanges(app: &Shared) -> Vec<Sessions> {
    let sections: Vec<_> = app.board().sections().collect();
    let entries = sections.iter().flat_map(|section| section.entries.values());
    let codes: BTreeSet<&str> = entries.filter_map(|entry| entry.head.scan.exchange.as_deref()).collect();
    let now = (app.now)();
    codes.into_iter().filter_map(Exchange::by_code).map(|exchange| Sessions::around(exchange, now)).collect()
}

impl Sessions {
    fn around(exchange: &'static Exchange, now: Timestamp) -> Self {
        let today = exchange.date_of(now);
        let before = std::iter::successors(exchange.previous_session(today), |&day| exchange.previous_session(day));
        let mut past: Vec<Date> = before.take(PAST).collect();
        past.reverse();
        let days = past.into_iter().chain(exchange.sessions(today).take(COMING));
        let session = |day| Session {
            session: day,
            open: exchange.open_of(day),
            close: exchange.close_of(day),
            half_day: exchange.is_half_day(day),
        };
        Self {
            code: exchange.code,
            name: exchange.name,
            zone: exchange.zone_name(),
            sessions: days.map(session).collect(),
        }
    }
}

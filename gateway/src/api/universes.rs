//! Which universes there are.

use super::{Parameters, age_seconds};
use crate::{
    problem::Problem,
    server::{App, Shared},
};
use axum::{Json, extract::State};
use bellwether_schemas::{Date, Key, Ordinal, ScanRef, Timestamp, key};
use serde::Serialize;
use std::collections::BTreeMap;

/// Every universe any section has a result of.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Universes {
    /// The one an unsaid universe stands for.
    default: Option<String>,
    universes: Vec<Universe>,
}

/// One universe in one lane, as of its newest scan.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Universe {
    universe: String,
    lane: String,
    sections: Vec<String>,
    ordinal: Ordinal,
    scan: Option<String>,
    session: Option<Date>,
    as_of: Option<Timestamp>,
    age_seconds: Option<i64>,
    sample: bool,
}

impl Universes {
    /// The one an unsaid universe stands for.
    pub(crate) fn default_name(&self) -> Option<&str> {
        self.default.as_deref()
    }

    /// Whether the running market has it.
    pub(crate) fn has(&self, universe: &str) -> bool {
        self.universes.iter().any(|known| known.lane == key::LIVE && known.universe == universe)
    }
}

/// `GET /api/universes`
pub(super) async fn list(State(app): State<App>, parameters: Parameters) -> Result<Json<Universes>, Problem> {
    parameters.only(&[])?;
    Ok(Json(universes(&app)))
}

/// All universes, by lane and name.
pub(crate) fn universes(app: &Shared) -> Universes {
    let mut newest: BTreeMap<Key, (ScanRef, Vec<String>)> = BTreeMap::new();
    for section in app.board().sections() {
        for (key, entry) in &section.entries {
            let scan = &entry.head.scan;
            let (known, sections) = newest.entry(key.clone()).or_insert_with(|| (scan.clone(), Vec::new()));
            sections.push(section.name.to_string());
            if scan.ordinal > known.ordinal {
                known.clone_from(scan);
            }
        }
    }
    let now = (app.now)();
    let universes: Vec<_> = newest.into_iter().map(|(key, known)| Universe::of(&key, known, now)).collect();
    let default = universes.iter().find(|u| u.lane == key::LIVE).map(|u| u.universe.clone());
    Universes { default, universes }
}

impl Universe {
    fn of(key: &Key, (scan, sections): (ScanRef, Vec<String>), now: Timestamp) -> Self {
        Self {
            universe: key.universe().to_owned(),
            lane: key.lane().to_owned(),
            sections,
            ordinal: scan.ordinal,
            scan: scan.id,
            session: scan.session,
            as_of: scan.as_of,
            age_seconds: scan.as_of.map(|as_of| age_seconds(as_of, now)),
            sample: scan.sample,
        }
    }
}

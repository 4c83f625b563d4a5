use anyhow::Result;
use async_nats::jetstream::stream::Info;
use bellwether_schemas::{Ordinal, names};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// What a lane is made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Set of symbols.
    pub universe: String,
    /// What is folded.
    pub material: Material,
    /// First scan whose results are stored. Everything before is folded all the same.
    pub first: Ordinal,
    /// Last scan.
    pub last: Ordinal,
    /// Workers whose results are stored.
    pub workers: Vec<String>,
    /// Settings that differ from the usual ones, `<worker>.<name>=<value>`.
    #[serde(default)]
    pub set: Vec<String>,
    /// `max`, `original`, or a number of times and `x`.
    pub speed: String,
    /// Who runs it.
    pub runner: Runner,
}

/// What a lane's results are made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Material {
    /// The recorded scans of the running market.
    Scans,
    /// Its recorded bars, scanned again; the lane has scans of its own.
    Bars,
    /// Nothing: the lane is a record that was brought here, with bars, scans and results.
    Record,
}

/// Who runs a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Runner {
    /// The command that made it, or one that resumes it.
    Command,
    /// The replay service.
    Service,
}

/// What is wanted of a lane. That it is done is not said: its results say it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "state", content = "reason")]
pub enum Wanted {
    /// Go on until the last scan.
    Running,
    /// Stay where it is.
    Paused,
    /// Never go on.
    Cancelled,
    /// It cannot go on; why, in one sentence.
    Failed(String),
}

/// A lane as its stream says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lane {
    /// Its name.
    pub name: String,
    /// What it is made of.
    pub plan: Plan,
    /// What is wanted of it.
    pub wanted: Wanted,
    /// Messages it holds.
    pub messages: u64,
    /// Room it takes, in bytes.
    pub bytes: u64,
    /// When it was made.
    pub created: String,
}

pub(super) fn metadata(plan: &Plan, wanted: &Wanted) -> Result<HashMap<String, String>> {
    let entry = |name: &str, json: String| (name.to_owned(), json);
    Ok(HashMap::from([
        entry(names::LANE_PLAN, serde_json::to_string(plan)?),
        entry(names::LANE_STATE, serde_json::to_string(wanted)?),
    ]))
}

/// `None` for a stream that is not a lane's, or does not say what it is made of.
pub(super) fn read(info: &Info) -> Option<Lane> {
    let said = |name: &str| info.config.metadata.get(name);
    Some(Lane {
        name: names::lane_of_stream(&info.config.name)?.to_owned(),
        plan: serde_json::from_str(said(names::LANE_PLAN)?).ok()?,
        wanted: serde_json::from_str(said(names::LANE_STATE)?).ok()?,
        messages: info.state.messages,
        bytes: info.state.bytes,
        created: crate::entry::timestamp(info.created.unix_timestamp_nanos()).ok()?.to_string(),
    })
}

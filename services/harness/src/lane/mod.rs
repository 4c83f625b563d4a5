//! Lanes that are no part of the running market: replays, what-ifs, imported records.
//!
//! Each has a stream of its own, made with it and deleted with it, as a whole. So the logs of the running market need
//! no right to be shortened, deleting a lane frees all its room at once, and a lane at full speed takes no lock that a
//! live put waits for. What a lane is made of stands in the metadata of its stream, and so does whether it is to run:
//! there is nothing else to keep, and nobody has to remember it.

mod log;
mod plan;
mod recorded;

pub use log::{LaneLog, Made, Origin};
pub use plan::{Lane, Material, Plan, Runner, Wanted};
pub use recorded::{Delivery, Recorded};

use crate::{Bus, topology};
use anyhow::{Context as _, Result, bail, ensure};
use async_nats::jetstream::{
    ErrorCode,
    context::{CreateStreamError, CreateStreamErrorKind, GetStreamError, GetStreamErrorKind},
    stream::{Config, Info, Stream},
};
use bellwether_schemas::{Key, Ordinal, names};
use futures::TryStreamExt;
use std::collections::BTreeMap;

/// So many numbers are tried for a new lane that was given no name.
const NAMES: u32 = 10_000;
const NO_ROOM: ErrorCode = ErrorCode::INSUFFICIENT_RESOURCES;

/// Makes a lane and gives its name: `name`, or the first free one of `prefix` and a number. `bytes` is its room.
///
/// # Errors
/// When the name is no lane's or taken, or the broker has no room for another lane.
pub async fn create(bus: &Bus, name: Option<&str>, prefix: &str, plan: &Plan, bytes: i64) -> Result<String> {
    let replicas = bus.js().get_stream(names::SCANS).await.context("SCANS")?.cached_info().config.num_replicas;
    if let Some(name) = name {
        ensure!(names::has_own_stream(name), "lane {name:?} must begin with replay- or what-if-");
        Key::new(name, &*plan.universe)?;
        ensure!(
            make(bus, name, plan, bytes, replicas).await?,
            "lane {name:?} exists; delete it first, or take another"
        );
        return Ok(name.to_owned());
    }
    let taken = names_taken(bus, prefix).await?;
    for number in taken + 1..taken + NAMES {
        let name = format!("{prefix}{number}");
        if make(bus, &name, plan, bytes, replicas).await? {
            return Ok(name);
        }
    }
    bail!("no free name for a lane")
}

/// The highest number in use behind `prefix`.
async fn names_taken(bus: &Bus, prefix: &str) -> Result<u32> {
    let infos = infos(bus).await?;
    let lanes = infos.iter().filter_map(|info| names::lane_of_stream(&info.config.name));
    Ok(lanes.filter_map(|lane| lane.strip_prefix(prefix)?.parse().ok()).max().unwrap_or(0))
}

/// `false`: the name is taken.
async fn make(bus: &Bus, name: &str, plan: &Plan, bytes: i64, replicas: usize) -> Result<bool> {
    let config = Config {
        name: names::lane_stream(name),
        subjects: vec![names::lane_subjects(name)],
        max_bytes: bytes,
        num_replicas: replicas,
        metadata: plan::metadata(plan, &Wanted::Running)?,
        ..topology::log_config()
    };
    match bus.js().create_stream(config).await {
        Ok(_) => Ok(true),
        Err(error) if code(&error) == Some(ErrorCode::STREAM_NAME_EXIST) => Ok(false),
        Err(error) if matches!(code(&error), Some(topology::NO_ROOM | NO_ROOM)) => {
            bail!("the broker has no room for another lane of {} MB: delete one first", bytes >> 20)
        }
        Err(error) => Err(error).with_context(|| format!("make lane {name}")),
    }
}

fn code(error: &CreateStreamError) -> Option<ErrorCode> {
    match error.kind() {
        CreateStreamErrorKind::JetStream(inner) => Some(inner.error_code()),
        _ => None,
    }
}

/// Every lane, by name.
///
/// # Errors
/// When the broker cannot be asked.
pub async fn list(bus: &Bus) -> Result<Vec<Lane>> {
    let mut lanes = Vec::new();
    for info in infos(bus).await? {
        lanes.extend(plan::read(&info));
    }
    lanes.sort_by(|a, b| natural(&a.name).cmp(&natural(&b.name)));
    Ok(lanes)
}

/// `replay-9` before `replay-10`.
fn natural(name: &str) -> (&str, u64, &str) {
    match name.rsplit_once('-') {
        Some((prefix, number)) if number.parse::<u64>().is_ok() => (prefix, number.parse().unwrap_or(0), name),
        _ => (name, 0, name),
    }
}

async fn infos(bus: &Bus) -> Result<Vec<Info>> {
    let all: Vec<_> = bus.js().streams().try_collect().await.context("list the lanes")?;
    Ok(all.into_iter().filter(|info: &Info| names::lane_of_stream(&info.config.name).is_some()).collect())
}

/// One lane; `None` when there is none of that name.
///
/// # Errors
/// When the broker cannot be asked.
pub async fn find(bus: &Bus, name: &str) -> Result<Option<Lane>> {
    if !names::has_own_stream(name) {
        return Ok(None);
    }
    Ok(stream(bus, name).await?.and_then(|stream| plan::read(stream.cached_info())))
}

/// How many results of each kind a lane holds: by worker, and [`names::LANE_SCANS`] and [`names::LANE_BARS`].
///
/// # Errors
/// When the broker cannot be asked or the lane is gone.
pub async fn counts(bus: &Bus, name: &str) -> Result<BTreeMap<String, u64>> {
    let stream = bus.js().get_stream_no_info(names::lane_stream(name)).await?;
    let mut subjects = stream.info_with_subjects(names::lane_subjects(name)).await?;
    let mut counts = BTreeMap::new();
    while let Some((subject, count)) = subjects.try_next().await? {
        if let Some(what) = subject.split('.').nth(1) {
            counts.insert(what.to_owned(), count as u64);
        }
    }
    Ok(counts)
}

/// Says what is wanted of a lane from now on; whoever runs it sees it within a second.
///
/// # Errors
/// When there is no such lane or the broker cannot be asked.
pub async fn want(bus: &Bus, name: &str, wanted: &Wanted) -> Result<()> {
    let Some(stream) = stream(bus, name).await? else { bail!("there is no lane {name:?}") };
    let mut config = stream.cached_info().config.clone();
    config.metadata.insert(names::LANE_STATE.to_owned(), serde_json::to_string(wanted)?);
    bus.js().update_stream(config).await.with_context(|| format!("lane {name}"))?;
    changed(bus).await
}

/// Changes what a lane is made of. Only what does not change its bytes may be changed: the speed, and who runs it.
///
/// # Errors
/// As [`want`].
pub async fn revise(bus: &Bus, name: &str, change: impl FnOnce(&mut Plan)) -> Result<()> {
    let Some(stream) = stream(bus, name).await? else { bail!("there is no lane {name:?}") };
    let info = stream.cached_info();
    let Some(mut lane) = plan::read(info) else { bail!("lane {name:?} does not say what it is made of") };
    change(&mut lane.plan);
    let config = Config { metadata: plan::metadata(&lane.plan, &lane.wanted)?, ..info.config.clone() };
    bus.js().update_stream(config).await.with_context(|| format!("lane {name}"))?;
    changed(bus).await
}

/// Deletes a lane with everything it holds; its room is free again. `false`: there was none of that name.
///
/// # Errors
/// When the name is not that of a lane with a stream of its own, or the broker cannot be asked.
pub async fn delete(bus: &Bus, name: &str) -> Result<bool> {
    ensure!(names::has_own_stream(name), "{name:?} is no replay and no what-if: its record is never deleted");
    if stream(bus, name).await?.is_none() {
        return Ok(false);
    }
    #[expect(clippy::disallowed_methods, reason = "a replay's stream is its own, and goes with it")]
    bus.js().delete_stream(names::lane_stream(name)).await.with_context(|| format!("lane {name}"))?;
    changed(bus).await?;
    Ok(true)
}

/// Tells whoever runs lanes to look now.
///
/// # Errors
/// When there is no link.
pub async fn changed(bus: &Bus) -> Result<()> {
    Ok(bus.client().publish(names::LANES_CHANGED, "".into()).await?)
}

async fn stream(bus: &Bus, name: &str) -> Result<Option<Stream<Info>>> {
    if Key::new(name, "u").is_err() {
        return Ok(None);
    }
    match bus.js().get_stream(names::lane_stream(name)).await {
        Ok(stream) => Ok(Some(stream)),
        Err(error) if missing(&error) => Ok(None),
        Err(error) => Err(error).with_context(|| format!("lane {name}")),
    }
}

fn missing(error: &GetStreamError) -> bool {
    matches!(error.kind(), GetStreamErrorKind::JetStream(inner) if inner.error_code() == ErrorCode::STREAM_NOT_FOUND)
}

/// The newest ordinal a lane has results up to, of all workers it runs.
pub(crate) fn reached(counts: &BTreeMap<String, u64>, plan: &Plan) -> Ordinal {
    let least = plan.workers.iter().map(|worker| counts.get(worker).copied().unwrap_or(0)).min().unwrap_or(0);
    plan.first + least - 1
}

/// How far a lane is: the ordinal up to which every worker has a result; the one before its first when none has.
///
/// # Errors
/// As [`counts`].
pub async fn progress(bus: &Bus, lane: &Lane) -> Result<Ordinal> {
    Ok(reached(&counts(bus, &lane.name).await?, &lane.plan))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lanes_are_listed_in_the_order_of_their_numbers() {
        let mut lanes = ["what-if-2", "replay-10", "replay-9", "replay-a"];
        lanes.sort_by(|a, b| natural(a).cmp(&natural(b)));
        assert_eq!(lanes, ["replay-9", "replay-10", "replay-a", "what-if-2"]);
    }
}

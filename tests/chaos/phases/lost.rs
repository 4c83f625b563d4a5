//! A bucket or SCANS is deleted and made again, or the whole store is put back to an older state: what is lost is
//! computed again from what is left, with the same bytes.

use super::Setting;
use crate::{
    dice::Dice,
    fleet::Fleet,
    node::Node,
    record::{Record, WORKERS, complete, undisturbed, universe, until},
};
use anyhow::{Result, ensure};
use bellwether_schemas::names;
use rustix::process::Signal;
use std::{fs, path::Path};

const SESSIONS: usize = 300;

pub(super) async fn run(setting: &Setting, mut dice: Dice) -> Result<String> {
    let records = undisturbed(&setting.binary, 1, SESSIONS, &[]).await?;
    let mut node = Node::single().await?;
    let mut fleet = Fleet::new(&setting.binary, &node.url(), &node.folder, &[]);
    fleet.command(&["init"])?;
    fleet.chain(2)?;
    let (bus, keys) = (node.bus().await?, [universe(1)]);
    let feed = crate::feed::start(node.url(), keys[0].clone(), records[0].bars.clone());
    until(&bus, &keys, 60, &mut fleet).await?;
    let worker = WORKERS[dice.below(WORKERS.len() as u64) as usize];
    for stream in [names::bucket_stream(worker), names::SCANS.to_owned(), names::bucket_stream("regime")] {
        delete(&bus, &stream).await?;
        fleet.command(&["init"])?;
        until(&bus, &keys, 60, &mut fleet).await?;
    }
    feed.await??;
    complete(&bus, &keys, SESSIONS as u64, &mut fleet).await?;
    // Every bar is there and nothing new comes; then one bucket is put back to what it was.
    node.end(Signal::TERM);
    let (store, backup) = (node.folder.join("store"), node.folder.join("backup"));
    copy(&store, &backup)?;
    node.start().await?;
    delete(&bus, &names::bucket_stream(worker)).await?;
    fleet.command(&["init"])?;
    complete(&bus, &keys, SESSIONS as u64, &mut fleet).await?;
    node.end(Signal::KILL);
    fs::remove_dir_all(&store)?;
    fs::rename(&backup, &store)?;
    node.start().await?;
    complete(&bus, &keys, SESSIONS as u64, &mut fleet).await?;
    Record::read(&bus, &keys[0]).await?.compare(&records[0], SESSIONS)?;
    let alarms = fleet.alarms();
    ensure!(alarms.is_empty(), "alarms: {alarms:?}");
    Ok(format!("{worker}, SCANS and regime were deleted and the store put back; the same bytes came again"))
}

#[expect(clippy::disallowed_methods, reason = "what the product never does, somebody else may do")]
async fn delete(bus: &bellwether_harness::Bus, stream: &str) -> Result<()> {
    bus.js().delete_stream(stream).await?;
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

//! There is no room: a log has reached its size, or the disk is full. Nothing is dropped, and all goes on when there is.

use super::Setting;
use crate::{
    feed,
    fleet::Fleet,
    node::Node,
    record::{Record, complete, reached, undisturbed, universe, until},
};
use anyhow::{Context as _, Result, ensure};
use bellwether_harness::Bus;
use bellwether_schemas::names;
use rustix::process::Signal;
use std::{fs, path::Path, process::Command, time::Duration};

const SESSIONS: usize = 300;
const DISK_MB: u64 = 48;

pub(super) async fn run(setting: &Setting) -> Result<String> {
    let records = undisturbed(&setting.binary, 1, SESSIONS, &[]).await?;
    let mut reports = Vec::new();
    for _ in 0..setting.profile.fillings {
        reports.push(log_full(setting, &records[0]).await.context("a log at its size")?);
        reports.push(disk_full(setting, &records[0]).await.context("a full disk")?);
    }
    Ok(reports.join("; "))
}

async fn sized(bus: &Bus, bytes: i64) -> Result<()> {
    let stream = bus.js().get_stream(names::bucket_stream("regime")).await?;
    let mut config = stream.cached_info().config.clone();
    config.max_bytes = bytes;
    bus.js().update_stream(config).await?;
    Ok(())
}

async fn log_full(setting: &Setting, undisturbed: &Record) -> Result<String> {
    let node = Node::single().await?;
    let mut fleet = Fleet::new(&setting.binary, &node.url(), &node.folder, &[]);
    fleet.command(&["init"])?;
    fleet.chain(1)?;
    let (bus, keys) = (node.bus().await?, [universe(1)]);
    let feed = feed::start(node.url(), keys[0].clone(), undisturbed.bars.clone());
    until(&bus, &keys, 50, &mut fleet).await?;
    sized(&bus, 1).await?;
    let held = held(&bus, &keys[0], &mut fleet).await?;
    sized(&bus, 1 << 30).await?;
    feed.await??;
    complete(&bus, &keys, SESSIONS as u64, &mut fleet).await?;
    Record::read(&bus, &keys[0]).await?.compare(undisturbed, SESSIONS)?;
    Ok(format!("a log at its size held the chain at {held} of {SESSIONS} until it was given more"))
}

/// Waits until regime stands still for two seconds; gives where.
async fn held(bus: &Bus, key: &bellwether_schemas::Key, fleet: &mut Fleet) -> Result<u64> {
    let mut stands = (0, tokio::time::Instant::now());
    while stands.1.elapsed() < Duration::from_secs(2) {
        fleet.revive()?;
        let at = reached(bus, key, "regime").await;
        if at != stands.0 {
            stands = (at, tokio::time::Instant::now());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(stands.0)
}

/// A disk of its own, gone with the value.
struct Disk(tempfile::TempDir);

impl Disk {
    fn small() -> Result<Option<Self>> {
        let folder = tempfile::tempdir()?;
        let size = format!("size={DISK_MB}m");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "none"]).arg(folder.path()).output();
        Ok(mounted.is_ok_and(|output| output.status.success()).then_some(Self(folder)))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily: a broker that was killed a moment ago may still hold a file.
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).output();
    }
}

async fn disk_full(setting: &Setting, undisturbed: &Record) -> Result<String> {
    let Some(disk) = Disk::small()? else {
        return Ok("a full disk SKIPPED: only root may mount one".to_owned());
    };
    let folder = tempfile::tempdir()?;
    let path = folder.path().to_owned();
    let mut node = Node::at(&path, &disk.0.path().join("store"), "always", Some(folder)).await?;
    let mut fleet = Fleet::new(&setting.binary, &node.url(), &node.folder, &[]);
    fleet.command(&["init"])?;
    fleet.chain(1)?;
    let (bus, keys) = (node.bus().await?, [universe(1)]);
    let feed = feed::start(node.url(), keys[0].clone(), undisturbed.bars.clone());
    until(&bus, &keys, 50, &mut fleet).await?;
    let filler = disk.0.path().join("filler");
    fill(&filler);
    let held = held(&bus, &keys[0], &mut fleet).await?;
    fs::remove_file(&filler)?;
    let alone = tokio::time::timeout(Duration::from_secs(20), until(&bus, &keys, held + 10, &mut fleet)).await;
    let by = if alone.is_ok_and(|done| done.is_ok()) {
        "by itself"
    } else {
        // The broker takes nothing more on a stream whose disk was full until it is started again.
        node.restart(Signal::TERM).await?;
        "after a restart of the broker"
    };
    feed.await??;
    complete(&bus, &keys, SESSIONS as u64, &mut fleet).await?;
    Record::read(&bus, &keys[0]).await?.compare(undisturbed, SESSIONS)?;
    ensure!(held <= SESSIONS as u64, "held at {held}");
    Ok(format!("a full disk held it at {held}; it went on {by} once there was room"))
}

fn fill(path: &Path) {
    use std::io::Write;
    let Ok(mut file) = fs::File::create(path) else { return };
    // Until there is no room is what it is for.
    while file.write_all(&[0; 4096]).is_ok() {}
}

//! The power fails: the broker is frozen, its disk is copied as it is, and another broker starts on the copy.
//!
//! With our setting every acknowledged message must be on the copy. With the broker's own it must not be, or this
//! phase would show nothing.

use super::Setting;
use crate::{
    feed,
    node::Node,
    record::{Record, universe},
};
use anyhow::{Context as _, Result, ensure};
use bellwether_harness::{Bus, history, topology};
use bellwether_schemas::names;
use bellwether_tests::eventually_async;
use rustix::process::Signal;
use std::{fs, path::Path, process::Command, time::Duration};

const BARS: u64 = 400;

pub(super) async fn run(setting: &Setting) -> Result<String> {
    let record = crate::record::undisturbed(&setting.binary, 1, BARS as usize, &[]).await?.remove(0);
    let Some(always) = cut("always", &record).await? else {
        return Ok("SKIPPED: only root may mount an image".to_owned());
    };
    ensure!(always == (BARS, BARS), "{always:?} of acknowledged and left with sync_interval: always");
    let default = cut("2m", &record).await?.context("an image")?;
    ensure!(default.1 < default.0, "the broker's own sync_interval lost nothing: this phase shows nothing");
    Ok(format!(
        "{} of {} acknowledged bars left with sync_interval: always; {} of {} with the broker's own",
        always.1, always.0, default.1, default.0
    ))
}

/// A file system in a file.
struct Image(std::path::PathBuf);

impl Image {
    fn mount(file: &Path, at: &Path) -> Result<Option<Self>> {
        fs::create_dir_all(at)?;
        let mounted = Command::new("mount").args(["-o", "loop"]).arg(file).arg(at).output()?;
        Ok(mounted.status.success().then(|| Self(at.to_owned())))
    }
}

impl Drop for Image {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).output();
    }
}

/// Bars acknowledged before the cut, and bars left after it.
async fn cut(sync: &str, record: &Record) -> Result<Option<(u64, u64)>> {
    let folder = tempfile::tempdir()?;
    let (disk, copied) = (folder.path().join("disk.img"), folder.path().join("copy.img"));
    fs::File::create(&disk)?.set_len(256 << 20)?;
    let made = Command::new("mkfs.ext4").arg("-q").arg(&disk).output();
    if !made.is_ok_and(|made| made.status.success()) {
        return Ok(None);
    }
    let Some(before) = Image::mount(&disk, &folder.path().join("before"))? else { return Ok(None) };
    let place = tempfile::tempdir()?;
    let path = place.path().to_owned();
    let node = Node::at(&path, &before.0.join("store"), sync, Some(place)).await?;
    let bus = node.bus().await?;
    topology::provision(&bus, &topology::Plan::standard(&[])).await?;
    feed::all(&bus, &universe(1), &record.bars[..BARS as usize]).await?;
    let acknowledged = bars(&bus).await?;
    node.signal(Signal::STOP);
    fs::copy(&disk, &copied)?;
    node.signal(Signal::CONT);
    drop(node);
    let Some(after) = Image::mount(&copied, &folder.path().join("after"))? else { return Ok(None) };
    let place = tempfile::tempdir()?;
    let path = place.path().to_owned();
    let node = Node::at(&path, &after.0.join("store"), "always", Some(place)).await?;
    let bus = node.bus().await?;
    let left = eventually_async("the broker has recovered", Duration::from_secs(20), async || {
        // A stream that is gone altogether has nothing left.
        let gone = bus.js().get_stream(names::BARS).await.is_err();
        if gone { Some(0) } else { bars(&bus).await.ok() }
    })
    .await;
    Ok(Some((acknowledged, left)))
}

async fn bars(bus: &Bus) -> Result<u64> {
    let last = history::last(bus, names::BARS, &names::bars_subject(&universe(1))).await?;
    Ok(last.and_then(|entry| entry.ordinal).unwrap_or(0))
}

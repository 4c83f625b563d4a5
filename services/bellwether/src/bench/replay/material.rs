//! What is replayed: the bars of a file, else the market made up for show.

use super::super::stage::{SECTIONS, Stage};
use crate::{
    cli::BenchReplay,
    say::say,
    services::{sample, scanner},
    supervisor::own_program,
};
use anyhow::{Context as _, Result, ensure};
use bellwether_harness::{Bus, history};
use bellwether_schemas::{Key, Ordinal, names};
use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};
use tokio::time::sleep;

const REAL: &str = "us_broad";
const LOOK: Duration = Duration::from_millis(200);

/// A universe with all its scans.
pub(super) struct Material {
    pub(super) universe: String,
    pub(super) scans: Ordinal,
    /// The bars it was made of, where they are in a file.
    pub(super) file: Option<PathBuf>,
}

/// Imports the bars and scans them; none of it is measured.
pub(super) async fn bring(args: &BenchReplay, stage: &Stage) -> Result<Material> {
    let file = args.bars.clone();
    let universe = if file.is_some() { REAL } else { sample::UNIVERSE };
    match &file {
        Some(file) => say(&format!("importing {}", file.display())),
        None => say("no real bars at hand (--bars FILE): taking the market made up for show"),
    }
    import(file.as_deref(), universe, &stage.url).await?;
    let key = Key::live(universe)?;
    let sessions = last(&stage.bus, &names::bars(&key)).await?;
    say("scanning");
    let mut scanning = tokio::process::Command::new(own_program()?);
    scanning.args(["run", scanner::NAME, "--nats", &stage.url]).kill_on_drop(true).stdout(Stdio::null());
    let mut scanning = scanning.spawn().context("start the scanner")?;
    // A session may be refused; then it ends when nothing more comes.
    let mut before = (0, 0);
    let scans = loop {
        let scans = last(&stage.bus, &names::scans(&key)).await?;
        let still = if scans == before.0 && scans > 0 { before.1 + 1 } else { 0 };
        if scans == sessions || still > 50 {
            break scans;
        }
        ensure!(scanning.try_wait()?.is_none(), "the scanner ended at scan {scans} of {sessions}");
        before = (scans, still);
        sleep(LOOK).await;
    };
    scanning.kill().await?;
    // The running market's workers fold it first, too; until they have, nothing is quiet.
    for worker in SECTIONS {
        while last(&stage.bus, &names::results(worker, &key)).await? < scans {
            sleep(LOOK).await;
        }
    }
    Ok(Material { universe: universe.to_owned(), scans, file })
}

async fn import(file: Option<&Path>, universe: &str, url: &str) -> Result<()> {
    let mut command = tokio::process::Command::new(own_program()?);
    command.args(["import", "--nats", url]).kill_on_drop(true).stdout(Stdio::null());
    match file {
        Some(file) => command.arg(file).args(["--universe", universe, "--adjusted"]),
        None => command.arg("--sample"),
    };
    ensure!(command.status().await?.success(), "the import failed");
    Ok(())
}

pub(super) async fn last(bus: &Bus, (stream, subject): &(String, String)) -> Result<Ordinal> {
    Ok(history::last(bus, stream, subject).await?.and_then(|entry| entry.ordinal).unwrap_or(0))
}

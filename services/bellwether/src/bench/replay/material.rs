//! What is replayed: real bars where they are at hand, else the market made up for show.

use super::super::stage::Stage;
use crate::{
    cli::BenchReplay,
    registry,
    say::say,
    services::{Options, sample, scanner},
    supervisor::own_program,
};
use anyhow::{Context as _, Result, ensure};
use bellwether_harness::{Bus, history, service::Context};
use bellwether_schemas::{Key, Ordinal, names};
use bellwether_worker::Settings;
use std::{
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

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
    let file = args.bars.clone().or_else(shared);
    let universe = if file.is_some() { REAL } else { sample::UNIVERSE };
    match &file {
        Some(file) => say(&format!("importing {}", file.display())),
        None => say("no real bars at hand (--bars FILE): taking the market made up for show"),
    }
    import(file.as_deref(), universe, &stage.url).await?;
    let key = Key::live(universe)?;
    let sessions = last(&stage.bus, &names::bars(&key)).await?;
    say("scanning");
    let stop = CancellationToken::new();
    let entry = registry::find(scanner::NAME).context("no scanner")?;
    let context = Context {
        bus: stage.bus.clone(),
        instance: "bench".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        shutdown: stop.clone(),
        ops: None,
    };
    let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let options = Options { settings: Settings::default(), listen, web: None, sample_pace: Duration::from_secs(5) };
    let scanning = tokio::spawn((entry.run)(context, options));
    // A session may be refused; then it ends when nothing more comes.
    let mut before = (0, 0);
    loop {
        let scans = last(&stage.bus, &names::scans(&key)).await?;
        let still = if scans == before.0 && scans > 0 { before.1 + 1 } else { 0 };
        if scans == sessions || still > 50 {
            stop.cancel();
            scanning.await??;
            return Ok(Material { universe: universe.to_owned(), scans, file });
        }
        before = (scans, still);
        sleep(LOOK).await;
    }
}

fn shared() -> Option<PathBuf> {
    let folder =
        std::env::var_os("BELLWETHER_SHARED_DATA").map_or_else(|| PathBuf::from("../shared/data"), PathBuf::from);
    Some(folder.join("us-broad/daily.csv.zst")).filter(|file| file.is_file())
}

async fn import(file: Option<&Path>, universe: &str, url: &str) -> Result<()> {
    let mut command = tokio::process::Command::new(own_program()?);
    command.args(["import", "--nats", url]).kill_on_drop(true).stdout(std::process::Stdio::null());
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

//! The same breadth by a data frame library: polars, from the same bars, all in memory.

use super::rounds::Round;
use crate::say::say;
use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use std::path::Path;
use tokio::process::Command;

const SCRIPT: &str = include_str!("reference.py");

#[derive(Deserialize)]
struct Said {
    version: String,
    rows: u64,
    sessions: u64,
    seconds: f64,
}

/// Installs it into an environment of its own, which is gone afterwards, and runs it.
pub(super) async fn run(bars: &Path, rounds: &[Round]) -> Result<String> {
    let folder = tempfile::TempDir::with_prefix("bellwether-polars-")?;
    say("installing polars");
    let python = folder.path().join("bin/python");
    done(Command::new("python3").args(["-m", "venv"]).arg(folder.path())).await.context("make an environment")?;
    done(Command::new(&python).args(["-m", "pip", "install", "--quiet", "polars", "zstandard"]))
        .await
        .context("install polars")?;
    say("computing breadth with polars");
    let output = Command::new(&python).args(["-c", SCRIPT]).arg(bars).kill_on_drop(true).output().await?;
    ensure!(output.status.success(), "polars failed: {}", String::from_utf8_lossy(&output.stderr));
    let said: Said = serde_json::from_slice(&output.stdout).context("what polars said")?;
    let theirs = said.rows as f64 / said.seconds;
    let ours: Vec<_> = rounds.iter().map(|round| round.at.tickers as f64 / round.replay.as_secs_f64()).collect();
    let workers: Vec<_> =
        rounds.iter().map(|round| round.at.tickers as f64 / round.at.compute.as_secs_f64().max(1e-9)).collect();
    let (ours, workers) = (median(ours), median(workers));
    Ok(format!(
        "polars {}: {} sessions, {} ticker-days in {:.2} s, {theirs:.0} ticker-days/s; the replay of all five workers with its \
         broker does {:.1} times as many ({ours:.0}), the workers alone {:.1} times ({workers:.0})",
        said.version,
        said.sessions,
        said.rows,
        said.seconds,
        ours / theirs,
        workers / theirs
    ))
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

async fn done(command: &mut Command) -> Result<()> {
    let output = command.kill_on_drop(true).output().await?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

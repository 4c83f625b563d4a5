//! The running market's latency to the browser, while nothing else runs and while replays do.

use super::{
    super::{UNIVERSE, chain::Chain, market::Scans, stage::Stage, stats::Series},
    material::Material,
};
use crate::{
    cli::{BenchChain, BenchReplay},
    say::say,
    supervisor::own_program,
};
use anyhow::Result;
use bellwether_harness::lane;
use std::{process::Stdio, time::Duration};
use tokio::time::sleep;

/// Sessions before the first that counts.
const HISTORY: usize = 260;
/// So many rounds, quiet and busy in turns.
const ROUNDS: usize = 2;

/// Measures, and says it.
pub(super) async fn run(args: &BenchReplay, chain: &BenchChain, stage: &Stage, material: &Material) -> Result<String> {
    let mut scans = Scans::new(UNIVERSE, chain.symbols.into())?;
    let mut market = Chain::open(stage, chain).await?;
    for _ in 0..HISTORY {
        market.store(&scans.make()?).await?;
    }
    market.settle(HISTORY as u64).await?;
    let pause = Duration::from_millis(chain.pause);
    let (mut quiet, mut busy) = (Series::default(), Series::default());
    for round in 0..ROUNDS {
        say(&format!("the running market alone, {} scans", args.live));
        for _ in 0..args.live {
            sleep(pause).await;
            quiet.add(round, market.pass(&scans.make()?).await?.whole());
        }
        say("the same while replays run at full speed");
        let mut replaying = start(stage, material)?;
        for _ in 0..args.live {
            sleep(pause).await;
            if replaying.try_wait()?.is_some() {
                replaying = start(stage, material)?;
            }
            busy.add(round, market.pass(&scans.make()?).await?.whole());
        }
        // Dropping it would leave its lane running for nobody.
        replaying.kill().await?;
        for lane in lane::list(&stage.bus).await? {
            lane::delete(&stage.bus, &lane.name).await?;
        }
    }
    let text = |name: &str, series: &Series| {
        series.all().map_or_else(String::new, |all| {
            format!("{name} p50 {:.2} ms, p99 {:.2} ms, max {:.2} ms", all.p50 / 1e3, all.p99 / 1e3, all.max / 1e3)
        })
    };
    let ratio = busy.over(&quiet).map_or_else(String::new, |ratio| format!("; p99 {:.2} times", ratio.p99));
    Ok(format!("live, scan to browser: {}; {}{ratio}", text("alone", &quiet), text("beside replays", &busy)))
}

fn start(stage: &Stage, material: &Material) -> Result<tokio::process::Child> {
    let mut command = tokio::process::Command::new(own_program()?);
    command.args(["replay", "--nats", &stage.url, "--universe", &material.universe]);
    Ok(command.kill_on_drop(true).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?)
}

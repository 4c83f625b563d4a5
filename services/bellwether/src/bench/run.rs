//! One run: history, warm-up, three rounds side by side, and a look inside.

use super::{
    UNIVERSE,
    chain::Chain,
    compute::Compute,
    floor::Floor,
    market::{Made, Scans},
    probe::Probe,
    report::{Environment, Load, Measured, Report},
    stage::{SECTIONS, Stage},
};
use crate::{cli::BenchChain, say::say};
use anyhow::{Context, Result};
use bellwether_harness::{Bus, history};
use bellwether_schemas::{Key, names};
use std::time::Duration;
use tokio::time::sleep;

/// Sessions before the first that counts: the longest window of the scanner, and some.
const HISTORY: usize = 260;
/// So many rounds show how far the figures can be trusted.
const ROUNDS: usize = 3;
/// One scan in so many is looked into afterwards.
const PROBED: usize = 10;

/// Measures.
///
/// # Errors
/// When a scan cannot be made or published, or its results do not arrive.
pub(super) async fn run(args: &BenchChain, stage: &Stage) -> Result<Report> {
    let mut scans = Scans::new(UNIVERSE, args.symbols.into())?;
    let mut chain = Chain::open(stage, args).await?;
    say(&format!("{HISTORY} sessions of history, {} scans to warm up", args.warm_up));
    for _ in 0..HISTORY {
        chain.store(&scans.make()?).await?;
    }
    chain.settle(HISTORY as u64).await?;
    let results = [result_bytes(&stage.bus, SECTIONS[0]).await?, result_bytes(&stage.bus, SECTIONS[1]).await?];
    let (larger, bytes) = if results[0] > results[1] { (SECTIONS[0], results[0]) } else { (SECTIONS[1], results[1]) };
    let floor = Floor::lay(stage, larger, bytes).await?;
    let mut pair = Pair { chain, floor, pause: Duration::from_millis(args.pause), measured: Measured::default() };
    for number in 0..args.warm_up {
        pair.pass(number as usize, &scans.make()?, 0).await?;
    }

    pair.measured = Measured::default();
    let (before, count) = (Load::now(), args.scans as usize);
    for number in 0..count {
        let round = number * ROUNDS / count;
        if number == 0 || (number - 1) * ROUNDS / count != round {
            say(&format!("round {} of {ROUNDS}", round + 1));
        }
        pair.pass(number, &scans.make()?, round).await?;
    }
    let after = Load::now();
    let (probe, compute) = look_inside(&mut pair, stage, &mut scans, count.div_ceil(PROBED)).await?;
    let environment = Environment::of(args, stage, [before, after], results);
    Ok(Report::new(environment, &pair.measured, &probe, &compute))
}

/// The product and the floor, side by side.
struct Pair {
    chain: Chain,
    floor: Floor,
    pause: Duration,
    measured: Measured,
}

impl Pair {
    /// One scan through each, in turns first, each after the same rest.
    async fn pass(&mut self, number: usize, made: &Made, round: usize) -> Result<()> {
        for turn in [number % 2, (number + 1) % 2] {
            sleep(self.pause).await;
            if turn == 0 {
                self.measured.ours(round, made, &self.chain.pass(made).await?);
            } else {
                self.measured.floor(round, self.floor.pass(made.body.clone()).await?);
            }
        }
        Ok(())
    }
}

async fn look_inside(pair: &mut Pair, stage: &Stage, scans: &mut Scans, count: usize) -> Result<(Probe, Compute)> {
    say(&format!("{count} more scans, to see where the time goes"));
    let mut compute = Compute::attach(&stage.bus).await?;
    let mut probe = Probe::attach(stage).await?;
    for _ in 0..count {
        let made = scans.make()?;
        sleep(pair.pause).await;
        let passage = pair.chain.pass(&made).await?;
        probe.note(made.ordinal, &passage).await?;
        compute.pass(&made)?;
    }
    Ok((probe, compute))
}

/// Bytes of a worker's newest result.
async fn result_bytes(bus: &Bus, worker: &str) -> Result<usize> {
    let key = Key::live(UNIVERSE)?;
    let last = history::last(bus, &names::bucket_stream(worker), &names::state_subject(worker, &key)).await?;
    Ok(last.context("no result")?.body.len())
}

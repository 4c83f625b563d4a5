//! The whole past through all five workers at full speed: beside a consumer that only reads the same messages, beside
//! the same breadth computed by a data frame library, and beside the running market, which is not to notice.

mod beside;
mod material;
mod reference;
mod rounds;

use super::stage::Stage;
use crate::{
    cli,
    say::{print, say},
};
use anyhow::{Result, bail};
use tokio_util::sync::CancellationToken;

/// Measures, and prints.
///
/// # Errors
/// When something cannot be started or read, or `stop` comes before the end. Whatever was started has ended by then.
pub(crate) async fn replay(args: cli::BenchReplay, stop: CancellationToken) -> Result<()> {
    let chain = args.chain();
    let stage = tokio::select! {
        stage = Stage::set(&chain) => stage?,
        () = stop.cancelled() => bail!("interrupted"),
    };
    let outcome = tokio::select! {
        outcome = run(&args, &chain, &stage) => outcome,
        () = stop.cancelled() => Err(anyhow::anyhow!("interrupted")),
    };
    stage.strike().await;
    outcome
}

async fn run(args: &cli::BenchReplay, chain: &cli::BenchChain, stage: &Stage) -> Result<()> {
    let material = material::bring(args, stage).await?;
    say(&format!("{} sessions of {}, {} rounds", material.scans, material.universe, args.rounds()));
    let mut measured = Vec::new();
    for round in 0..args.rounds() {
        measured.push(rounds::round(&stage.bus, &material, round).await?);
    }
    rounds::lines(&material, &measured).iter().for_each(|line| print(line));
    if args.reference {
        match &material.file {
            Some(file) => print(&reference::run(file, &measured).await?),
            None => say("no reference: the made-up market is in no file a data frame library could read"),
        }
    }
    if args.live > 0 {
        print(&beside::run(args, chain, stage, &material).await?);
    }
    Ok(())
}

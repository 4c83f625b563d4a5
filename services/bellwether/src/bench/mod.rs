//! `bench`: measures what was built, on the machine it is to run on.

mod chain;
mod compute;
mod fanout;
mod floor;
mod get;
mod market;
mod probe;
mod replay;
mod report;
mod run;
mod sse;
mod stage;
mod stats;

pub(crate) use fanout::{crowd, fanout};
pub(crate) use get::get;
pub(crate) use replay::replay;

use crate::cli;
use anyhow::{Result, bail};
use stage::Stage;
use tokio_util::sync::CancellationToken;

/// The universe that is measured.
const UNIVERSE: &str = "bench";

/// From a published scan to the results in the browser, beside the least the broker needs for as many hops.
///
/// # Errors
/// When something cannot be started, does not answer, or `stop` comes before the end. Whatever was started has ended
/// by then.
pub(crate) async fn chain(args: cli::BenchChain, stop: CancellationToken) -> Result<()> {
    let stage = tokio::select! {
        stage = Stage::set(&args) => stage?,
        () = stop.cancelled() => bail!("interrupted"),
    };
    let outcome = tokio::select! {
        outcome = run::run(&args, &stage) => outcome,
        () = stop.cancelled() => Err(anyhow::anyhow!("interrupted")),
    };
    stage.strike().await;
    outcome?.give(args.json.as_deref())
}

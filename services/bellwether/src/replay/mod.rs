//! Replays: the recorded scans or bars run again, into a lane of their own.
//!
//! The results are made by the same rule as those of the running services (`decide`), only the way there differs: one
//! reader for all workers, each scan decoded once, and results stored in batches while the next ones are computed.

mod api;
mod chain;
mod make;
mod rerun;
mod run;
mod shown;
mod start;

pub(crate) use api::BusReplays;
pub(crate) use bellwether_gateway::pace::Speed;
pub(crate) use make::{Ask, make};
pub(crate) use rerun::Rerun;
pub(crate) use run::{At, End, run};
pub(crate) use shown::Shown;

/// Lets this process give way to the running market where both want the processor.
pub(crate) fn give_way() {
    const NICE: i32 = 10;
    if let Err(error) = rustix::process::nice(NICE) {
        tracing::debug!(%error, "cannot give way");
    }
}

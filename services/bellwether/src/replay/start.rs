//! Where a lane goes on: at the last scan every worker of it has a result for.

use super::chain::Chain;
use anyhow::{Context, Result};
use bellwether_harness::{
    Bus, history,
    lane::{Lane, LaneLog, Material},
};
use bellwether_schemas::{Key, Ordinal, names};

/// A chain that stands where the lane ends, the lane's logs, and the first message to read.
pub(super) struct Start {
    pub(super) chain: Chain,
    pub(super) logs: Vec<(&'static str, LaneLog)>,
    /// Last scan that all workers have a result for.
    pub(super) reached: Ordinal,
    /// First message to read of the recorded log.
    pub(super) next: Ordinal,
}

impl Start {
    /// Reads what the lane holds.
    ///
    /// # Errors
    /// When the broker cannot be asked, or what is stored cannot be read.
    pub(super) async fn of(bus: &Bus, lane: &Lane) -> Result<Self> {
        let (plan, key) = (&lane.plan, Key::new(&*lane.name, &*lane.plan.universe)?);
        let mut chain = Chain::new(plan)?;
        let mut logs = Vec::new();
        for name in chain.logs() {
            let mut log = LaneLog::new(bus, name, &key);
            log.load().await.with_context(|| format!("read what {name} has stored"))?;
            logs.push((name, log));
        }
        let workers = logs.iter().filter(|(name, _)| *name != names::LANE_SCANS);
        let reached = workers.map(|(_, log)| log.last()).min().unwrap_or(0);
        if reached >= plan.first {
            for worker in chain.workers().collect::<Vec<_>>() {
                let (stream, subject) = names::results(worker, &key);
                let stored = history::range(bus, &stream, &subject, reached, 1).await?;
                let stored = stored.first().with_context(|| format!("{worker} has nothing at {reached}"))?;
                chain.resume(worker, reached, &stored.body)?;
            }
        }
        let reached = if reached >= plan.first { reached } else { plan.first - 1 };
        // A scanner's state is too large to store: it folds its bars again from the first.
        let fresh = reached < plan.first || plan.material == Material::Bars;
        Ok(Self { chain, logs, reached, next: if fresh { 1 } else { reached + 1 } })
    }
}

//! A lane as it is shown to people and programs.

use anyhow::Result;
use bellwether_harness::{
    Bus,
    lane::{self, Lane, Material, Runner, Wanted},
};
use bellwether_schemas::Ordinal;
use serde::Serialize;

/// One row of the list of lanes.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Shown {
    /// Name.
    pub(crate) lane: String,
    /// Set of symbols.
    pub(crate) universe: String,
    /// `running`, `paused`, `cancelled`, `failed`, or `done`.
    pub(crate) state: &'static str,
    /// Why it failed.
    pub(crate) reason: Option<String>,
    /// What it is made from: `scans`, `bars` or `record`.
    pub(crate) material: Material,
    /// First scan with results.
    pub(crate) first: Ordinal,
    /// Scan it has come to.
    pub(crate) reached: Ordinal,
    /// Last scan.
    pub(crate) last: Ordinal,
    /// How fast.
    pub(crate) speed: String,
    /// Settings that differ.
    pub(crate) set: Vec<String>,
    /// Workers it runs.
    pub(crate) services: Vec<String>,
    /// Who runs it.
    pub(crate) runner: Runner,
    /// Messages it holds.
    pub(crate) messages: u64,
    /// Room they take.
    pub(crate) bytes: u64,
    /// When it was made.
    pub(crate) created: String,
}

impl Shown {
    /// Asks how far a lane is.
    ///
    /// # Errors
    /// When the broker cannot be asked.
    pub(crate) async fn of(bus: &Bus, lane: Lane) -> Result<Self> {
        let reached = lane::progress(bus, &lane).await?;
        let Lane { name, plan, wanted, messages, bytes, created } = lane;
        let (state, reason) = match wanted {
            Wanted::Failed(reason) => ("failed", Some(reason)),
            _ if reached >= plan.last => ("done", None),
            Wanted::Running => ("running", None),
            Wanted::Paused => ("paused", None),
            Wanted::Cancelled => ("cancelled", None),
        };
        Ok(Self {
            lane: name,
            universe: plan.universe,
            state,
            reason,
            material: plan.material,
            first: plan.first,
            reached,
            last: plan.last,
            speed: plan.speed,
            set: plan.set,
            services: plan.workers,
            runner: plan.runner,
            messages,
            bytes,
            created,
        })
    }
}

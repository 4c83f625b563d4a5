//! The phases of a run. Each has a broker, a fleet and a record of its own.

mod cluster;
mod full;
mod kills;
mod links;
mod lost;
mod poison;
mod power;

use crate::dice::Dice;
use anyhow::Result;
use clap::ValueEnum;
use std::path::PathBuf;

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Phase {
    /// Services, gateway and broker are killed and stopped, and end themselves in the middle of a line.
    Kills,
    /// Events that panic, abort, loop for ever or want all memory.
    Poison,
    /// Three brokers lose their leader, a follower, or all of them.
    Cluster,
    /// Links are slow, cut or half open.
    Links,
    /// The disk is full, or a log has reached its size.
    Full,
    /// A bucket and SCANS are deleted and made again, and the store is put back to an older state.
    Lost,
    /// The power fails: what the disk has is all there is.
    Power,
}

/// How much of everything.
#[derive(Debug, Clone)]
pub(crate) struct Profile {
    pub(crate) universes: u64,
    pub(crate) sessions: usize,
    pub(crate) service_kills: u64,
    pub(crate) gateway_kills: u64,
    pub(crate) broker_kills: u64,
    pub(crate) stops: u64,
    /// Longest stop, in seconds.
    pub(crate) stop_seconds: u64,
    pub(crate) clients: usize,
    pub(crate) poison_sessions: usize,
    pub(crate) cluster_kills: u64,
    pub(crate) link_faults: u64,
    pub(crate) fillings: u64,
}

impl Profile {
    pub(crate) fn ci() -> Self {
        Self {
            universes: 3,
            sessions: 1700,
            service_kills: 300,
            gateway_kills: 30,
            broker_kills: 15,
            stops: 5,
            stop_seconds: 6,
            clients: 50,
            poison_sessions: 1000,
            cluster_kills: 10,
            link_faults: 20,
            fillings: 1,
        }
    }

    pub(crate) fn nightly() -> Self {
        Self {
            universes: 10,
            sessions: 6000,
            service_kills: 12_000,
            gateway_kills: 1000,
            broker_kills: 500,
            stops: 100,
            stop_seconds: 20,
            clients: 50,
            poison_sessions: 6000,
            cluster_kills: 300,
            link_faults: 500,
            fillings: 10,
        }
    }
}

pub(crate) struct Setting {
    pub(crate) binary: PathBuf,
    pub(crate) profile: Profile,
}

pub(crate) fn chosen(only: &[Phase]) -> Vec<Phase> {
    Phase::value_variants().iter().copied().filter(|phase| only.is_empty() || only.contains(phase)).collect()
}

impl Phase {
    pub(crate) async fn run(self, setting: &Setting, dice: Dice) -> Result<String> {
        match self {
            Self::Kills => kills::run(setting, dice).await,
            Self::Poison => poison::run(setting, dice).await,
            Self::Cluster => cluster::run(setting, dice).await,
            Self::Links => links::run(setting, dice).await,
            Self::Full => full::run(setting).await,
            Self::Lost => lost::run(setting, dice).await,
            Self::Power => power::run(setting).await,
        }
    }
}

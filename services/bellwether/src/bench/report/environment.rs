//! What was measured, and where.

use crate::{
    bench::stage::{SECTIONS, Stage},
    cli::BenchChain,
};
use serde::Serialize;
use std::{collections::BTreeMap, num::NonZeroUsize, thread::available_parallelism};

/// Mean number of processes that ran or wanted to, over 1, 5 and 15 minutes.
#[derive(Debug, Clone, Copy, Serialize)]
pub(in crate::bench) struct Load(pub(super) Option<[f64; 3]>);

impl Load {
    /// As the kernel says; unknown where it does not.
    pub(in crate::bench) fn now() -> Self {
        let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
        let mut numbers = text.split(' ').map_while(|word| word.parse().ok());
        let mut next = || numbers.next();
        Self(next().zip(next()).zip(next()).map(|((one, five), fifteen)| [one, five, fifteen]))
    }
}

/// What was measured, and where.
#[derive(Debug, Serialize)]
pub(in crate::bench) struct Environment {
    pub(super) bellwether: &'static str,
    pub(super) nats_server: String,
    pub(super) sync: &'static str,
    pub(super) streams: &'static str,
    pub(super) cores: usize,
    pub(super) load_before: Load,
    pub(super) load_after: Load,
    pub(super) symbols: u16,
    pub(super) warm_up: u32,
    pub(super) pause_ms: u64,
    pub(super) result_bytes: BTreeMap<&'static str, usize>,
}

impl Environment {
    /// Of this run.
    pub(in crate::bench) fn of(
        args: &BenchChain,
        stage: &Stage,
        load: [Load; 2],
        results: [usize; SECTIONS.len()],
    ) -> Self {
        Self {
            bellwether: env!("CARGO_PKG_VERSION"),
            nats_server: stage.bus.client().server_info().version,
            sync: args.sync.name(),
            streams: args.streams.name(),
            cores: available_parallelism().map_or(1, NonZeroUsize::get),
            load_before: load[0],
            load_after: load[1],
            symbols: args.symbols,
            warm_up: args.warm_up,
            pause_ms: args.pause,
            result_bytes: SECTIONS.into_iter().zip(results).collect(),
        }
    }
}

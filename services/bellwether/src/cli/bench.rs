use super::{BenchFanout, BenchGet};
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

/// What to measure.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum Bench {
    /// From a published scan to the results in the browser, beside the least the broker needs.
    Chain(BenchChain),
    /// One result to thousands of clients, beside nginx with nchan.
    Fanout(BenchFanout),
    /// Many requests for one result, beside nginx with the same bytes.
    Get(BenchGet),
    /// The whole past through all workers at full speed, beside a consumer that only reads it.
    Replay(BenchReplay),
}

/// When the broker writes to disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Sync {
    /// Before it acknowledges, as the product has it.
    Always,
    /// When the broker finds it time, every two minutes.
    Default,
}

impl Sync {
    /// As it is written on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Always => "always",
            Self::Default => "default",
        }
    }
}

/// How the client listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Streams {
    /// One stream with everything, as the page does.
    One,
    /// One stream for each worker.
    Each,
}

impl Streams {
    /// As it is written on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::One => "one",
            Self::Each => "each",
        }
    }
}

#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  bellwether bench chain                                    2,000 scans of 5,000 symbols; about seven minutes
  bellwether bench chain --scans 200 --symbols 500          a first look, in less than one
  bellwether bench chain --sync default --json chain.json   without waiting for the disk; figures for a program

It starts a broker, workers and a gateway for itself, on free ports and with an empty store, and stops them at the end.
Each scan goes through the product and, in turns with it, through the broker alone: two stored hops with the same bytes.
Compare the two within one run; times of different runs or machines say little. Use a release build.")]
pub(crate) struct BenchChain {
    /// Symbols of the made-up market.
    #[arg(long, value_name = "N", default_value_t = 5000, value_parser = clap::value_parser!(u16).range(1..=17_576))]
    pub(crate) symbols: u16,
    /// Scans to measure.
    #[arg(long, value_name = "N", default_value_t = 2000, value_parser = clap::value_parser!(u32).range(3..=100_000))]
    pub(crate) scans: u32,
    /// Scans to pass before.
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(0..=100_000))]
    pub(crate) warm_up: u32,
    /// Milliseconds of rest before each scan.
    #[arg(long, value_name = "MS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(0..=10_000))]
    pub(crate) pause: u64,
    /// When the broker writes to disk.
    #[arg(long, value_enum, default_value_t = Sync::Always)]
    pub(crate) sync: Sync,
    /// How the client listens.
    #[arg(long, value_enum, default_value_t = Streams::One)]
    pub(crate) streams: Streams,
    /// Write the figures to this file as JSON, too.
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Where the broker's store is made, and removed again [default: the system's folder for temporary files]
    #[arg(long, value_name = "DIR")]
    pub(crate) folder: Option<PathBuf>,
    /// The nats-server program to start (2.12 or newer); else the one on PATH, in the cache, or fetched.
    #[arg(long, value_name = "FILE", env = "BELLWETHER_NATS_SERVER")]
    pub(crate) nats_server: Option<PathBuf>,
}

#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  bellwether bench replay                                     the market made up for show
  bellwether bench replay --bars daily.csv.zst --reference    a market of your own, and polars beside it
  bellwether bench replay --rounds 1 --live 0                 a first look

It starts a broker and services for itself, on free ports and with an empty store, and stops them at the end. In each round
a consumer that only reads the scans and a replay of them through every worker take turns. --reference installs polars
into an environment of its own and computes the same breadth with it. Use a release build.")]
pub(crate) struct BenchReplay {
    /// Daily bars to replay, adjusted [default: the market made up for show]
    #[arg(long, value_name = "FILE")]
    pub(crate) bars: Option<PathBuf>,
    /// Rounds.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u8).range(1..=50))]
    rounds: u8,
    /// Compute the same breadth with polars, too.
    #[arg(long)]
    pub(crate) reference: bool,
    /// Scans of a running market to measure, with and without replays beside it; 0 measures none.
    #[arg(long, value_name = "N", default_value_t = 300, value_parser = clap::value_parser!(u32).range(0..=100_000))]
    pub(crate) live: u32,
    /// Where the broker's store is made, and removed again [default: the system's folder for temporary files]
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// The nats-server program to start (2.12 or newer); else the one on PATH, in the cache, or fetched.
    #[arg(long, value_name = "FILE", env = "BELLWETHER_NATS_SERVER")]
    nats_server: Option<PathBuf>,
}

impl BenchReplay {
    /// Rounds to run.
    pub(crate) fn rounds(&self) -> usize {
        self.rounds.into()
    }

    /// The running market beside it: 500 symbols, a scan every 20 ms and more.
    pub(crate) fn chain(&self) -> BenchChain {
        BenchChain {
            symbols: 500,
            scans: self.live.max(3),
            warm_up: 0,
            pause: 20,
            sync: Sync::Always,
            streams: Streams::One,
            json: None,
            folder: self.folder.clone(),
            nats_server: self.nats_server.clone(),
        }
    }
}

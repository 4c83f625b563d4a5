use super::BrokerArgs;
use crate::{registry, verify::Bound};
use bellwether_schemas::key;
use clap::{Args, builder::PossibleValuesParser};
use std::path::PathBuf;

#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  bellwether export --universe us_broad day.bundle --from 2026-11-20 --to 2026-11-20
  bellwether export --universe us_broad all.bundle
  bellwether export --universe us_broad --lane what-if-1 tried.bundle

On another machine: `bellwether import day.bundle`, then `bellwether verify --lane` with the lane it says. docs/BUNDLE.md
tells what is in the file; its last line is a hash of everything in it.")]
pub(crate) struct Export {
    /// The file to write; it must not exist.
    pub(crate) file: PathBuf,
    /// Universe.
    #[arg(long, value_name = "NAME")]
    pub(crate) universe: String,
    /// Lane.
    #[arg(long, value_name = "LANE", default_value = key::LIVE)]
    pub(crate) lane: String,
    /// First session or ordinal.
    #[arg(long, value_name = "SESSION|ORDINAL")]
    pub(crate) from: Option<Bound>,
    /// Last session or ordinal.
    #[arg(long, value_name = "SESSION|ORDINAL")]
    pub(crate) to: Option<Bound>,
    #[command(flatten)]
    pub(crate) broker: BrokerArgs,
}

#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  bellwether bisect live what-if-1                          the first scan at which each worker's results part, and how
  bellwether bisect live replay-1 --universe us_broad --json

Exit code: 0 they are the same wherever both have results, 1 they differ, 2 they could not be compared.")]
pub(crate) struct Bisect {
    /// One lane.
    pub(crate) lane_a: String,
    /// The other.
    pub(crate) lane_b: String,
    /// Universe [default: the one of the lane that is no part of the running market]
    #[arg(long, value_name = "NAME")]
    pub(crate) universe: Option<String>,
    /// Workers to compare [default: all]
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = PossibleValuesParser::new(registry::workers()))]
    pub(crate) services: Vec<String>,
    /// Print JSON, with both payloads.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) broker: BrokerArgs,
}

use super::BrokerArgs;
use crate::{registry, replay::Speed, verify::Bound};
use clap::{Args, Subcommand, builder::PossibleValuesParser};

/// Without a subcommand it makes a lane and runs it.
#[derive(Debug, Clone, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "\
Examples:
  bellwether replay --universe us_broad                                everything again, as fast as it goes
  bellwether replay --universe us_broad --from 2025-01-02 --speed 8x   eight sessions a second, to be watched
  bellwether replay --universe us_broad --set regime.confirm_scans=3   what if? in a lane of its own
  bellwether replay --universe us_broad --from-bars --lane replay-bars the scanner, too
  bellwether replay list

The results go into a lane of their own; the running market goes on undisturbed. Watch one in the page with ?lane=NAME.
Speeds: max; original, with the pauses with which it was stored; Nx, by market time: within a session N times as fast as
it was, and N sessions a second, for closed hours are passed over. Ctrl-C pauses; `replay resume` goes on where it was."
)]
pub(crate) struct Replay {
    #[command(subcommand)]
    pub(crate) command: Option<ReplayCommand>,
    #[command(flatten)]
    pub(crate) run: ReplayRun,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct ReplayRun {
    /// Universe to replay.
    // Optional only for the parser: a subcommand needs none, and without one it is required.
    #[arg(long, value_name = "NAME", required = true)]
    pub(crate) universe: Option<String>,
    /// First session or ordinal whose results are wanted; all before it is folded all the same.
    #[arg(long, value_name = "SESSION|ORDINAL")]
    pub(crate) from: Option<Bound>,
    /// Last session or ordinal.
    #[arg(long, value_name = "SESSION|ORDINAL")]
    pub(crate) to: Option<Bound>,
    /// max, original, or so many times the market's own, e.g. 60x.
    #[arg(long, value_name = "SPEED", default_value = "max")]
    pub(crate) speed: Speed,
    /// Name of the lane, replay-… or what-if-… [default: the next number]
    #[arg(long, value_name = "NAME")]
    pub(crate) lane: Option<String>,
    /// Workers to run; what they build on runs with them [default: all]
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = PossibleValuesParser::new(registry::workers()))]
    pub(crate) services: Vec<String>,
    /// A setting that differs; may be given several times.
    #[arg(long, value_name = "WORKER.NAME=VALUE", value_delimiter = ',')]
    pub(crate) set: Vec<String>,
    /// Scan the recorded bars again instead of taking the recorded scans.
    #[arg(long)]
    pub(crate) from_bars: bool,
    /// Leave it to the replay service of `bellwether up`, and return at once.
    #[arg(long)]
    pub(crate) detach: bool,
    #[command(flatten)]
    pub(crate) broker: BrokerArgs,
}

/// What to do with lanes there are.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum ReplayCommand {
    /// Show all lanes, how far they are and what room they take.
    List(ReplayList),
    /// Let a lane stay where it is.
    Pause(ReplayOne),
    /// Let a paused lane go on.
    Resume(ReplayResume),
    /// Let a lane never go on; what it has stays.
    Cancel(ReplayOne),
    /// Delete a lane with all it holds.
    Delete(ReplayMany),
}

#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  bellwether replay list
  bellwether replay list --json")]
pub(crate) struct ReplayList {
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) broker: BrokerArgs,
}

#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  bellwether replay pause replay-1
  bellwether replay cancel what-if-2")]
pub(crate) struct ReplayOne {
    /// Name of the lane.
    pub(crate) lane: String,
    #[command(flatten)]
    pub(crate) broker: BrokerArgs,
}

#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  bellwether replay resume replay-1               goes on in this process, or in the service it was left to
  bellwether replay resume replay-1 --speed 60x   at another speed")]
pub(crate) struct ReplayResume {
    /// Name of the lane.
    pub(crate) lane: String,
    /// Another speed.
    #[arg(long, value_name = "SPEED")]
    pub(crate) speed: Option<Speed>,
    #[command(flatten)]
    pub(crate) broker: BrokerArgs,
}

#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  bellwether replay delete replay-1
  bellwether replay delete replay-1 what-if-2")]
pub(crate) struct ReplayMany {
    /// Names of the lanes.
    #[arg(required = true)]
    pub(crate) lanes: Vec<String>,
    #[command(flatten)]
    pub(crate) broker: BrokerArgs,
}

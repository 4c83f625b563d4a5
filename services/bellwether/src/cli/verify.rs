use super::BrokerArgs;
use crate::verify::{self, Bound};
use clap::{Args, builder::PossibleValuesParser};

#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  bellwether verify                                      every universe, every scan, every worker
  bellwether verify --universe us_broad --from 2024-01-02 --to 2024-12-31
  bellwether verify --services scanner,regime --json     for scripts; the first difference with both payloads
  bellwether verify --set regime.confirm_scans=3         where would this setting have changed anything?

Exit code: 0 all identical, 1 something differs or is missing, 2 it could not be checked.
Everything is folded from the first scan on, whatever the range: a result rests on all that went before. The range says
what is compared. It may run beside live services; they are not disturbed.")]
pub(crate) struct Verify {
    #[command(flatten)]
    pub(crate) broker: BrokerArgs,
    /// Universe to check; may be given several times [default: all]
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub(crate) universe: Vec<String>,
    /// Lane to check.
    #[arg(long, value_name = "LANE", default_value = bellwether_schemas::key::LIVE)]
    pub(crate) lane: String,
    /// First session or ordinal to compare.
    #[arg(long, value_name = "SESSION|ORDINAL")]
    pub(crate) from: Option<Bound>,
    /// Last session or ordinal to compare.
    #[arg(long, value_name = "SESSION|ORDINAL")]
    pub(crate) to: Option<Bound>,
    /// What to check [default: the scanner, where there are bars, and every worker]
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = PossibleValuesParser::new(verify::services()))]
    pub(crate) services: Vec<String>,
    /// A setting of a worker, as the services run with it; may be given several times.
    #[arg(long, value_name = "WORKER.NAME=VALUE", env = "BELLWETHER_SET", value_delimiter = ',')]
    pub(crate) set: Vec<String>,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

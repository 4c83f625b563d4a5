use super::BrokerArgs;
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  bellwether restart regime        all its copies, one after the other, each ready before the next
  bellwether restart regime#2      that copy alone
The others go on; what the service missed meanwhile it folds when it is back.")]
pub(crate) struct Restart {
    #[command(flatten)]
    pub(crate) broker: BrokerArgs,
    /// The process, as `bellwether ps` names it.
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
}

#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  bellwether stop index            until `bellwether start index`
  bellwether stop                  everything, in order, as Ctrl-C does")]
pub(crate) struct Stop {
    #[command(flatten)]
    pub(crate) broker: BrokerArgs,
    /// The process, as `bellwether ps` names it; everything if absent.
    #[arg(value_name = "NAME")]
    pub(crate) name: Option<String>,
}

#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  bellwether start index           after `bellwether stop index`")]
pub(crate) struct Start {
    #[command(flatten)]
    pub(crate) broker: BrokerArgs,
    /// The process, as `bellwether ps` names it.
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
}

#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  bellwether logs                                  the last 100 lines of all services
  bellwether logs --follow --level warn            what needs attention, as it happens
  bellwether logs --service regime --text rejected
  bellwether logs --json | jq .message
Lines of level info and graver are kept for a week, or as many as 64 MB hold.")]
pub(crate) struct Logs {
    #[command(flatten)]
    pub(crate) broker: BrokerArgs,
    /// Go on with every new line.
    #[arg(long, short)]
    pub(crate) follow: bool,
    /// Of this service only.
    #[arg(long, value_name = "NAME")]
    pub(crate) service: Option<String>,
    /// As grave as this or graver.
    #[arg(long, value_name = "LEVEL", value_parser = ["info", "warn", "error"])]
    pub(crate) level: Option<String>,
    /// With this text in the sentence or a field.
    #[arg(long, value_name = "TEXT")]
    pub(crate) text: Option<String>,
    /// Speaking of this scan.
    #[arg(long, value_name = "ID")]
    pub(crate) scan: Option<String>,
    /// So many of the newest fitting lines.
    #[arg(long, short = 'n', value_name = "N", default_value_t = 100)]
    pub(crate) lines: usize,
    /// Print lines as they are stored, one JSON object each.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  bellwether health                              everything `up` runs here
  bellwether health --url http://127.0.0.1:8081  whether one service is ready, at its ops port; for containers
Exit code 0: well. 1: something is not, and it says what. 2: nobody answers.")]
pub(crate) struct Health {
    #[command(flatten)]
    pub(crate) broker: BrokerArgs,
    /// Ask only whether the service or the gateway that listens there, as http://HOST:PORT, is ready.
    #[arg(long, value_name = "URL", env = "BELLWETHER_HEALTH_URL")]
    pub(crate) url: Option<String>,
    /// File whose first line is the access token of the gateway, if it wants one.
    #[arg(long, value_name = "FILE", env = "BELLWETHER_TOKEN_FILE")]
    pub(crate) token_file: Option<PathBuf>,
    /// Seconds to wait for an answer.
    #[arg(long, value_name = "SECONDS", default_value_t = 5)]
    pub(crate) timeout: u64,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  bellwether doctor
  bellwether doctor --nats nats://10.0.0.5:4222    look at that broker
Looks at folders, disk, limits, clocks, ports, processes, the broker and its streams; changes nothing.")]
pub(crate) struct Doctor {
    #[command(flatten)]
    pub(crate) broker: BrokerArgs,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

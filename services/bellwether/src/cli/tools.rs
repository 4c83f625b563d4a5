use super::BrokerArgs;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  bellwether init --nats nats://nats:4222
  bellwether init --replicas 3        on a cluster of three
  bellwether init --secure ./secure --host nats.example.com      keys, certificates and configuration of a broker
                                                                 that keeps services apart; then `up --secure ./secure`
  bellwether init --secure ./secure --node nats-1,nats-2,nats-3  the same for a cluster

Run it as often as you like: what exists with the same settings is left alone, what differs is an error.")]
pub(crate) struct Init {
    /// Address of the broker; several separated by commas.
    #[arg(long, value_name = "URL", env = "NATS_URL", default_value = "nats://127.0.0.1:4222")]
    pub(crate) nats: String,
    /// Copies of each stream on a cluster.
    #[arg(long, value_name = "N", env = "BELLWETHER_REPLICAS", default_value = "1", value_parser = ["1", "3", "5"])]
    pub(crate) replicas: String,
    /// Make this folder instead, or renew its certificates and add what is new; keys that are there are kept.
    #[arg(long, value_name = "DIR")]
    pub(crate) secure: Option<PathBuf>,
    /// Names and addresses under which services reach the broker, beside localhost, 127.0.0.1 and nats.
    #[arg(long, value_name = "NAME", value_delimiter = ',', requires = "secure")]
    pub(crate) host: Vec<String>,
    /// Names of the nodes of a cluster.
    #[arg(long, value_name = "NAME", value_delimiter = ',', requires = "secure")]
    pub(crate) node: Vec<String>,
}

/// What a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// As its `schema` field says.
    Auto,
    /// Any MessagePack, binary as hexadecimal text.
    Raw,
}

#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  bellwether decode < message.msgpack
  bellwether decode --subject '$KV.regime.live.us_large'   the newest value of that subject
  bellwether decode --subject bars.live.us_large --sequence 17
  nats sub 'scan.completed.>' --translate 'bellwether decode --compact'")]
pub(crate) struct Decode {
    #[command(flatten)]
    pub(crate) broker: BrokerArgs,
    /// Decode the newest message of this subject instead of the standard input.
    #[arg(long, value_name = "SUBJECT")]
    pub(crate) subject: Option<String>,
    /// Decode the message with this sequence in the subject's stream instead of the newest.
    #[arg(long, value_name = "N", requires = "subject")]
    pub(crate) sequence: Option<u64>,
    /// One line per message.
    #[arg(long)]
    pub(crate) compact: bool,
    /// What the message is.
    #[arg(long, value_enum, default_value_t = Form::Auto)]
    pub(crate) form: Form,
}

#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  bellwether ps
  bellwether ps --json
  bellwether ps --nats nats://10.0.0.5:4222    services on any machine, by asking the bus")]
pub(crate) struct Ps {
    #[command(flatten)]
    pub(crate) broker: BrokerArgs,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  bellwether fetch-broker
  BELLWETHER_NATS_SERVER=$(bellwether fetch-broker) cargo test")]
pub(crate) struct FetchBroker {
    /// Where fetched programs are kept [default: bellwether in the user's cache folder]
    #[arg(long, value_name = "DIR", env = "BELLWETHER_CACHE")]
    pub(crate) cache: Option<PathBuf>,
    /// The program to check instead of looking for one.
    #[arg(long, value_name = "FILE", env = "BELLWETHER_NATS_SERVER")]
    pub(crate) nats_server: Option<PathBuf>,
    /// Only look; fail if there is none.
    #[arg(long)]
    pub(crate) no_fetch: bool,
}

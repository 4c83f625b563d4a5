use super::{BrokerArgs, Gateway};
use crate::registry;
use clap::{Args, builder::PossibleValuesParser};
use std::{net::SocketAddr, num::NonZeroUsize, path::PathBuf};

/// What holds for every service, wherever it runs.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Services")]
pub(crate) struct Services {
    /// A setting of a worker; may be given several times.
    #[arg(long, value_name = "WORKER.NAME=VALUE", env = "BELLWETHER_SET", value_delimiter = ',')]
    pub(crate) set: Vec<String>,
    /// Serve the page from this folder instead of what is built in, for work on the page.
    #[arg(long, value_name = "DIR", env = "BELLWETHER_WEB")]
    pub(crate) web: Option<PathBuf>,
    /// Seconds between two sessions of the made-up market.
    #[arg(long, value_name = "SECONDS", env = "BELLWETHER_SAMPLE_PACE", default_value_t = 5.0, value_parser = seconds)]
    pub(crate) sample_pace: f64,
    #[command(flatten)]
    pub(crate) gateway: Gateway,
}

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(seconds) if (0.001..=86_400.0).contains(&seconds) => Ok(seconds),
        _ => Err("expected 0.001 to 86400".to_owned()),
    }
}

#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  bellwether up                                          everything, with a market made up for show
  bellwether up --data ./market --listen 127.0.0.1:9000  another folder, another port
  bellwether up --listen 127.0.0.1:0 --no-open           any free port, printed; no browser
  bellwether up --nats nats://10.0.0.5:4222              with a broker that runs already
  bellwether up --copies 2 --set regime.confirm_scans=3  two of each worker, one setting changed

Ctrl-C stops everything in order; so does the end of this process, however it ends.")]
pub(crate) struct Up {
    #[command(flatten)]
    pub(crate) broker: BrokerArgs,
    #[command(flatten)]
    pub(crate) services: Services,
    /// Where the dashboard is; port 0 takes a free one.
    #[arg(long, value_name = "ADDR:PORT", env = "BELLWETHER_LISTEN", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
    /// Run every service as a task of this process instead of as a process of its own.
    #[arg(long, env = "BELLWETHER_ONE_PROCESS", value_parser = clap::builder::FalseyValueParser::new())]
    pub(crate) one_process: bool,
    /// Copies of each worker; all compute, one writes, the others check it byte for byte.
    #[arg(long, value_name = "N", env = "BELLWETHER_COPIES", default_value = "1")]
    pub(crate) copies: NonZeroUsize,
    /// Make no market up.
    #[arg(long, env = "BELLWETHER_NO_SAMPLE", value_parser = clap::builder::FalseyValueParser::new())]
    pub(crate) no_sample: bool,
    /// Open no browser.
    #[arg(long, env = "BELLWETHER_NO_OPEN", value_parser = clap::builder::FalseyValueParser::new())]
    pub(crate) no_open: bool,
}

#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  bellwether run regime --nats nats://nats:4222
  bellwether run gateway --nats nats://nats:4222 --listen 0.0.0.0:8080 --token-file /run/secrets/token
  bellwether run breadth --ops 0.0.0.0:8083 --log-format json

`bellwether init` must have made the streams first.")]
pub(crate) struct Run {
    /// The service.
    #[arg(value_parser = PossibleValuesParser::new(registry::names()))]
    pub(crate) service: String,
    /// Address of the broker; several separated by commas.
    #[arg(long, value_name = "URL", env = "NATS_URL", default_value = "nats://127.0.0.1:4222")]
    pub(crate) nats: String,
    #[command(flatten)]
    pub(crate) services: Services,
    /// Where the service answers /health, /metrics and /debug; port 0 takes a free one, none if absent.
    #[arg(long, value_name = "ADDR:PORT", env = "BELLWETHER_OPS")]
    pub(crate) ops: Option<SocketAddr>,
    /// Where the gateway listens.
    #[arg(long, value_name = "ADDR:PORT", env = "BELLWETHER_LISTEN", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
    /// Name of this copy; one that stays the same after a restart lets it count deaths on one event
    /// [default: service and process id, in a container service and host]
    #[arg(long, value_name = "NAME", env = "BELLWETHER_INSTANCE")]
    pub(crate) instance: Option<String>,
}

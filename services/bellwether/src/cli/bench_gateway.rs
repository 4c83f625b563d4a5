use clap::Args;
use std::{net::SocketAddr, path::PathBuf};

#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  bellwether bench fanout                                   5,000 clients, two rounds; about five minutes
  bellwether bench fanout --clients 1000 --seconds 15       a first look
  bellwether bench fanout --json fanout.json                figures for a program

It starts a broker and a gateway for itself, on free ports, and the clients in a process of their own. Where the Debian
packages nginx and libnginx-mod-nchan are installed, an nginx does the same work in turns. Use a release build.")]
pub(crate) struct BenchFanout {
    /// Clients with a stream each.
    #[arg(long, value_name = "N", default_value_t = 5000, value_parser = clap::value_parser!(u32).range(1..=19_000))]
    pub(crate) clients: u32,
    /// Results a second.
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) rate: u32,
    /// How long.
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=3600))]
    pub(crate) seconds: u32,
    /// Rounds, each with both servers.
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=20))]
    pub(crate) rounds: u32,
    /// Bytes of a result beside its envelope.
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(0..=100_000))]
    pub(crate) bytes: u32,
    /// Write the figures to this file as JSON, too.
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// The broker's program [default: found as `up` finds it]
    #[arg(long, value_name = "FILE", env = "BELLWETHER_NATS_SERVER")]
    pub(crate) nats_server: Option<PathBuf>,
}

#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  bellwether bench get                          three rounds; about two minutes
  bellwether bench get --seconds 3 --rounds 1   a first look
  bellwether bench get --json get.json          figures for a program

It needs wrk (the Debian package). It starts a broker and a gateway for itself, on free ports; where nginx is installed,
one gives the same bytes in turns, from a file and from memory. Use a release build.")]
pub(crate) struct BenchGet {
    /// Connections, each asking again as soon as it is answered.
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) connections: u32,
    /// How long each.
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=600))]
    pub(crate) seconds: u32,
    /// Rounds, each with all servers.
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=20))]
    pub(crate) rounds: u32,
    /// Bytes of the result beside its envelope.
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(0..=3000))]
    pub(crate) bytes: u32,
    /// Write the figures to this file as JSON, too.
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// The broker's program [default: found as `up` finds it]
    #[arg(long, value_name = "FILE", env = "BELLWETHER_NATS_SERVER")]
    pub(crate) nats_server: Option<PathBuf>,
}

/// The clients of `bench fanout`.
#[derive(Debug, Clone, Args)]
pub(crate) struct Crowd {
    /// How many.
    #[arg(long)]
    pub(crate) clients: u32,
    /// Of the server.
    #[arg(long)]
    pub(crate) address: SocketAddr,
    /// Of the stream.
    #[arg(long)]
    pub(crate) path: String,
}

//! The command line. Every flag that outlives one call has an environment variable of the same name.

mod bench;
mod bench_gateway;
mod broker;
mod bundle;
mod gateway;
mod import;
mod manage;
mod replay;
mod run;
mod tools;
mod verify;

pub(crate) use bench::{Bench, BenchChain, BenchReplay, Streams, Sync};
pub(crate) use bench_gateway::{BenchFanout, BenchGet, Crowd};
pub(crate) use broker::BrokerArgs;
pub(crate) use bundle::{Bisect, Export};
pub(crate) use gateway::Gateway;
pub(crate) use import::{Import, ScanFormat, SubmitScan};
pub(crate) use manage::{Doctor, Health, Logs, Restart, Start, Stop};
pub(crate) use replay::{Replay, ReplayCommand, ReplayResume, ReplayRun};
pub(crate) use run::{Run, Services, Up};
pub(crate) use tools::{Decode, FetchBroker, Form, Init, Ps};
pub(crate) use verify::Verify;

use bellwether_harness::telemetry::LogFormat;
use clap::{Parser, Subcommand, ValueEnum};
use std::{ffi::OsString, path::PathBuf};

/// Stock market internals: regime, breadth and what follows from them, from daily bars to the browser.
#[derive(Debug, Parser)]
#[command(
    name = "bellwether",
    version,
    max_term_width = 110,
    after_help = "\
Examples:
  bellwether up                                       a market made up for show, in the browser, in seconds
  bellwether import prices.csv --universe mystocks    your own bars; then look at the dashboard
  bellwether up --no-sample                           your own data only
  bellwether ps                                       what runs, since when, and what died of what

`bellwether COMMAND --help` has examples for each command."
)]
pub(crate) struct Cli {
    /// How log lines look.
    #[arg(long, global = true, env = "BELLWETHER_LOG_FORMAT", value_enum, default_value_t = LogStyle::Human)]
    pub(crate) log_format: LogStyle,
    /// What this process shows a secured broker; `bellwether init --secure` makes one file for each service.
    #[arg(long, global = true, value_name = "FILE", env = "BELLWETHER_NATS_IDENTITY")]
    pub(crate) nats_identity: Option<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start everything: broker, services, dashboard.
    Up(Up),
    /// Run one service, for compose, Kubernetes and systemd.
    Run(Run),
    /// Make or check the broker's streams and buckets; never deletes anything.
    Init(Init),
    /// Bring in bars from files; the same file twice changes nothing.
    Import(Import),
    /// Bring in scans made by another scanner.
    #[command(subcommand)]
    Scan(Scan),
    /// Make a stored message readable.
    Decode(Decode),
    /// Compute everything stored again and compare it byte for byte.
    Verify(Verify),
    /// Find the first scan at which two lanes differ, and what differs.
    Bisect(Bisect),
    /// Write sessions with bars, scans and results into one file that proves itself.
    Export(Export),
    /// Run the recorded past again, in a lane of its own, also under other settings.
    Replay(Replay),
    /// Show what runs.
    Ps(Ps),
    /// Restart a process of `up`; the others go on.
    Restart(Restart),
    /// Stop a process of `up`, or everything.
    Stop(Stop),
    /// Start a process of `up` that was stopped.
    Start(Start),
    /// Show log lines of all services.
    Logs(Logs),
    /// Say whether everything is well, for people and for health checks.
    Health(Health),
    /// Say what is wrong with the set-up, and how to mend it.
    Doctor(Doctor),
    /// Find or fetch nats-server and print where it is.
    FetchBroker(FetchBroker),
    /// Measure the product on this machine.
    #[command(subcommand)]
    Bench(Bench),
    /// The clients of `bench fanout`, in a process of their own.
    #[command(hide = true)]
    BenchCrowd(Crowd),
    /// Run a program that ends when its parent ends.
    #[command(hide = true)]
    ExecChild {
        /// Process id of the one that started us.
        #[arg(long)]
        parent: i32,
        /// Program and arguments.
        #[arg(last = true, required = true)]
        program: Vec<OsString>,
    },
}

/// Scans made by another scanner.
#[derive(Debug, Subcommand)]
pub(crate) enum Scan {
    /// Publish one scan from a file.
    Submit(SubmitScan),
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogStyle {
    /// For a person.
    Human,
    /// One JSON object per line.
    Json,
}

impl LogStyle {
    /// As the telemetry takes it.
    pub(crate) fn format(self) -> LogFormat {
        match self {
            Self::Human => LogFormat::Human,
            Self::Json => LogFormat::Json,
        }
    }

    /// As it is written on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Json => "json",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound_and_every_command_has_examples() {
        let mut cli = Cli::command();
        cli.clone().debug_assert();
        cli.build();
        let shown = |command: &clap::Command| !command.is_hide_set() && command.get_name() != "help";
        let mut commands: Vec<_> = cli.get_subcommands().filter(|command| shown(command)).cloned().collect();
        while let Some(command) = commands.pop() {
            if command.has_subcommands() {
                commands.extend(command.get_subcommands().filter(|inner| shown(inner)).cloned());
            } else {
                let help = command.clone().render_long_help().to_string();
                assert!(help.contains("Examples:"), "{} has no examples", command.get_name());
            }
        }
    }

    #[test]
    fn commands_read_as_they_are_written_in_the_help() {
        let up =
            Cli::try_parse_from(["bellwether", "up", "--listen", "127.0.0.1:0", "--set", "regime.span=3"]).unwrap();
        let Command::Up(up) = up.command else { panic!("not up") };
        assert_eq!((up.listen.port(), up.services.set.as_slice()), (0, ["regime.span=3".to_owned()].as_slice()));
        assert!(Cli::try_parse_from(["bellwether", "import", "--sample"]).is_ok());
        assert!(Cli::try_parse_from(["bellwether", "run", "nonsense"]).is_err());
        assert!(Cli::try_parse_from(["bellwether", "up", "--copies", "0"]).is_err());
    }
}

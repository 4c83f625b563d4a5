//! The bellwether command: broker, supervisor and every service.

mod bench;
mod broker;
mod bundle;
mod cli;
mod commands;
mod data;
mod exec_child;
mod identity;
mod lock;
mod progress;
mod registry;
mod replay;
mod say;
mod secure;
mod services;
mod supervisor;
mod verify;

use anyhow::{Context, Result};
use bellwether_harness::telemetry;
use clap::Parser;
use cli::{Bench, Cli, Command, LogStyle, Scan};
use std::{future::Future, process::ExitCode};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

fn main() -> ExitCode {
    let Cli { log_format, nats_identity, command } = Cli::parse();
    identity::given(nats_identity);
    let outcome = match command {
        Command::Up(args) => serve("up", log_format, |stop| commands::up(args, log_format, stop)),
        Command::Run(args) => serve(&args.service.clone(), log_format, |stop| commands::run(args, stop)),
        Command::Init(args) => once(commands::init(args)),
        Command::Import(args) => once(commands::import(args)),
        Command::Scan(Scan::Submit(args)) => once(commands::submit(args)),
        Command::Decode(args) => once(commands::decode(args)),
        Command::Verify(args) => told(commands::verify(args)),
        Command::Bisect(args) => told(commands::bisect(args)),
        Command::Export(args) => once(commands::export(args)),
        Command::Replay(args) => once(commands::replay(args)),
        Command::Ps(args) => once(commands::ps(args)),
        Command::Restart(args) => once(commands::restart(args)),
        Command::Stop(args) => once(commands::stop(args)),
        Command::Start(args) => once(commands::start(args)),
        Command::Logs(args) => once(commands::logs(args)),
        Command::Health(args) => commands::health(&args),
        Command::Doctor(args) => told(commands::doctor(args)),
        Command::FetchBroker(args) => once(commands::fetch_broker(args)),
        Command::Bench(Bench::Chain(args)) => serve("bench", log_format, |stop| bench::chain(args, stop)),
        Command::Bench(Bench::Fanout(args)) => serve("bench", log_format, |stop| bench::fanout(args, stop)),
        Command::Bench(Bench::Get(args)) => serve("bench", log_format, |stop| bench::get(args, stop)),
        Command::BenchCrowd(args) => bench::crowd(&args).map(|()| ExitCode::SUCCESS),
        Command::Bench(Bench::Replay(args)) => serve("bench", log_format, |stop| bench::replay(args, stop)),
        Command::ExecChild { parent, program } => exec_child::run(parent, &program),
    };
    outcome.unwrap_or_else(|error| {
        say::say(&format!("bellwether: {error:#}"));
        ExitCode::FAILURE
    })
}

/// Runs a command whose exit code says what it found.
fn told(command: impl Future<Output = Result<ExitCode>>) -> Result<ExitCode> {
    tokio::runtime::Runtime::new()?.block_on(command)
}

/// Runs a command that has an end.
fn once(command: impl Future<Output = Result<()>>) -> Result<ExitCode> {
    tokio::runtime::Runtime::new()?.block_on(command)?;
    Ok(ExitCode::SUCCESS)
}

/// Runs what goes on until SIGTERM or Ctrl-C; a second one ends it at once.
fn serve<F: Future<Output = Result<()>>>(
    service: &str,
    log_format: LogStyle,
    command: impl FnOnce(CancellationToken) -> F,
) -> Result<ExitCode> {
    tokio::runtime::Runtime::new()?.block_on(async {
        let logging = telemetry::init(service, log_format.format())?;
        let stop = CancellationToken::new();
        let mut signals = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        let first = stop.clone();
        let asked_twice = async move {
            for _ in 0..2 {
                tokio::select! { _ = signals.0.recv() => {}, _ = signals.1.recv() => {} }
                first.cancel();
            }
        };
        tokio::select! {
            outcome = command(stop) => outcome.with_context(|| format!("{service} stopped"))?,
            () = asked_twice => tracing::warn!("stopped at once"),
        }
        logging.shutdown().await;
        Ok(ExitCode::SUCCESS)
    })
}

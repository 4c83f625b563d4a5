//! One result to thousands of clients: our gateway, and nginx with nchan, in turns.

mod crowd;
mod crowded;
mod histogram;
pub(super) mod nginx;
pub(super) mod process;
mod report;
mod rival;
pub(super) mod subject;

pub(crate) use crowd::crowd;

use crate::{
    broker::{Broker, Wish},
    cli::BenchFanout,
    commands::connect,
    data::DataDir,
    registry,
    say::say,
    supervisor::record::Book,
};
use anyhow::{Context, Result};
use bellwether_harness::topology::{Plan, provision};
use crowded::Pace;
use report::Report;
use std::sync::Arc;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

/// One result to many clients.
///
/// # Errors
/// When something cannot be started, does not answer, or `stop` comes before the end.
pub(crate) async fn fanout(args: BenchFanout, stop: CancellationToken) -> Result<()> {
    process::raise_open_files(args.clients as u64 + 200)?;
    let folder = TempDir::with_prefix("bellwether-bench-").context("a folder for the broker's store")?;
    let data = DataDir::open(Some(folder.path()))?;
    let book = Arc::new(Book::open(data.processes()).await?);
    // What is measured is the gateway, not the disk: the broker acknowledges at once.
    let wish = Wish { program: args.nats_server.clone(), port: Some(0), lazy_sync: true, ..Wish::default() };
    let broker = Broker::provide(&wish, &data, book).await?;
    let outcome = tokio::select! {
        outcome = rounds(&args, broker.url(), &folder) => outcome,
        () = stop.cancelled() => Err(anyhow::anyhow!("interrupted")),
    };
    broker.stop().await;
    outcome?.give(args.json.as_deref())
}

async fn rounds(args: &BenchFanout, broker: &str, folder: &TempDir) -> Result<Report> {
    let bus = connect(broker, "bench").await?;
    provision(&bus, &Plan::standard(&registry::workers())).await?;
    let nginx = nginx::find();
    if let Err(reason) = &nginx {
        say(&format!("without the reference: {reason}"));
    }
    let pace = Pace { clients: args.clients, rate: args.rate, seconds: args.seconds };
    let mut report = Report::begin(args, nginx.as_ref().ok().map(|nginx| nginx.version.clone()));
    let mut ours = subject::Publisher::attach(&bus).await?;
    for round in 0..args.rounds {
        let mut turns = vec![true];
        turns.extend(nginx.is_ok().then_some(false));
        // Neither always comes first: the machine may be busier in one half of the run.
        if round % 2 == 1 {
            turns.reverse();
        }
        for turn in turns {
            let measured = match (turn, &nginx) {
                (false, Ok(nginx)) => {
                    let mut rival = rival::Rival::start(nginx, folder.path(), args.bytes).await?;
                    let measured = crowded::measure(&pace, &mut rival).await;
                    rival.stop().await;
                    measured
                }
                _ => {
                    let mut subject = subject::Subject::start(broker, &mut ours, args).await?;
                    crowded::measure(&pace, &mut subject).await
                }
            }?;
            say(&measured.to_string());
            report.add(round, measured);
        }
    }
    Ok(report.end())
}

/// A server with a stream that everybody is told the same on.
trait Server {
    /// Its name in the report.
    const NAME: &'static str;

    /// Where clients ask for the stream.
    fn stream(&self) -> (std::net::SocketAddr, String);

    /// The processes that serve.
    fn processes(&self) -> Result<Vec<u32>>;

    /// Tells all clients a message that carries this mark.
    async fn publish(&mut self, mark: &str) -> Result<()>;
}

/// What a message carries so that a client knows it: when it was sent, and its number.
fn mark(number: u32) -> String {
    format!("~{}:{number};", process::monotonic_ns())
}

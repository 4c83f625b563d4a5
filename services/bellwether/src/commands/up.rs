//! `up`: everything, with one command.

mod absent;
mod address;
mod browser;
mod ready;
mod units;

use super::{connect, run::options};
use crate::{
    broker::Broker,
    cli,
    data::DataDir,
    registry,
    say::say,
    services::{Options, sample, universes},
    supervisor::{Supervisor, control, record::Book},
};
use anyhow::{Result, bail};
use bellwether_harness::{
    Bus,
    topology::{Plan, provision},
};
use bellwether_schemas::names;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Starts broker, services and dashboard, and keeps them running until told to stop.
pub(crate) async fn up(args: cli::Up, log_format: cli::LogStyle, stop: CancellationToken) -> Result<()> {
    args.services.gateway.access()?.check(args.listen)?;
    let options = options(&args.services, address::dashboard(args.listen)?)?;
    let data = args.broker.data()?;
    let book = Arc::new(Book::open(data.processes()).await?);
    let wish = args.broker.wish();
    if args.one_process && wish.secure.is_some() {
        bail!("--one-process gives every service one link to the broker, so --secure cannot keep them apart");
    }
    let broker = tokio::select! {
        broker = Broker::provide(&wish, &data, Arc::clone(&book)) => broker?,
        () = stop.cancelled() => return Ok(()),
    };
    let outcome = serve(&args, log_format, &options, &data, &book, broker.url(), &stop).await;
    // Last: services may finish what they have begun.
    broker.stop().await;
    outcome
}

async fn serve(
    args: &cli::Up,
    log_format: cli::LogStyle,
    options: &Options,
    data: &DataDir,
    book: &Arc<Book>,
    broker: &str,
    stop: &CancellationToken,
) -> Result<()> {
    let bus = connect(broker, "up").await?;
    provision(&bus, &Plan::standard(&registry::workers())).await?;
    bellwether_harness::ship(&bus, "up");
    let market = market(&bus, args.no_sample).await?;
    let dashboard = format!("http://{}", address::shown(options.listen));
    book.change(|record| (record.broker, record.dashboard) = (Some(broker.to_owned()), Some(dashboard.clone())));

    let mut supervisor = Supervisor::new(Arc::clone(book));
    let plan = units::Plan { args, log_format, options, broker, bus: &bus, sample: market != Market::Own };
    for unit in units::units(&plan)? {
        supervisor.keep(unit);
    }
    if let Err(error) = control::listen(&data.control(), supervisor.orders(), stop.clone()) {
        tracing::warn!(error = format!("{error:#}"), "`bellwether restart` and its like will not work");
    }
    tokio::spawn(absent::speak(bus.clone(), Arc::clone(book), stop.clone()));
    if ready::answers(options.listen, stop).await {
        banner(data, broker, &dashboard, &market);
        if !args.no_open {
            browser::open(&dashboard);
        }
        stop.cancelled().await;
    }
    say("stopping");
    supervisor.stop().await;
    Ok(())
}

/// What there is to see.
#[derive(Debug, PartialEq, Eq)]
enum Market {
    /// One made up for show, which goes on.
    Sample,
    /// One made up for show, beside the user's own.
    Both(Vec<String>),
    /// The user's own, or nothing yet.
    Own,
}

/// A market is made up unless that is not wanted or there is a real one to look at.
async fn market(bus: &Bus, no_sample: bool) -> Result<Market> {
    let mut known = universes(bus, names::BARS, names::BARS_SUBJECTS).await?;
    known.extend(universes(bus, names::SCANS, names::SCANS_SUBJECTS).await?);
    let sample_is_there = known.iter().any(|key| key.universe() == sample::UNIVERSE);
    let others: Vec<_> = known.iter().map(|key| key.universe()).filter(|name| *name != sample::UNIVERSE).collect();
    Ok(match (no_sample, others.as_slice(), sample_is_there) {
        (true, ..) => Market::Own,
        (_, [], _) => Market::Sample,
        (_, _, true) => Market::Both(others.into_iter().map(str::to_owned).collect()),
        (_, _, false) => Market::Own,
    })
}

fn banner(data: &DataDir, broker: &str, dashboard: &str, market: &Market) {
    let sample = sample::UNIVERSE;
    let shown = match market {
        Market::Sample => format!("universe {sample:?} is MADE UP for show; bring your own with `bellwether import`"),
        Market::Both(others) => format!("universe {sample:?} is MADE UP for show; your own: {}", others.join(", ")),
        Market::Own => "your own; bring more with `bellwether import`".to_owned(),
    };
    say(&format!(
        "\n  Bellwether {} is ready\n  dashboard  {dashboard}\n  market     {shown}\n  broker     {broker}\n  data       {}\n  \
         stop with Ctrl-C\n",
        env!("CARGO_PKG_VERSION"),
        data.root().display()
    ));
}

//! `import`: bars from files into the log, one message per session.

mod refused;
mod summary;

use super::prepared;
use crate::{
    broker::Broker,
    bundle, cli,
    progress::Progress,
    say::{print, say},
    services::{
        ledger::{Fate, Ledger},
        sample,
    },
    supervisor::record::Book,
};
use anyhow::{Context, Result, bail};
use bellwether_harness::Bus;
use bellwether_scanner::sources::{self, BadRow, Events, Options};
use bellwether_schemas::{Bars, Key, codec};
use refused::Refused;
use std::{path::PathBuf, sync::Arc, time::Instant};
use summary::Summary;

/// Sessions that are stored together.
const TOGETHER: usize = 64;

const CODE: &str = concat!(env!("CARGO_PKG_VERSION"), " import");

/// Reads the files, then stores them in the broker given, the one that runs, or one of our own for the duration.
pub(crate) async fn import(args: cli::Import) -> Result<()> {
    if let [file] = args.files.as_slice()
        && bundle::is_bundle(file)
    {
        return super::bundle::import(file, &args.broker).await;
    }
    let started = Instant::now();
    let (source, refused) = read(&args).await?;
    let data = args.broker.data()?;
    let book = Arc::new(Book::open(data.processes_of("import")).await?);
    let broker = Broker::join_or_provide(&args.broker.wish(), &data, book).await?;
    let outcome = store(&args, source, refused, broker.url()).await;
    if outcome.is_ok() && matches!(broker, Broker::Child(_)) {
        say("stored; `bellwether up` makes the scans and shows them");
    }
    broker.stop().await;
    let mut summary = outcome?;
    summary.took(started.elapsed());
    if args.json {
        print(&serde_json::to_string_pretty(&summary)?);
    } else {
        summary.lines().iter().for_each(|line| print(line));
    }
    Ok(())
}

/// Where sessions come from.
enum Source {
    Files(Box<sources::Import>),
    Sample,
}

impl Source {
    /// How many sessions there are, and the sessions.
    fn sessions(&self) -> (u64, Box<dyn Iterator<Item = Bars> + Send + '_>) {
        match self {
            Self::Files(import) => (import.dates().len() as u64, Box::new(import.sessions())),
            Self::Sample => (sample::ALL, Box::new(sample::all())),
        }
    }
}

async fn read(args: &cli::Import) -> Result<(Source, Refused)> {
    if args.sample {
        return Ok((Source::Sample, Refused::default()));
    }
    let (options, files) = (options(args)?, args.files.clone());
    tokio::task::spawn_blocking(move || read_files(&files, &options)).await?
}

fn options(args: &cli::Import) -> Result<Options> {
    let universe = args.universe.clone().context("--universe NAME is needed")?;
    if universe == sample::UNIVERSE {
        bail!("universe {universe:?} is the made-up market's; give your bars another name");
    }
    let columns = args.columns.as_deref().unwrap_or_default().parse()?;
    Ok(Options {
        adjusted: args.adjusted,
        columns,
        benchmarks: args.benchmarks.clone(),
        benchmark_symbols: args.benchmark_symbols.clone(),
        sectors: args.sectors.clone(),
        strict: args.strict,
        from: args.from,
        to: args.to,
        ..Options::new(universe, &args.exchange)
    })
}

fn read_files(files: &[PathBuf], options: &Options) -> Result<(Source, Refused)> {
    let mut listener = Listener { progress: Progress::reading(), refused: Refused::default() };
    let import = sources::read(files, options, &mut listener);
    listener.progress.done();
    Ok((Source::Files(Box::new(import?)), listener.refused))
}

struct Listener {
    progress: Progress,
    refused: Refused,
}

impl Events for Listener {
    fn progress(&mut self, progress: sources::Progress) {
        self.progress.at(progress.bytes, progress.total);
    }

    fn bad_row(&mut self, row: BadRow) {
        self.refused.row(row);
    }
}

async fn store(args: &cli::Import, source: Source, mut refused: Refused, url: &str) -> Result<Summary> {
    let bus = prepared(url, "import").await?;
    let universe = args.universe.clone().filter(|_| !args.sample).unwrap_or_else(|| sample::UNIVERSE.to_owned());
    let key = Key::live(universe)?;
    let mut summary = Summary { universe: key.universe().to_owned(), ..Summary::default() };
    if let Source::Files(import) = &source {
        (summary.rows, summary.benchmark_rows) = (import.rows() as u64, import.benchmark_rows() as u64);
        (summary.bad_rows, summary.bad_rows_by_reason) = (import.bad_rows(), refused.by_reason.clone());
    }
    let stored = publish(args, &source, &bus, &key, &mut refused, &mut summary).await;
    for reason in refused.first(5) {
        say(&format!("refused: {reason}"));
    }
    refused.record(&bus, &key).await?;
    stored.map(|()| summary)
}

async fn publish(
    args: &cli::Import,
    source: &Source,
    bus: &Bus,
    key: &Key,
    refused: &mut Refused,
    summary: &mut Summary,
) -> Result<()> {
    let mut ledger = Ledger::open(bus, key, CODE).await?;
    let (length, sessions) = source.sessions();
    let mut progress = Progress::storing();
    let mut sessions = sessions.peekable();
    let mut done = 0;
    while sessions.peek().is_some() {
        let chunk: Vec<_> = sessions.by_ref().take(TOGETHER).collect();
        chunk.iter().for_each(|bars| summary.read(bars, args.sample));
        let fates = ledger.add_all(&chunk).await.with_context(|| format!("session {}", chunk[0].session))?;
        for (bars, fate) in chunk.iter().zip(fates) {
            summary.count(&fate);
            if let Fate::Refused(refusal) = fate {
                refused.session(&refusal, codec::encode(bars));
                if args.strict {
                    bail!("{refusal}");
                }
            }
        }
        done += chunk.len() as u64;
        progress.at(done, length);
    }
    progress.done();
    Ok(())
}

//! Every service there is. A new worker is one line in [`WORKERS`].

use crate::services::{Options, gateway, sample, scanner};
use anyhow::Result;
use bellwether_breadth::BreadthWorker;
use bellwether_harness::service::{Context, run_worker};
use bellwether_index::IndexWorker;
use bellwether_position::PositionWorker;
use bellwether_regime::RegimeWorker;
use bellwether_schemas::codec;
use bellwether_timeframe::TimeframeWorker;
use bellwether_worker::{BadSetting, Settings, Worker};
use futures::future::BoxFuture;

/// The workers, in the order they are listed to the reader of the dashboard.
pub(crate) const WORKERS: &[Entry] = &[
    worker::<RegimeWorker>(RegimeWorker::KNOWN, |at, with| run(at, with, RegimeWorker::from_settings)),
    worker::<PositionWorker>(PositionWorker::KNOWN, |at, with| run(at, with, PositionWorker::from_settings)),
    worker::<TimeframeWorker>(TimeframeWorker::KNOWN, |at, with| run(at, with, TimeframeWorker::from_settings)),
    worker::<BreadthWorker>(BreadthWorker::KNOWN, |at, with| run(at, with, BreadthWorker::from_settings)),
    worker::<IndexWorker>(IndexWorker::KNOWN, |at, with| run(at, with, IndexWorker::from_settings)),
];

/// What is no worker: it makes the scans, or shows the results.
pub(crate) const OTHERS: &[Entry] = &[
    Entry { name: scanner::NAME, known: &[], run: |context, _| Box::pin(scanner::run(context)) },
    Entry { name: gateway::NAME, known: &[], run: |context, options| Box::pin(gateway::run(context, options)) },
    Entry {
        name: sample::NAME,
        known: &[],
        run: |context, options| Box::pin(sample::run(context, options.sample_pace)),
    },
];

/// One service.
pub(crate) struct Entry {
    /// Its name on the command line, on the bus and in logs.
    pub(crate) name: &'static str,
    /// Settings it reads.
    known: &'static [&'static str],
    /// Runs it until its context is shut down.
    pub(crate) run: fn(Context, Options) -> BoxFuture<'static, Result<()>>,
}

const fn worker<W: Worker>(
    known: &'static [&'static str],
    run: fn(Context, Options) -> BoxFuture<'static, Result<()>>,
) -> Entry {
    Entry { name: W::NAME, known, run }
}

fn run<W: Worker>(
    context: Context,
    options: Options,
    make: fn(&Settings) -> Result<W, BadSetting>,
) -> BoxFuture<'static, Result<()>> {
    Box::pin(async move {
        let code = code::<W>(&options.settings);
        run_worker(context, make(&options.settings)?, code).await
    })
}

/// Version of the product, of the worker's bytes, and a digest of the settings that could change them.
fn code<W: Worker>(settings: &Settings) -> String {
    let given: Vec<_> = settings.of(W::NAME).map(|(name, value)| format!("{name}={value}")).collect();
    let digest = codec::digest(given.join("\n").as_bytes());
    format!("{} {}/{} {}", env!("CARGO_PKG_VERSION"), W::NAME, W::VERSION, &digest[..8])
}

/// The service of this name.
pub(crate) fn find(name: &str) -> Option<&'static Entry> {
    WORKERS.iter().chain(OTHERS).find(|entry| entry.name == name)
}

/// Names of all services.
pub(crate) fn names() -> Vec<&'static str> {
    OTHERS.iter().chain(WORKERS).map(|entry| entry.name).collect()
}

/// Names of the workers, which are those of their buckets.
pub(crate) fn workers() -> Vec<&'static str> {
    WORKERS.iter().map(|entry| entry.name).collect()
}

/// Reads settings and refuses those no worker knows.
///
/// # Errors
/// Names the setting, its value and what is known.
pub(crate) fn settings(pairs: &[String]) -> Result<Settings, BadSetting> {
    let settings = Settings::parse(pairs)?;
    let known: Vec<_> = WORKERS.iter().flat_map(|entry| entry.known).copied().collect();
    settings.only(&known)?;
    Ok(settings)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_distinct_and_every_one_is_found() {
        let names = names();
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
        assert!(names.iter().all(|name| find(name).is_some()) && find("nonsense").is_none());
    }

    #[test]
    fn the_code_tells_settings_apart_and_a_misspelt_setting_is_refused() {
        let known = WORKERS[0].known[0];
        let plain = code::<RegimeWorker>(&Settings::default());
        let other = code::<RegimeWorker>(&Settings::parse([format!("{known}=3")]).unwrap());
        assert!(plain.starts_with(env!("CARGO_PKG_VERSION")) && plain.contains("regime/1") && plain != other);
        let elsewhere = Settings::parse(["breadth.x=3"]).unwrap();
        assert_eq!(code::<RegimeWorker>(&elsewhere), plain);
        assert!(settings(&["regime.nonsense=3".to_owned()]).is_err());
    }
}

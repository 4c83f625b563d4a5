//! Every service there is. A new worker is one line in [`WORKERS`].

use crate::services::{Options, gateway, replay, sample, scanner};
use anyhow::Result;
use bellwether_breadth::BreadthWorker;
use bellwether_harness::{
    access,
    service::{Context, run_worker},
};
use bellwether_index::IndexWorker;
use bellwether_position::PositionWorker;
use bellwether_regime::RegimeWorker;
use bellwether_schemas::codec;
use bellwether_timeframe::TimeframeWorker;
use bellwether_worker::{BadSetting, Check, Checker, Folder, Folding, FromSettings, Settings, Source, Trigger, Worker};
use futures::future::BoxFuture;

/// The workers, in the order they are listed to the reader of the dashboard.
pub(crate) const WORKERS: &[Entry] = &[
    worker::<RegimeWorker>(),
    worker::<PositionWorker>(),
    worker::<TimeframeWorker>(),
    worker::<BreadthWorker>(),
    worker::<IndexWorker>(),
];

/// What is no worker: it makes the scans, or shows the results.
pub(crate) const OTHERS: &[Entry] = &[
    other(scanner::NAME, |context, _| Box::pin(scanner::run(context))),
    other(gateway::NAME, |context, options| Box::pin(gateway::run(context, options))),
    other(replay::NAME, |context, _| Box::pin(replay::run(context))),
    other(sample::NAME, |context, options| Box::pin(sample::run(context, options.sample_pace))),
];

/// One service.
pub(crate) struct Entry {
    /// Its name on the command line, on the bus and in logs.
    pub(crate) name: &'static str,
    /// Settings it reads.
    known: &'static [&'static str],
    /// Runs it until its context is shut down.
    pub(crate) run: Run,
    /// What only workers have.
    worker: Option<AsWorker>,
}

/// What a worker can do without a bus.
#[derive(Clone, Copy)]
struct AsWorker {
    /// Where its events come from.
    source: Source,
    /// Recomputes what it stored.
    check: MakeCheck,
    /// Folds again.
    fold: MakeFold,
}

type Run = fn(Context, Options) -> BoxFuture<'static, Result<()>>;
type MakeCheck = fn(&Settings) -> Result<Box<dyn Check>, BadSetting>;
type MakeFold = fn(&Settings) -> Result<(Box<dyn Folding>, String), BadSetting>;

const fn worker<W: FromSettings>() -> Entry {
    let worker = AsWorker { source: W::Event::SOURCE, check: check::<W>, fold: fold::<W> };
    Entry { name: W::NAME, known: W::KNOWN, run: run::<W>, worker: Some(worker) }
}

const fn other(name: &'static str, run: Run) -> Entry {
    Entry { name, known: &[], run, worker: None }
}

fn run<W: FromSettings>(context: Context, options: Options) -> BoxFuture<'static, Result<()>> {
    Box::pin(async move {
        let code = code::<W>(&options.settings);
        run_worker(context, W::from_settings(&options.settings)?, code).await
    })
}

fn check<W: FromSettings>(settings: &Settings) -> Result<Box<dyn Check>, BadSetting> {
    Ok(Box::new(Checker::new(W::from_settings(settings)?)))
}

/// What folds as a worker does, and its `Bw-Code`.
pub(crate) type Fold = (Box<dyn Folding>, String);

fn fold<W: FromSettings>(settings: &Settings) -> Result<Fold, BadSetting> {
    Ok((Box::new(Folder::new(W::from_settings(settings)?)), code::<W>(settings)))
}

/// What folds again as each worker does, with its `Bw-Code`; a worker comes after the one it builds on.
///
/// # Errors
/// As a worker's own settings.
pub(crate) fn folds(settings: &Settings) -> Result<Vec<Fold>, BadSetting> {
    WORKERS.iter().filter_map(|entry| entry.worker).map(|worker| (worker.fold)(settings)).collect()
}

/// Where the events of each worker come from.
pub(crate) fn sources() -> Vec<(&'static str, Source)> {
    WORKERS.iter().filter_map(|entry| Some((entry.name, entry.worker?.source))).collect()
}

/// What recomputes the results of each worker.
///
/// # Errors
/// As a worker's own settings.
pub(crate) fn checks(settings: &Settings) -> Result<Vec<Box<dyn Check>>, BadSetting> {
    WORKERS.iter().filter_map(|entry| entry.worker).map(|worker| (worker.check)(settings)).collect()
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

/// The workers as the table of rights needs to know them.
pub(crate) fn access() -> Vec<access::Worker> {
    let worker = |entry: &Entry| Some(access::Worker { name: entry.name, source: entry.worker?.source });
    WORKERS.iter().filter_map(worker).collect()
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

//! What a run leaves behind, and how it compares with an undisturbed one.

use crate::{fleet::Fleet, market, node::Node};
use anyhow::{Context as _, Result, ensure};
use bellwether_harness::{Bus, Entry, history};
use bellwether_schemas::{Key, Ordinal, names};
use bellwether_tests::eventually_async;
use std::{collections::BTreeMap, fs, path::Path, time::Duration};

/// Every worker of the chain.
pub(crate) const WORKERS: [&str; 5] = ["regime", "position", "timeframe", "breadth", "index"];

/// A chain that does not move for so long will not move again.
const PATIENCE: Duration = Duration::from_secs(120);

/// The whole history of every log of one universe.
#[derive(Default)]
pub(crate) struct Record {
    pub(crate) bars: Vec<Entry>,
    /// By stream: the bodies of ordinals 1, 2, 3 …
    logs: BTreeMap<String, Vec<bytes::Bytes>>,
}

pub(crate) fn universe(number: u64) -> Key {
    Key::live(format!("u{number}")).expect("a key")
}

fn logs(key: &Key) -> Vec<(String, String)> {
    let bucket = |worker: &str| (names::bucket_stream(worker), names::state_subject(worker, key));
    [(names::SCANS.to_owned(), names::scan_subject(key))].into_iter().chain(WORKERS.map(bucket)).collect()
}

/// How far a worker is.
pub(crate) async fn reached(bus: &Bus, key: &Key, worker: &str) -> u64 {
    let last = history::last(bus, &names::bucket_stream(worker), &names::state_subject(worker, key)).await;
    last.ok().flatten().and_then(|entry| entry.ordinal).unwrap_or(0)
}

/// Results of the whole chain so far, over all universes.
pub(crate) async fn progress(bus: &Bus, keys: &[Key]) -> u64 {
    let mut sum = 0;
    for key in keys {
        sum += reached(bus, key, "position").await.min(reached(bus, key, "index").await);
    }
    sum
}

/// Waits until every worker has `count` results in every universe; `look` is called in between.
pub(crate) async fn complete(bus: &Bus, keys: &[Key], count: u64, fleet: &mut Fleet) -> Result<()> {
    let mut moved = (0, tokio::time::Instant::now());
    loop {
        fleet.revive()?;
        let (mut sum, mut missing) = (0, None);
        for key in keys {
            for worker in WORKERS {
                let at = reached(bus, key, worker).await;
                sum += at;
                if at < count {
                    missing = Some(format!("{worker} of {key} is at {at} of {count}"));
                }
            }
        }
        let Some(missing) = missing else { return Ok(()) };
        if sum != moved.0 {
            moved = (sum, tokio::time::Instant::now());
        }
        ensure!(moved.1.elapsed() < PATIENCE, "nothing moves: {missing}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

impl Record {
    pub(crate) async fn read(bus: &Bus, key: &Key) -> Result<Self> {
        let bars = history::range(bus, names::BARS, &names::bars_subject(key), 1, usize::MAX).await?;
        let mut record = Self { bars, logs: BTreeMap::new() };
        for (stream, subject) in logs(key) {
            let entries = history::range(bus, &stream, &subject, 1, usize::MAX).await?;
            let ordinals: Vec<_> = entries.iter().filter_map(|entry| entry.ordinal).collect();
            let row: Vec<Ordinal> = (1..=entries.len() as u64).collect();
            ensure!(ordinals == row, "{subject}: not every ordinal once and in order");
            record.logs.insert(stream, entries.into_iter().map(|entry| entry.body).collect());
        }
        Ok(record)
    }

    /// Compares with the first `count` ordinals of an undisturbed run.
    pub(crate) fn compare(&self, undisturbed: &Self, count: usize) -> Result<()> {
        for (stream, bodies) in &self.logs {
            let expected = undisturbed.logs.get(stream).context("the same streams")?;
            ensure!(bodies.len() == count, "{stream}: {} ordinals, not {count}", bodies.len());
            let differs = bodies.iter().zip(expected).position(|(found, expected)| found != expected);
            ensure!(differs.is_none(), "{stream}: other bytes at ordinal {}", differs.unwrap_or(0) + 1);
        }
        Ok(())
    }

    pub(crate) fn messages(&self) -> usize {
        self.logs.values().map(Vec::len).sum()
    }

    /// Ordinals of a worker whose value says `rejected`.
    pub(crate) fn refused(&self, worker: &str) -> Vec<Ordinal> {
        use bellwether_schemas::{Status, Stored, codec};
        use serde::de::IgnoredAny;
        let rejected = |body: &bytes::Bytes| {
            codec::decode::<Stored<IgnoredAny, IgnoredAny>>(body).is_ok_and(|stored| stored.status == Status::Rejected)
        };
        let bodies = self.logs.get(&names::bucket_stream(worker)).into_iter().flatten();
        bodies.zip(1..).filter(|(body, _)| rejected(body)).map(|(_, ordinal)| ordinal).collect()
    }
}

/// Ordinals in REJECTS, as they stand there.
pub(crate) async fn rejects(bus: &Bus, key: &Key, service: &str) -> Result<Vec<Ordinal>> {
    let subject = names::reject_subject(service, key);
    let entries = history::headers(bus, names::REJECTS, &subject, 1, usize::MAX).await?;
    Ok(entries.iter().filter_map(Entry::cause_ordinal).collect())
}

/// Nothing is disturbed: one copy of everything, its bars from files.
pub(crate) async fn undisturbed(
    binary: &Path,
    universes: u64,
    sessions: usize,
    environment: &[(&str, &str)],
) -> Result<Vec<Record>> {
    let node = Node::single().await?;
    let mut fleet = Fleet::new(binary, &node.url(), &node.folder, environment);
    fleet.command(&["init"])?;
    fleet.chain(1)?;
    let keys: Vec<_> = (1..=universes).map(universe).collect();
    for (number, key) in (1..).zip(&keys) {
        let file = node.folder.join(format!("{key}.csv"));
        fs::write(&file, market::bars(number, sessions))?;
        fleet.command(&["import", file.to_str().context("a path")?, "--universe", key.universe(), "--adjusted"])?;
    }
    let bus = node.bus().await?;
    complete(&bus, &keys, sessions as u64, &mut fleet).await.context("the undisturbed run")?;
    let mut records = Vec::new();
    for key in &keys {
        records.push(Record::read(&bus, key).await?);
    }
    Ok(records)
}

/// Waits until the chain has come to `due` results.
pub(crate) async fn until(bus: &Bus, keys: &[Key], due: u64, fleet: &mut Fleet) -> Result<()> {
    let mut moved = (u64::MAX, tokio::time::Instant::now());
    loop {
        fleet.revive()?;
        let at = progress(bus, keys).await;
        if at >= due {
            return Ok(());
        }
        if at != moved.0 {
            moved = (at, tokio::time::Instant::now());
        }
        ensure!(moved.1.elapsed() < PATIENCE, "nothing moves: {at} of {due} results");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Waits until the whole chain is further than `before`, or at its end at `total`; gives the time it took.
pub(crate) async fn next_result(bus: &Bus, keys: &[Key], before: u64, total: u64) -> Duration {
    let begun = tokio::time::Instant::now();
    eventually_async("another result", PATIENCE, async || {
        let now = progress(bus, keys).await;
        (now > before || now >= total).then_some(())
    })
    .await;
    begun.elapsed()
}

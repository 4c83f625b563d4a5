use anyhow::{Context, Result, bail};
use bellwether_harness::{
    Bus,
    watch::{Change, Watch, watch},
};
use bellwether_schemas::Key;
use std::{collections::BTreeSet, time::Duration};
use tokio::time::timeout;

const LIMIT: Duration = Duration::from_secs(10);

/// Every lane and universe that has a message in `stream`.
///
/// # Errors
/// When the stream cannot be read within ten seconds.
pub(crate) async fn universes(bus: &Bus, stream: &str, subjects: &str) -> Result<BTreeSet<Key>> {
    let watched = Watch { stream: stream.to_owned(), subjects: subjects.to_owned(), headers_only: true };
    let mut changes = watch(bus, watched);
    let read = async {
        let mut keys = BTreeSet::new();
        loop {
            match changes.recv().await.context("closed")? {
                Change::Put(entry) => drop(keys.insert(entry.key.clone())),
                Change::Reset { .. } => keys.clear(),
                Change::Current => return Ok(keys),
                Change::Lost { reason } => bail!("{reason}"),
            }
        }
    };
    timeout(LIMIT, read)
        .await
        .unwrap_or_else(|_| bail!("no answer within {LIMIT:?}"))
        .with_context(|| format!("read {stream}"))
}

use anyhow::{Context, Result};
use bellwether_harness::{Bus, Entry, history};
use bellwether_schemas::{Key, Ordinal, names};
use std::collections::BTreeMap;

/// Messages by ordinal.
pub(crate) type Numbered = BTreeMap<Ordinal, Entry>;

/// One subject of one stream.
#[derive(Debug, Clone)]
pub(crate) struct Log {
    stream: String,
    subject: String,
}

impl Log {
    pub(super) fn bars(key: &Key) -> Self {
        Self { stream: names::BARS.to_owned(), subject: names::bars_subject(key) }
    }

    pub(super) fn scans(key: &Key) -> Self {
        Self { stream: names::SCANS.to_owned(), subject: names::scan_subject(key) }
    }

    pub(super) fn bucket(worker: &str, key: &Key) -> Self {
        Self { stream: names::bucket_stream(worker), subject: names::state_subject(worker, key) }
    }

    /// Ordinal of the last message.
    pub(super) async fn last(&self, bus: &Bus) -> Result<Option<Ordinal>> {
        let last = history::last(bus, &self.stream, &self.subject).await;
        Ok(last.with_context(|| format!("read {}", self.subject))?.and_then(|entry| entry.ordinal))
    }

    /// Messages `from` to `to`. Of two with one ordinal the first counts: the other is a stray that no worker folded.
    pub(super) async fn read(&self, bus: &Bus, from: Ordinal, to: Ordinal) -> Result<Numbered> {
        let mut found = Numbered::new();
        let limit = (to - from + 1) as usize;
        let mut next = from;
        while next <= to {
            let entries = history::range(bus, &self.stream, &self.subject, next, limit).await;
            let entries = entries.with_context(|| format!("read {}", self.subject))?;
            let Some(reached) = entries.iter().filter_map(|entry| entry.ordinal).max() else { break };
            for entry in entries {
                let Some(ordinal) = entry.ordinal.filter(|ordinal| (from..=to).contains(ordinal)) else { continue };
                found.entry(ordinal).or_insert(entry);
            }
            next = reached + 1;
        }
        Ok(found)
    }
}

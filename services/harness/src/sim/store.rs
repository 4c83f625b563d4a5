//! What the simulated broker holds, and the conditions under which it takes more.

use crate::{Entry, broker::Unstored, entry};
use async_nats::HeaderMap;
use bellwether_schemas::names;
use bytes::Bytes;
use std::collections::BTreeMap;
use tokio::sync::watch;

/// All streams.
#[derive(Default)]
pub(super) struct Store {
    streams: BTreeMap<String, Log>,
    lives: i128,
}

/// One stream.
pub(super) struct Log {
    pub(super) created: i128,
    pub(super) last: u64,
    pub(super) entries: Vec<Entry>,
    pub(super) full: bool,
    /// Values kept per subject.
    pub(super) history: usize,
    /// Messages kept, if the oldest are dropped for new ones.
    pub(super) most: Option<usize>,
    pub(super) changed: watch::Sender<u64>,
}

impl Log {
    pub(super) fn of(&self, subject: &str) -> impl DoubleEndedIterator<Item = &Entry> {
        self.entries.iter().filter(move |entry| entry.subject == subject)
    }

    pub(super) fn last_of(&self, subject: &str) -> u64 {
        self.of(subject).next_back().map_or(0, |entry| entry.sequence)
    }

    fn push(&mut self, subject: &str, headers: HeaderMap, body: Bytes) -> u64 {
        self.last += 1;
        let entry = Entry {
            key: names::key_of(subject).expect("a subject of ours"),
            subject: subject.to_owned(),
            sequence: self.last,
            ordinal: entry::ordinal_of(&headers),
            headers,
            body,
            stored_at: jiff::Timestamp::UNIX_EPOCH,
        };
        self.entries.push(entry);
        let held = self.of(subject).count();
        if held > self.history {
            let oldest = self.entries.iter().position(|entry| entry.subject == subject).expect("it holds some");
            self.entries.remove(oldest);
        }
        if self.most.is_some_and(|most| self.entries.len() > most) {
            self.entries.remove(0);
        }
        self.changed.send_modify(|count| *count += 1);
        self.last
    }

    /// Forgets everything after its first `kept` messages.
    pub(super) fn go_back(&mut self, kept: usize) {
        self.entries.truncate(kept);
        self.last = self.entries.last().map_or(0, |entry| entry.sequence);
    }
}

/// The stream a subject belongs to.
pub(super) fn stream_of(subject: &str) -> String {
    match subject.split('.').collect::<Vec<_>>()[..] {
        ["bars", ..] => names::BARS.to_owned(),
        ["scan", ..] => names::SCANS.to_owned(),
        ["reject", ..] => names::REJECTS.to_owned(),
        ["$KV", bucket, ..] => names::bucket_stream(bucket),
        _ => panic!("{subject} belongs nowhere"),
    }
}

impl Store {
    pub(super) fn make(&mut self, stream: &str, history: usize, most: Option<usize>) {
        self.lives += 1;
        let log = Log {
            created: self.lives,
            last: 0,
            entries: Vec::new(),
            full: false,
            history,
            most,
            changed: watch::channel(0).0,
        };
        // Those who wait for the old one have to look again.
        self.streams.insert(stream.to_owned(), log);
    }

    pub(super) fn log(&self, stream: &str) -> &Log {
        &self.streams[stream]
    }

    pub(super) fn log_mut(&mut self, stream: &str) -> &mut Log {
        self.streams.get_mut(stream).expect("a stream of ours")
    }

    /// Stores all or nothing. `follows` is the condition on the first.
    pub(super) fn put(
        &mut self,
        subject: &str,
        messages: Vec<(HeaderMap, Bytes)>,
        follows: Option<u64>,
    ) -> Result<u64, Unstored> {
        let log = self.log_mut(&stream_of(subject));
        if log.full {
            return Err(Unstored::Full("maximum bytes exceeded".to_owned()));
        }
        if follows.is_some_and(|follows| follows != log.last_of(subject)) {
            return Err(Unstored::Refused);
        }
        let mut last = 0;
        for (headers, body) in messages {
            last = log.push(subject, headers, body);
        }
        Ok(last)
    }
}

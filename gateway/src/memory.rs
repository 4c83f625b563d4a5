//! Logs kept in memory, for previews and tests.

use crate::sources::{Asked, Ends, History, Log, Record};
use bellwether_schemas::{Key, Ordinal, Timestamp};
use bytes::Bytes;
use std::{
    collections::BTreeMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU8, Ordering},
    },
    time::Duration,
};

/// How the logs answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Mood {
    /// With what they hold.
    Answering,
    /// With an error.
    Failing,
    /// Not at all.
    Silent,
    /// With what they hold, after half a second.
    Late,
}

const LATE: Duration = Duration::from_millis(500);

/// Logs in memory. Ordinals count from 1 per log and key, sequences per stream.
#[derive(Debug, Default)]
pub struct MemoryLogs {
    streams: Mutex<BTreeMap<String, Vec<Record>>>,
    mood: AtomicU8,
}

impl MemoryLogs {
    /// Appends a message with its headers, and returns its sequence.
    pub fn append(&self, log: &Log, key: &Key, headers: BTreeMap<String, String>, body: impl Into<Bytes>) -> u64 {
        let mut streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        let stream = streams.entry(log.stream(key)).or_default();
        let subject = log.subject(key);
        let ordinal = stream.iter().filter(|record| record.subject == subject).count() as u64 + 1;
        let sequence = stream.len() as u64 + 1;
        stream.push(Record { subject, sequence, ordinal: Some(ordinal), headers, body: body.into() });
        sequence
    }

    /// Sets how the logs answer from now on.
    pub fn set(&self, mood: Mood) {
        self.mood.store(mood as u8, Ordering::Release);
    }

    fn answer<T: Send + 'static>(&self, read: impl FnOnce(&BTreeMap<String, Vec<Record>>) -> T) -> Asked<'_, T> {
        let answer = read(&self.streams.lock().unwrap_or_else(PoisonError::into_inner));
        let mood = self.mood.load(Ordering::Acquire);
        Box::pin(async move {
            match mood {
                mood if mood == Mood::Failing as u8 => anyhow::bail!("no responders"),
                mood if mood == Mood::Silent as u8 => std::future::pending().await,
                mood if mood == Mood::Late as u8 => {
                    tokio::time::sleep(LATE).await;
                    Ok(answer)
                }
                _ => Ok(answer),
            }
        })
    }
}

fn of_subject<'a>(
    streams: &'a BTreeMap<String, Vec<Record>>,
    log: &Log,
    key: &Key,
) -> impl Iterator<Item = &'a Record> {
    let subject = log.subject(key);
    streams.get(&log.stream(key)).into_iter().flatten().filter(move |record| record.subject == subject)
}

impl History for MemoryLogs {
    fn ends<'a>(&'a self, log: &'a Log, key: &'a Key) -> Asked<'a, Option<Ends>> {
        self.answer(|streams| {
            let last = of_subject(streams, log, key).last()?;
            let (first, created) = (1, Timestamp::UNIX_EPOCH);
            Some(Ends { first, last: last.ordinal?, sequence: last.sequence, created })
        })
    }

    fn row<'a>(&'a self, log: &'a Log, key: &'a Key, from: Ordinal, limit: usize) -> Asked<'a, Vec<Record>> {
        self.answer(|streams| {
            of_subject(streams, log, key).filter(|record| record.ordinal >= Some(from)).take(limit).cloned().collect()
        })
    }

    fn message<'a>(&'a self, stream: &'a str, sequence: u64) -> Asked<'a, Option<Record>> {
        self.answer(|streams| streams.get(stream)?.iter().find(|record| record.sequence == sequence).cloned())
    }
}

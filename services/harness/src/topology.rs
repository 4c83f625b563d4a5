//! Streams and buckets: made or checked by one function that never deletes, and never changes what holds data.

use crate::Bus;
use anyhow::{Context as _, Result, bail};
use async_nats::jetstream::{
    ErrorCode,
    context::{CreateStreamError, CreateStreamErrorKind, GetStreamError, GetStreamErrorKind},
    stream::{Config, DiscardPolicy, StorageType},
};
use bellwether_schemas::names;
use std::time::Duration;

/// Values a bucket keeps for each key: the record of a universe.
const HISTORY: i64 = 1_000_000;
/// Room of each log, in bytes: its horizon. What is full refuses writes; it never drops what it holds. The broker sets
/// the room aside when the stream is made.
const LOG_BYTES: i64 = 4 << 30;
const BUCKET_BYTES: i64 = 1 << 30;
const REJECTS_BYTES: i64 = 128 << 20;
const MARKERS_BYTES: i64 = 16 << 20;
/// Log lines are no part of the record: the oldest go when there is no room, or after a week.
const LOGS_BYTES: i64 = 64 << 20;
const LOGS_AGE: Duration = Duration::from_secs(7 * 24 * 3600);
const LONGEST_LOG_LINE: i32 = 256 << 10;
/// On a broker with too little room a log gets this part of it.
const SMALL: i64 = 16;
pub(crate) const NO_ROOM: ErrorCode = ErrorCode(10047);

/// What there has to be.
#[derive(Debug, Clone)]
pub struct Plan {
    /// One bucket per worker.
    pub workers: Vec<&'static str>,
    /// Copies of each stream: 1, 3 or 5.
    pub replicas: usize,
}

impl Plan {
    /// One broker, every stream once.
    pub fn standard(workers: &[&'static str]) -> Self {
        Self { workers: workers.to_vec(), replicas: 1 }
    }

    /// The configuration of every stream.
    pub fn streams(&self) -> Vec<Config> {
        let replicas = self.replicas;
        let log = |name: &str, subjects: &str, bytes| Config {
            name: name.to_owned(),
            subjects: vec![subjects.to_owned()],
            max_bytes: bytes,
            num_replicas: replicas,
            ..log_config()
        };
        let mut streams = vec![
            log(names::BARS, names::BARS_SUBJECTS, LOG_BYTES),
            log(names::SCANS, names::SCANS_SUBJECTS, LOG_BYTES),
            log(names::REJECTS, names::REJECTS_SUBJECTS, REJECTS_BYTES),
        ];
        streams.extend(self.workers.iter().map(|worker| bucket(worker, HISTORY, BUCKET_BYTES, replicas)));
        streams.push(bucket(names::MARKERS, 1, MARKERS_BYTES, replicas));
        streams.push(Config {
            discard: DiscardPolicy::Old,
            max_age: LOGS_AGE,
            max_message_size: LONGEST_LOG_LINE,
            allow_atomic_publish: false,
            ..log(names::LOGS, names::LOGS_SUBJECTS, LOGS_BYTES)
        });
        streams
    }
}

/// File storage that refuses when full and lets nobody delete.
pub(crate) fn log_config() -> Config {
    Config {
        storage: StorageType::File,
        discard: DiscardPolicy::New,
        deny_delete: true,
        deny_purge: true,
        allow_direct: true,
        allow_atomic_publish: true,
        max_messages: -1,
        max_messages_per_subject: -1,
        ..Config::default()
    }
}

/// A key-value bucket that keeps its whole history. It is made through the stream API because the client's own
/// function stops at 64 values per key; every client opens it as a bucket all the same. A purge is refused, so nobody
/// can make the record forget.
fn bucket(name: &str, history: i64, bytes: i64, replicas: usize) -> Config {
    Config {
        name: names::bucket_stream(name),
        subjects: vec![names::bucket_subjects(name)],
        max_messages_per_subject: history,
        max_bytes: bytes,
        num_replicas: replicas,
        ..log_config()
    }
}

/// Makes what is missing and checks what is there.
///
/// # Errors
/// When a stream of that name exists with other subjects, storage or limits; nothing of it is changed then.
pub async fn provision(bus: &Bus, plan: &Plan) -> Result<()> {
    for wanted in plan.streams() {
        make(bus, &wanted).await.with_context(|| format!("stream {}", wanted.name))?;
    }
    Ok(())
}

/// Compares what is there with the plan, and changes nothing. Gives each stream that differs, with how; `None` stands for
/// one that is missing.
///
/// # Errors
/// When the broker cannot be asked.
pub async fn compare(bus: &Bus, plan: &Plan) -> Result<Vec<(String, Option<String>)>> {
    let mut found = Vec::new();
    for wanted in plan.streams() {
        match bus.js().get_stream(&wanted.name).await {
            Ok(stream) => {
                let differences = differences(&stream.cached_info().config, &wanted);
                if !differences.is_empty() {
                    found.push((wanted.name, Some(differences.join("; "))));
                }
            }
            Err(error) if is_missing(&error) => found.push((wanted.name, None)),
            Err(error) => return Err(error).with_context(|| format!("stream {}", wanted.name)),
        }
    }
    Ok(found)
}

fn is_missing(error: &GetStreamError) -> bool {
    matches!(error.kind(), GetStreamErrorKind::JetStream(inner) if inner.error_code() == ErrorCode::STREAM_NOT_FOUND)
}

async fn make(bus: &Bus, wanted: &Config) -> Result<()> {
    let stream = match bus.js().get_or_create_stream(wanted.clone()).await {
        Err(error) if out_of_room(&error) => {
            let small = Config { max_bytes: wanted.max_bytes / SMALL, ..wanted.clone() };
            tracing::warn!(small.name, bytes = small.max_bytes, "the broker has little room; making a small log");
            bus.js().get_or_create_stream(small).await?
        }
        made => made?,
    };
    let differences = differences(&stream.cached_info().config, wanted);
    if differences.is_empty() {
        return Ok(());
    }
    bail!("exists with other settings, and is left as it is: {}", differences.join("; "))
}

fn out_of_room(error: &CreateStreamError) -> bool {
    matches!(error.kind(), CreateStreamErrorKind::JetStream(inner) if inner.error_code() == NO_ROOM)
}

fn differences(found: &Config, wanted: &Config) -> Vec<String> {
    let mut differences = Vec::new();
    let mut compare = |name: &str, found: String, wanted: String| {
        if found != wanted {
            differences.push(format!("{name} is {found}; expected {wanted}"));
        }
    };
    compare("subjects", format!("{:?}", found.subjects), format!("{:?}", wanted.subjects));
    compare("storage", format!("{:?}", found.storage), format!("{:?}", wanted.storage));
    compare("discard", format!("{:?}", found.discard), format!("{:?}", wanted.discard));
    compare("deny_delete", found.deny_delete.to_string(), wanted.deny_delete.to_string());
    compare("deny_purge", found.deny_purge.to_string(), wanted.deny_purge.to_string());
    compare("allow_direct", found.allow_direct.to_string(), wanted.allow_direct.to_string());
    compare(
        "max_msgs_per_subject",
        found.max_messages_per_subject.to_string(),
        wanted.max_messages_per_subject.to_string(),
    );
    differences
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_keeps_its_whole_history_and_nothing_can_be_deleted() {
        let streams = Plan::standard(&["regime"]).streams();
        let regime = streams.iter().find(|stream| stream.name == "KV_regime").unwrap();
        assert_eq!(regime.max_messages_per_subject, 1_000_000);
        assert!(streams.iter().all(|stream| stream.deny_delete && stream.deny_purge));
    }

    #[test]
    fn log_lines_alone_are_forgotten() {
        let streams = Plan::standard(&["regime"]).streams();
        let forgets = |stream: &&Config| stream.discard == DiscardPolicy::Old || !stream.max_age.is_zero();
        let forgetful: Vec<_> = streams.iter().filter(forgets).map(|stream| stream.name.as_str()).collect();
        assert_eq!(forgetful, [names::LOGS]);
    }

    #[test]
    fn a_difference_is_named_with_what_was_found_and_expected() {
        let wanted = Plan::standard(&[]).streams().remove(0);
        let found = Config { subjects: vec!["other.>".to_owned()], ..wanted.clone() };
        assert_eq!(differences(&found, &wanted), ["subjects is [\"other.>\"]; expected [\"bars.>\"]"]);
        assert!(differences(&wanted, &wanted).is_empty());
    }
}

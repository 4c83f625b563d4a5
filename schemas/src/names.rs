//! Every name on the bus. Nothing else in the product spells a subject, a stream, a bucket or a header.

pub mod api;

use crate::{Key, Refusal};

/// Stream of bars: one message per session and universe.
pub const BARS: &str = "BARS";
/// Stream of completed scans.
pub const SCANS: &str = "SCANS";
/// Stream of everything that was refused, as it came, with the reason.
pub const REJECTS: &str = "REJECTS";
/// Bucket that remembers the first event a process folded after attaching, to tell a poison event from bad luck.
pub const MARKERS: &str = "bw_markers";

/// Stream of the services' log lines. The one stream that forgets: it holds no part of the record.
pub const LOGS: &str = "LOGS";

/// Subjects of [`BARS`].
pub const BARS_SUBJECTS: &str = "bars.>";
/// Subjects of [`SCANS`].
pub const SCANS_SUBJECTS: &str = "scan.completed.>";
/// Subjects of [`REJECTS`].
pub const REJECTS_SUBJECTS: &str = "reject.>";
/// Subjects of [`LOGS`].
pub const LOGS_SUBJECTS: &str = "bw.log.>";
/// Subjects of what services say of themselves about once a second; nothing stores it.
pub const STATUS_SUBJECTS: &str = "bw.status.>";

/// Headers of a stored message. Values hold meaning; where a message came from is said here.
pub mod header {
    /// Position within the lane and universe, from 1.
    pub const ORDINAL: &str = "Bw-Ordinal";
    /// Scan id.
    pub const SCAN: &str = "Bw-Scan";
    /// `<stream>:<sequence>` of the message that triggered this one.
    pub const CAUSE: &str = "Bw-Cause";
    /// Ordinal of the message that triggered this one.
    pub const CAUSE_ORDINAL: &str = "Bw-Cause-Ordinal";
    /// Sequence in SCANS of the scan at the root of this result.
    pub const ROOT: &str = "Bw-Root";
    /// `<kind>/<version>` of the body, e.g. `regime/1`.
    pub const SCHEMA: &str = "Bw-Schema";
    /// Version and settings of the code that wrote the message.
    pub const CODE: &str = "Bw-Code";
    /// 64-bit xxh3 of the body, 16 hexadecimal digits.
    pub const DIGEST: &str = "Bw-Digest";
    /// Session (date) of a bars message.
    pub const SESSION: &str = "Bw-Session";
    /// In REJECTS: why, in one sentence.
    pub const REASON: &str = "Bw-Reason";
    /// Media type of the body.
    pub const CONTENT_TYPE: &str = "Content-Type";
    /// W3C trace context.
    pub const TRACEPARENT: &str = "traceparent";
}

/// Media type of every body we write.
pub const MSGPACK: &str = "application/msgpack";

/// Subject of a universe's bars.
pub fn bars_subject(key: &Key) -> String {
    format!("bars.{key}")
}

/// Subject of a universe's completed scans.
pub fn scan_subject(key: &Key) -> String {
    format!("scan.completed.{key}")
}

/// Stream behind a key-value bucket; NATS fixes this name.
pub fn bucket_stream(bucket: &str) -> String {
    format!("KV_{bucket}")
}

/// What the subjects of a bucket's keys begin with; NATS fixes this name.
pub fn state_prefix(bucket: &str) -> String {
    format!("$KV.{bucket}")
}

/// Subject a bucket's key is written to.
pub fn state_subject(bucket: &str, key: &Key) -> String {
    format!("{}.{key}", state_prefix(bucket))
}

/// All subjects of a bucket.
pub fn bucket_subjects(bucket: &str) -> String {
    format!("{}.>", state_prefix(bucket))
}

/// Subject of what `service` refused for `key`.
pub fn reject_subject(service: &str, key: &Key) -> String {
    format!("reject.{service}.{key}")
}

/// Subject of the log lines of `service`.
pub fn log_subject(service: &str) -> String {
    format!("bw.log.{}", token(service))
}

/// Subject of the status of one copy of `service`.
pub fn status_subject(service: &str, instance: &str) -> String {
    format!("bw.status.{}.{}", token(service), token(instance))
}

/// A name as one token of a subject: what has a meaning there, or may not stand there, becomes `_`.
fn token(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '#');
    let token: String = name.chars().map(|c| if plain(c) { c } else { '_' }).collect();
    if token.is_empty() { "_".to_owned() } else { token }
}

/// What the name of a lane begins with whose messages are in a stream of its own.
const OWN_STREAM: [&str; 2] = ["replay-", "what-if-"];
/// What the names of those streams begin with.
const LANE_STREAM: &str = "LANE_";
/// In a lane's stream, what stands in the place of a worker's name for the lane's own scans.
pub const LANE_SCANS: &str = "scan";
/// As [`LANE_SCANS`], for bars.
pub const LANE_BARS: &str = "bars";
/// Metadata of a lane's stream: what the lane is made of, as JSON.
pub const LANE_PLAN: &str = "bellwether.plan";
/// Metadata of a lane's stream: whether the lane is to run.
pub const LANE_STATE: &str = "bellwether.state";
/// Tells whoever runs lanes that one was made or changed.
pub const LANES_CHANGED: &str = "bellwether.lanes.changed";

/// Asked with a key, answers whether its record is what comes out again.
pub const VERIFY: &str = "bellwether.verify";

/// Whether the messages of `lane` are in a stream of its own, which is deleted with it: those of every replay and
/// what-if are. The logs of all others are never shortened.
pub fn has_own_stream(lane: &str) -> bool {
    OWN_STREAM.iter().any(|prefix| lane.len() > prefix.len() && lane.starts_with(prefix))
}

/// Stream of a replay or what-if.
pub fn lane_stream(lane: &str) -> String {
    format!("{LANE_STREAM}{lane}")
}

/// The lane whose stream this is.
pub fn lane_of_stream(stream: &str) -> Option<&str> {
    stream.strip_prefix(LANE_STREAM).filter(|lane| has_own_stream(lane))
}

/// All subjects of a lane's stream.
pub fn lane_subjects(lane: &str) -> String {
    format!("lane.*.{lane}.*")
}

/// Subjects of one worker in a lane's stream.
pub fn lane_subjects_of(worker: &str, lane: &str) -> String {
    format!("lane.{worker}.{lane}.*")
}

/// Subject in a lane's stream: of a worker, of [`LANE_SCANS`], or of [`LANE_BARS`].
pub fn lane_subject(what: &str, key: &Key) -> String {
    format!("lane.{what}.{key}")
}

/// Stream and subject of a worker's results for `key`.
pub fn results(worker: &str, key: &Key) -> (String, String) {
    match has_own_stream(key.lane()) {
        true => (lane_stream(key.lane()), lane_subject(worker, key)),
        false => (bucket_stream(worker), state_subject(worker, key)),
    }
}

/// Stream and subject of the scans made for `key`. A lane that runs recorded scans has none of its own.
pub fn scans(key: &Key) -> (String, String) {
    match has_own_stream(key.lane()) {
        true => (lane_stream(key.lane()), lane_subject(LANE_SCANS, key)),
        false => (SCANS.to_owned(), scan_subject(key)),
    }
}

/// Stream and subject of the bars of `key`. Only a lane that was imported has some of its own.
pub fn bars(key: &Key) -> (String, String) {
    match has_own_stream(key.lane()) {
        true => (lane_stream(key.lane()), lane_subject(LANE_BARS, key)),
        false => (BARS.to_owned(), bars_subject(key)),
    }
}

/// Stream that holds `subject`, if it is one of ours.
pub fn stream_of(subject: &str) -> Option<String> {
    let mut tokens = subject.split('.');
    match (tokens.next()?, tokens.next()?) {
        ("bars", _) => Some(BARS.to_owned()),
        ("scan", "completed") => Some(SCANS.to_owned()),
        ("reject", _) => Some(REJECTS.to_owned()),
        ("bw", "log") => Some(LOGS.to_owned()),
        ("lane", _) => tokens.next().filter(|lane| has_own_stream(lane)).map(lane_stream),
        ("$KV", bucket) => Some(bucket_stream(bucket)),
        _ => None,
    }
}

/// Subject on which the broker delivers to a reader of `service`, told apart by `id`.
pub fn deliver_subject(service: &str, id: u128) -> String {
    format!("bw.deliver.{}.{id:032x}", token(service))
}

/// All subjects of [`deliver_subject`] of a service.
pub fn deliver_subjects(service: &str) -> String {
    format!("bw.deliver.{}.>", token(service))
}

/// Subjects on which every instance of a service says how it is.
pub fn status_subjects(service: &str) -> String {
    format!("bw.status.{}.>", token(service))
}

/// Reads the key from the last two tokens of any of the subjects above.
///
/// # Errors
/// Refuses a subject that does not end in a lane and a universe.
pub fn key_of(subject: &str) -> Result<Key, Refusal> {
    let mut tokens = subject.rsplitn(3, '.');
    match (tokens.next(), tokens.next()) {
        (Some(universe), Some(lane)) => Key::new(lane, universe),
        _ => Err(Refusal::new("subject", format!("{subject:?}"), "a subject that ends in <lane>.<universe>")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_subject_gives_its_key_back() {
        let key = Key::live("sp500").unwrap();
        for subject in
            [bars_subject(&key), scan_subject(&key), state_subject("regime", &key), reject_subject("breadth", &key)]
        {
            assert_eq!(key_of(&subject).unwrap(), key, "{subject}");
        }
        assert!(key_of("bars").is_err());
    }

    #[test]
    fn every_subject_tells_its_stream() {
        let key = Key::live("sp500").unwrap();
        assert_eq!(stream_of(&bars_subject(&key)).as_deref(), Some(BARS));
        assert_eq!(stream_of(&scan_subject(&key)).as_deref(), Some(SCANS));
        assert_eq!(stream_of(&reject_subject("x", &key)).as_deref(), Some(REJECTS));
        assert_eq!(stream_of(&state_subject("regime", &key)).as_deref(), Some("KV_regime"));
        assert_eq!(stream_of(&log_subject("regime")).as_deref(), Some(LOGS));
        let lane = Key::new("replay-1", "sp500").unwrap();
        assert_eq!(stream_of(&lane_subject("regime", &lane)).as_deref(), Some("LANE_replay-1"));
        assert!(stream_of("bars").is_none() && stream_of("scan.begun.x.y").is_none());
    }

    #[test]
    fn no_name_of_a_service_or_an_instance_reaches_into_another_subject() {
        assert_eq!(status_subject("regime", "regime#2"), "bw.status.regime.regime#2");
        assert_eq!(status_subject("regime", "host.example >*"), "bw.status.regime.host_example___");
        assert_eq!(log_subject(""), "bw.log._");
    }

    #[test]
    fn a_replay_has_a_stream_of_its_own_and_the_running_market_has_not() {
        let replay = Key::new("replay-7", "sp500").unwrap();
        let (stream, subject) = results("regime", &replay);
        assert_eq!((stream.as_str(), subject.as_str()), ("LANE_replay-7", "lane.regime.replay-7.sp500"));
        assert_eq!((lane_of_stream(&stream), key_of(&subject).unwrap()), (Some("replay-7"), replay));
        assert_eq!(results("regime", &Key::live("sp500").unwrap()).0, "KV_regime");
        for other in ["live", "replay-", "replayed", "x"] {
            assert!(!has_own_stream(other) && lane_of_stream(&lane_stream(other)).is_none(), "{other}");
        }
    }
}

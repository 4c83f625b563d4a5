//! Every name on the bus. Nothing else in the product spells a subject, a stream, a bucket or a header.

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
    fn no_name_of_a_service_or_an_instance_reaches_into_another_subject() {
        assert_eq!(status_subject("regime", "regime#2"), "bw.status.regime.regime#2");
        assert_eq!(status_subject("regime", "host.example >*"), "bw.status.regime.host_example___");
        assert_eq!(log_subject(""), "bw.log._");
    }
}

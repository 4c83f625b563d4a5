//! What was refused is never lost: it goes to REJECTS as it came, with the reason.

use crate::{Bus, Entry, backoff::Backoff, broker::Broker};
use anyhow::Result;
use async_nats::HeaderMap;
use bellwether_schemas::{Key, Ordinal, names, names::header};
use bellwether_worker::Reject;
use bytes::Bytes;
use std::{collections::BTreeMap, time::Duration};

/// Header values are one line; a longer reason is cut.
const LONGEST_REASON: usize = 400;

/// Something refused.
#[derive(Debug, Clone)]
pub struct Rejected<'a> {
    /// Who refused it.
    pub service: &'a str,
    /// Lane and universe it was meant for.
    pub key: &'a Key,
    /// Why, in one sentence.
    pub reason: &'a str,
    /// Where it is stored, if it came from a log.
    pub cause: Option<Cause<'a>>,
    /// The bytes as they came.
    pub body: Bytes,
}

/// Where a refused message is stored.
#[derive(Debug, Clone, Copy)]
pub struct Cause<'a> {
    /// Stream.
    pub stream: &'a str,
    /// Sequence.
    pub sequence: u64,
    /// Ordinal, when it carries one of ours.
    pub ordinal: Option<Ordinal>,
}

impl<'a> Cause<'a> {
    pub(crate) fn of(entry: &Entry, stream: &'a str) -> Self {
        Self { stream, sequence: entry.sequence, ordinal: entry.ordinal }
    }
}

/// Records a refusal, once: a message of a log that is already recorded, by an earlier life of this service or by
/// another copy of it, is not recorded again.
///
/// # Errors
/// When the broker cannot be asked or will not store it.
pub async fn record(bus: &Bus, rejected: &Rejected<'_>) -> Result<()> {
    record_on(bus, rejected).await
}

/// [`record`], on any broker.
pub(crate) async fn record_on(broker: &impl Broker, rejected: &Rejected<'_>) -> Result<()> {
    let subject = names::reject_subject(rejected.service, rejected.key);
    let mut pause = Backoff::new(Duration::from_millis(20), Duration::from_millis(500));
    for _ in 0..8 {
        let last = broker.last_of_leader(names::REJECTS, &subject).await?;
        if last.as_ref().is_some_and(|last| already_there(last, rejected.cause)) {
            return Ok(());
        }
        let revision = last.as_ref().map_or(0, |last| last.sequence);
        let ordinal = last.and_then(|last| last.ordinal).unwrap_or(0) + 1;
        match broker.put(&subject, headers(rejected, ordinal), rejected.body.clone(), revision).await {
            Ok(_) => return Ok(()),
            // Refused or not answered: another copy may have recorded it, or this very put may have arrived.
            Err(error) => tracing::debug!(%error, "recording a refusal; looking"),
        }
        pause.wait().await;
    }
    anyhow::bail!("REJECTS does not take what was refused: {}", rejected.reason)
}

/// What a service has refused of a log so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Refused {
    /// Messages that ended their process too often, and how often: they are never folded again.
    pub crashed: BTreeMap<Ordinal, u32>,
    /// The last message refused for any reason.
    pub last: Ordinal,
}

/// Reads what `service` has refused for `key`.
///
/// # Errors
/// When the broker cannot be asked.
pub async fn refused(bus: &Bus, service: &str, key: &Key) -> Result<Refused> {
    refused_on(bus, service, key).await
}

/// [`refused`], on any broker.
pub(crate) async fn refused_on(broker: &impl Broker, service: &str, key: &Key) -> Result<Refused> {
    let subject = names::reject_subject(service, key);
    if broker.count(names::REJECTS, &subject).await? == 0 {
        return Ok(Refused::default());
    }
    let rejects = broker.headers(names::REJECTS, &subject).await?;
    let crash = |entry: &Entry| Some((entry.cause_ordinal()?, Reject::deaths(entry.header(header::REASON)?)?));
    let last = rejects.iter().filter_map(Entry::cause_ordinal).max().unwrap_or(0);
    Ok(Refused { crashed: rejects.iter().filter_map(crash).collect(), last })
}

fn already_there(last: &Entry, cause: Option<Cause<'_>>) -> bool {
    let Some(cause) = cause else { return false };
    #[cfg(test)]
    if crate::sim::left_out(crate::sim::Mutant::RecordedBlindly) {
        return false;
    }
    let numbered = last.cause_ordinal().zip(cause.ordinal).is_some_and(|(held, new)| held >= new);
    let placed = last.cause().is_some_and(|(stream, sequence)| stream == cause.stream && sequence >= cause.sequence);
    numbered || placed
}

fn headers(rejected: &Rejected<'_>, ordinal: Ordinal) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(header::ORDINAL, ordinal.to_string());
    headers.insert(header::REASON, one_line(rejected.reason));
    if let Some(cause) = rejected.cause {
        headers.insert(header::CAUSE, format!("{}:{}", cause.stream, cause.sequence));
        if let Some(ordinal) = cause.ordinal {
            headers.insert(header::CAUSE_ORDINAL, ordinal.to_string());
        }
    }
    headers
}

fn one_line(reason: &str) -> String {
    reason.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST_REASON).collect()
}

//! Publishes a scan that somebody else made.

use anyhow::{Result, anyhow};
use bellwether_gateway::{Accepted, Content, SubmitError, Upload};
use bellwether_harness::{
    Bus, history,
    publish::{Numbered, Published, Publisher},
};
use bellwether_scanner::foreign::{ForeignScan, Heading, parse_csv, parse_json};
use bellwether_schemas::{Key, Ordinal, Refusal, Scan, codec, names, names::header, scan};
use std::collections::BTreeMap;

const CODE: &str = concat!(env!("CARGO_PKG_VERSION"), " foreign");

/// Reads, checks and publishes an upload. The same scan again changes nothing.
///
/// # Errors
/// Everything wrong with it; or how it contradicts the log; or that it could not be stored now.
pub(crate) async fn submit(bus: &Bus, upload: Upload) -> Result<Accepted, SubmitError> {
    let foreign = parse(&upload)?;
    let universe = foreign.universe().to_owned();
    let key = Key::live(universe).map_err(|refusal| SubmitError::Invalid(vec![refusal]))?;
    refuse_scanned(bus, &key).await?;
    let subject = names::scan_subject(&key);
    let mut publisher = Publisher::attach(bus, names::SCANS, &subject, &key, CODE).await.map_err(unavailable)?;
    loop {
        let scan = foreign.clone().into_scan(publisher.next());
        if let Some(ordinal) = stored_before(bus, &subject, &foreign, &scan).await? {
            return Ok(accepted(scan, ordinal, true));
        }
        refuse_older(bus, &subject, &scan).await?;
        let body = codec::encode(&scan).into();
        let numbered = Numbered { schema: scan::SCHEMA, scan_id: Some(&scan.id), session: scan.session, body };
        match publisher.put(&numbered).await.map_err(unavailable)? {
            Published::Stored(ordinal) => return Ok(accepted(scan, ordinal, false)),
            Published::Overtaken => publisher.refresh().await.map_err(unavailable)?,
        }
    }
}

fn accepted(scan: Scan, ordinal: Ordinal, duplicate: bool) -> Accepted {
    Accepted { universe: scan.universe, scan: scan.id, ordinal, duplicate }
}

fn unavailable(error: anyhow::Error) -> SubmitError {
    SubmitError::Unavailable(format!("{error:#}"))
}

fn parse(upload: &Upload) -> Result<ForeignScan, SubmitError> {
    let parsed = match upload.content {
        Content::Json => parse_json(&upload.body),
        Content::Csv => parse_csv(&upload.body, &heading(&upload.parameters)),
    };
    parsed.map_err(SubmitError::Invalid)
}

fn heading(parameters: &BTreeMap<String, String>) -> Heading {
    let of = |name: &str| parameters.get(name).cloned();
    Heading {
        universe: of("universe"),
        session: of("session"),
        as_of: of("as_of"),
        exchange: of("exchange"),
        basis: of("basis"),
    }
}

/// A universe is scanned from bars or by others, never both: the two would be numbered by the same ordinals.
async fn refuse_scanned(bus: &Bus, key: &Key) -> Result<(), SubmitError> {
    let bars = history::last(bus, names::BARS, &names::bars_subject(key)).await.map_err(unavailable)?;
    match bars {
        None => Ok(()),
        Some(_) => {
            let expected = "a universe without bars of its own: this one is scanned here";
            Err(SubmitError::Conflict(Refusal::new("universe", key.universe(), expected)))
        }
    }
}

/// The ordinal under which the same scan is stored.
async fn stored_before(
    bus: &Bus,
    subject: &str,
    foreign: &ForeignScan,
    scan: &Scan,
) -> Result<Option<Ordinal>, SubmitError> {
    let entries = history::headers(bus, names::SCANS, subject, 1, usize::MAX).await.map_err(unavailable)?;
    let Some(entry) = entries.iter().find(|entry| entry.header(header::SCAN) == Some(&scan.id)) else {
        return Ok(None);
    };
    let ordinal = entry.ordinal.ok_or_else(|| unavailable(anyhow!("a stored scan without ordinal")))?;
    // The ordinal is part of the bytes, so the scan is compared as it would be under that one.
    let again = codec::encode(&foreign.clone().into_scan(ordinal));
    if entry.header(header::DIGEST) == Some(&codec::digest(&again)) {
        return Ok(Some(ordinal));
    }
    let expected = "a new id, or the content already stored under this one";
    Err(SubmitError::Conflict(Refusal::new("scan", format!("{} with other content", scan.id), expected)))
}

async fn refuse_older(bus: &Bus, subject: &str, scan: &Scan) -> Result<(), SubmitError> {
    let last = history::last(bus, names::SCANS, subject).await.map_err(unavailable)?;
    let Some(last) = last.and_then(|entry| Scan::decode(&entry.body).ok()) else { return Ok(()) };
    if (scan.session, scan.as_of) > (last.session, last.as_of) {
        return Ok(());
    }
    let expected = format!("after {}, the last one stored", last.as_of);
    Err(SubmitError::Conflict(Refusal::new("as_of", scan.as_of, expected)))
}

//! Atomic batches: many messages of one subject stored together, or none of them.
//!
//! A batch costs about as much as a handful of puts, whatever its size, so it pays when a track is far behind and is
//! never used for what comes one by one. It is an optimisation only: whatever goes wrong with it, the same messages are
//! put one by one, and that finds out what was stored.

use crate::{
    crash::{self, Point},
    log::Draft,
};
use anyhow::{Context as _, Result};
use async_nats::{
    HeaderMap,
    jetstream::{context::Context, publish::PublishAck, response::Response},
};
use std::time::Duration;

/// From so many messages on, a batch is cheaper than putting each.
pub(crate) const FROM: usize = if cfg!(test) { 4 } else { 32 }; // a simulated run has few messages
/// The broker stages a batch before it stores it; larger ones are split.
pub(crate) const MOST: usize = if cfg!(test) { 8 } else { 256 };
/// Most bytes of bodies in one batch.
pub(crate) const MOST_BYTES: usize = 24 << 20;

const TIMEOUT: Duration = Duration::from_secs(5);

const ID: &str = "Nats-Batch-Id";
const SEQUENCE: &str = "Nats-Batch-Sequence";
const COMMIT: &str = "Nats-Batch-Commit";

/// Publishes `drafts` to `subject` as one batch that follows revision `revision`. Gives the revision of the last.
///
/// # Errors
/// When the broker refuses the batch or does not answer in time; then it may still have been stored.
pub(crate) async fn publish(js: &Context, subject: &str, revision: u64, drafts: &[Draft]) -> Result<u64> {
    let id = format!("{:032x}", rand::random::<u128>());
    let client = js.client();
    let (last, first) = drafts.split_last().context("an empty batch")?;
    for (at, draft) in first.iter().enumerate() {
        let headers = headers(draft, &id, at, revision);
        client.publish_with_headers(subject.to_owned(), headers, draft.body.clone()).await?;
        if at == first.len() / 2 {
            crash::point(Point::HalfSent);
        }
    }
    let mut headers = headers(last, &id, first.len(), revision);
    headers.insert(COMMIT, "1");
    let commit = client.request_with_headers(subject.to_owned(), headers, last.body.clone());
    let answer = tokio::time::timeout(TIMEOUT, commit).await.context("no answer to a batch")??;
    match serde_json::from_slice::<Response<PublishAck>>(&answer.payload)? {
        Response::Ok(ack) => Ok(ack.sequence),
        Response::Err { error } => Err(error.into()),
    }
}

fn headers(draft: &Draft, id: &str, at: usize, revision: u64) -> HeaderMap {
    let mut headers = draft.headers.clone();
    headers.insert(ID, id);
    headers.insert(SEQUENCE, (at + 1).to_string());
    if at == 0 {
        // The first speaks for all: those behind it follow each other.
        headers.insert(async_nats::header::NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, revision.to_string());
    }
    headers
}

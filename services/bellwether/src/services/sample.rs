//! A market made up for show, which goes on for as long as it is asked.

use super::{
    announce,
    ledger::{Fate, Ledger},
};
use anyhow::{Context as _, Result, bail};
use bellwether_harness::{beacon::Beacon, service::Context};
use bellwether_scanner::sample::Sample;
use bellwether_schemas::{Bars, Key, Ordinal, ops::ServiceStatus};
use std::time::Duration;
use tokio::time::sleep;

pub(crate) use bellwether_scanner::sample::UNIVERSE;

/// Its name.
pub(crate) const NAME: &str = "sample";
/// Sessions that are there at once: enough for every average and a look back.
pub(crate) const FIRST: Ordinal = 1_200;

const CODE: &str = concat!(env!("CARGO_PKG_VERSION"), " sample");

/// Sessions of a whole import.
pub(crate) const ALL: Ordinal = bellwether_scanner::sample::SESSIONS as Ordinal;

/// The sessions of a whole import: up to a fixed date.
pub(crate) fn all() -> impl Iterator<Item = Bars> + Send {
    Sample::new().take(ALL as usize)
}

/// Publishes the first sessions at once and then one per `pace`; goes on where the log ends.
///
/// # Errors
/// When the log cannot be written, or holds something else.
pub(crate) async fn run(context: Context, pace: Duration) -> Result<()> {
    let _announced = announce(&context, NAME, None).await?;
    let beacon = Beacon::light(&context, NAME, ServiceStatus::default);
    let outcome = tokio::select! {
        outcome = publish(&context, pace) => outcome,
        () = context.shutdown.cancelled() => Ok(()),
    };
    beacon.stop().await;
    outcome
}

async fn publish(context: &Context, pace: Duration) -> Result<()> {
    let mut ledger = Ledger::open(&context.bus, &Key::live(UNIVERSE)?, CODE).await?;
    tracing::info!(from = ledger.len() + 1, "the made-up market goes on");
    let mut sample = Sample::starting_at(ledger.len() + 1);
    loop {
        let ordinal = sample.next_ordinal();
        if ordinal > FIRST {
            sleep(pace).await;
        }
        let session = sample.next().context("the calendar has ended")?;
        match ledger.add(&session).await? {
            Fate::New(_) | Fate::Unchanged => tracing::debug!(ordinal, session = %session.session, "published"),
            Fate::Refused(refusal) => bail!("universe {UNIVERSE:?} holds something else: {refusal}"),
        }
    }
}

//! One worker on one lane and universe: a fold of its source into its bucket.

use crate::{
    Bus, Entry, batch,
    broker::Broker,
    cache::Decoded,
    clock,
    follow::{Batch, Fold, Halt},
    health::Track,
    locate::{self, Mark},
    log::{Appended, Draft, Kind, OutputLog, Provenance},
    markers::{self, Life},
    place::{Place, Turn, record_stray},
    rejects::{self, Cause, Rejected},
    telemetry, watchdog,
};
use anyhow::{Context as _, Result, bail, ensure};
use bellwether_schemas::{Key, Ordinal, names, names::header};
use bellwether_worker::{Carry, Event, Source, Trigger, Verdict, Worker, decide, load};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tracing::Instrument;

/// A scan that a result refers to may be invisible for a moment while a replica catches up.
const ROOT_TRIES: u32 = 40;

/// Folds the events of one key.
pub(crate) struct WorkerFold<W: Worker, B = Bus> {
    pub(crate) bus: B,
    pub(crate) worker: Arc<W>,
    pub(crate) key: Key,
    /// `Bw-Code`.
    pub(crate) code: String,
    /// Names this process in the crash markers.
    pub(crate) life: Life,
    pub(crate) health: Track,
    pub(crate) log: OutputLog<B>,
    carry: Carry<W::State>,
    place: Place,
    /// No event has been folded since the last attachment.
    fresh: bool,
    /// Events to be stored one by one: a life before this one may have died on one of them, and must not take the
    /// others with it again.
    careful: usize,
}

/// The stream a worker's events are in.
pub(crate) fn source_stream<W: Worker>() -> String {
    match W::Event::SOURCE {
        Source::Scans => names::SCANS.to_owned(),
        Source::Bucket(worker) => names::bucket_stream(worker),
    }
}

/// The subject a worker's events of `key` are on.
pub(crate) fn source_subject<W: Worker>(key: &Key) -> String {
    match W::Event::SOURCE {
        Source::Scans => names::scan_subject(key),
        Source::Bucket(worker) => names::state_subject(worker, key),
    }
}

impl<W: Worker, B: Broker> WorkerFold<W, B> {
    pub(crate) fn new(bus: B, worker: Arc<W>, key: Key, code: String, instance: String, health: Track) -> Self {
        let log =
            OutputLog::new(bus.clone(), Kind::Own, names::bucket_stream(W::NAME), names::state_subject(W::NAME, &key));
        let (carry, place) = (Carry::default(), Place::default());
        let life = Life::new(instance);
        Self { bus, worker, key, code, life, health, log, carry, place, fresh: true, careful: 0 }
    }

    /// Takes over what is stored: state, ordinal and revision together.
    fn adopt(&mut self, entry: &Entry) -> Result<()> {
        #[cfg(test)]
        if self.place.ordinal > 0 && crate::sim::left_out(crate::sim::Mutant::RevisionWithoutState) {
            return Ok(());
        }
        let ordinal = entry.ordinal.unwrap_or(0);
        self.carry = load::<W>(ordinal, &entry.body).map_err(|corrupt| Halt(corrupt.to_string()))?;
        Ok(())
    }

    async fn fold(&mut self, entry: &Entry, ordinal: Ordinal) -> Result<()> {
        let begun = Instant::now();
        let deaths = self.deaths(ordinal).await?;
        let (draft, carry) = self.decide(entry, ordinal, &self.carry, deaths).await?;
        match self.log.append(&draft, &self.health).await? {
            Appended::Stored => self.carry = carry,
            Appended::Newer(stored) => self.adopt(&stored)?,
            Appended::Differs(stored) => {
                self.alarm(&draft, &stored);
                self.adopt(&stored)?;
            }
        }
        self.folded(1, begun);
        Ok(())
    }

    /// What the worker makes of one event, ready to be stored.
    async fn decide(
        &self,
        entry: &Entry,
        ordinal: Ordinal,
        carry: &Carry<W::State>,
        deaths: Option<u32>,
    ) -> Result<(Draft, Carry<W::State>)> {
        let (scan, root) = self.scan_of(entry).await?;
        let event = Event { ordinal, body: &entry.body, scan: scan.as_ref().as_ref(), deaths };
        let watched = watchdog::watch(|| format!("{} {} {ordinal}", W::NAME, self.key));
        let verdict = decide(&*self.worker, carry, &event);
        drop(watched);
        let Verdict::Put { body, carry, rejected } = verdict else {
            bail!("ordinal {ordinal} does not follow {}", carry.ordinal);
        };
        if let Some(reject) = rejected {
            self.reject(entry, &reject.to_string()).await?;
        }
        let scan_id = scan.as_ref().as_ref().ok().map(|scan| scan.id.as_str());
        let schema = format!("{}/{}", W::NAME, W::VERSION);
        let provenance = Provenance { ordinal, scan_id, schema: &schema, code: &self.code, body: &body };
        let headers = provenance.caused_by(entry, &source_stream::<W>(), root);
        Ok((Draft { ordinal, headers, body: body.into() }, carry))
    }

    /// Folds what is waiting and stores it together. `false` leaves everything as it was: fold each.
    async fn fold_together(&mut self, entries: &[Entry]) -> Result<bool> {
        if self.fresh || self.careful > 0 || entries.len() < batch::FROM {
            return Ok(false);
        }
        let begun = Instant::now();
        let (mut place, mut carry, mut drafts) = (self.place.clone(), self.carry.clone(), Vec::new());
        for entry in entries {
            match place.turn(entry)? {
                Turn::Old => {}
                Turn::Next(ordinal) => {
                    let (draft, next) = self.decide(entry, ordinal, &carry, None).await?;
                    drafts.push(draft);
                    carry = next;
                    place.advance(ordinal);
                }
                Turn::Stray(_) => return Ok(false),
            }
        }
        let stored = self.log.append_batch(&drafts).await;
        if stored {
            (self.place, self.carry) = (place, carry);
            self.folded(drafts.len() as u64, begun);
        }
        Ok(stored)
    }

    fn folded(&mut self, events: u64, begun: Instant) {
        let took = begun.elapsed();
        self.health.folded(events, took);
        let each = took.as_secs_f64() / events.max(1) as f64;
        metrics::histogram!("bellwether_events_fold_seconds", "service" => W::NAME).record(each);
        self.place.advance(self.carry.ordinal);
        self.health.following(self.carry.ordinal);
        metrics::counter!("bellwether_events_folded_total", "service" => W::NAME).increment(events);
    }

    /// The scan an event speaks of, and its sequence in SCANS.
    async fn scan_of(&self, entry: &Entry) -> Result<(Decoded, Option<u64>)> {
        if W::Event::SOURCE == Source::Scans {
            return Ok((self.bus.decode(&entry.body), Some(entry.sequence)));
        }
        let root: u64 = entry.header(header::ROOT).and_then(|root| root.parse().ok()).context("no Bw-Root")?;
        let ordinal = entry.ordinal.context("an event without an ordinal")?;
        let subject = names::scan_subject(&self.key);
        for _ in 0..ROOT_TRIES {
            // The root is a hint as well: SCANS may have been made anew since.
            if let Some(scan) = locate::numbered(&self.bus, names::SCANS, &subject, ordinal, root).await? {
                return Ok((self.bus.decode(&scan.body), Some(scan.sequence)));
            }
            clock::sleep(Duration::from_millis(50)).await;
        }
        bail!("SCANS has no scan {ordinal}")
    }

    /// The first event after an attachment is marked before it is folded: it may be the one that kills.
    async fn deaths(&mut self, ordinal: Ordinal) -> Result<Option<u32>> {
        self.careful = self.careful.saturating_sub(1);
        if !std::mem::take(&mut self.fresh) {
            return Ok(None);
        }
        let marked = markers::mark(&self.bus, W::NAME, &self.key, ordinal, &self.life).await.context("marker")?;
        if marked.suspicious {
            self.careful = batch::MOST;
        }
        Ok(marked.deaths)
    }

    async fn reject(&self, entry: &Entry, reason: &str) -> Result<()> {
        let (scan, trace) = (entry.header(header::SCAN), telemetry::trace_of(&entry.headers));
        tracing::warn!(key = %self.key, ordinal = entry.ordinal, scan, trace, reason, "rejected");
        self.health.rejected();
        metrics::counter!("bellwether_events_rejected_total", "service" => W::NAME).increment(1);
        let stream = source_stream::<W>();
        let cause = Some(Cause::of(entry, &stream));
        let rejected = Rejected { service: W::NAME, key: &self.key, reason, cause, body: entry.body.clone() };
        rejects::record_on(&self.bus, &rejected).await
    }

    fn alarm(&self, draft: &Draft, stored: &Entry) {
        let (ours, theirs) = (draft.headers.get(header::CODE), stored.header(header::CODE));
        tracing::error!(key = %self.key, draft.ordinal, ?ours, ?theirs, "determinism alarm: stored with other bytes");
        metrics::counter!("bellwether_determinism_alarms_total", "service" => W::NAME).increment(1);
        self.health.differs();
    }

    /// Two versions never write one bucket: the lower one stands by.
    fn check_version(&self, stored: &Entry) -> Result<()> {
        let version = stored.header(header::SCHEMA).and_then(|schema| schema.rsplit('/').next()?.parse::<u32>().ok());
        let newer = version.is_some_and(|version| version > W::VERSION);
        if newer {
            self.health.standby(format!("version {} of {} writes here", version.unwrap_or(0), W::NAME));
        }
        ensure!(!newer, "standing by: the log is written by version {}", version.unwrap_or(0));
        Ok(())
    }
}

impl<W: Worker, B: Broker> Fold for WorkerFold<W, B> {
    async fn load(&mut self) -> Result<Mark> {
        self.fresh = true;
        let last = self.log.load().await?;
        let mut mark = Mark::default();
        self.carry = Carry::default();
        if let Some(entry) = last {
            self.check_version(&entry)?;
            self.adopt(&entry)?;
            mark = Mark { ordinal: self.carry.ordinal, sequence: entry.cause().map_or(0, |(_, sequence)| sequence) };
        }
        self.place = Place::at(self.carry.ordinal, W::Event::SOURCE == Source::Scans);
        self.health.following(self.carry.ordinal);
        Ok(mark)
    }

    async fn take(&mut self, batch: Batch<'_>) -> Result<()> {
        self.place.begin(&batch);
        if self.fold_together(batch.entries).await? {
            return Ok(());
        }
        for entry in batch.entries {
            match self.place.turn(entry)? {
                Turn::Old => {}
                Turn::Next(ordinal) => {
                    let span = telemetry::span(W::NAME, ordinal, &entry.headers);
                    self.fold(entry, ordinal).instrument(span).await?;
                }
                Turn::Stray(reason) => {
                    self.health.rejected();
                    record_stray(&self.bus, W::NAME, &self.key, &source_stream::<W>(), entry, &reason).await?;
                }
            }
        }
        Ok(())
    }

    fn stumbled(&mut self, error: &anyhow::Error) {
        match error.downcast_ref::<Halt>() {
            Some(halt) => self.health.halted(halt.to_string()),
            None => self.health.stumbled(format!("{error:#}")),
        }
    }
}

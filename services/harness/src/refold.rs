//! A fold whose state is too large to store: the scanner. Its state is rebuilt by folding the source from its start.

use crate::{
    Bus, Entry, batch,
    broker::Broker,
    follow::{Batch, Fold, Halt},
    health::Track,
    locate::Mark,
    log::{Appended, Draft, Kind, OutputLog, Provenance},
    markers::{self, Life},
    place::{Place, Turn, record_stray},
    rejects::{self, Cause, Rejected},
    telemetry, watchdog,
};
use anyhow::{Result, bail};
use bellwether_schemas::{Key, Ordinal, codec, names::header};
use bellwether_worker::{Produced, Refold, Reject, panic_text};
use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Instant,
};
use tracing::Instrument;

/// Where a [`Refold`] reads and writes.
#[derive(Debug, Clone)]
pub struct RefoldSpec {
    /// Name of the service.
    pub service: &'static str,
    /// Stream it reads.
    pub source: &'static str,
    /// Subjects of the source.
    pub source_subjects: &'static str,
    /// Subject of the source for a key.
    pub source_subject: fn(&Key) -> String,
    /// Stream it writes.
    pub target: &'static str,
    /// Subject of the target for a key.
    pub target_subject: fn(&Key) -> String,
    /// `Bw-Code`.
    pub code: String,
}

/// What makes the state of a key, empty.
pub(crate) type Make<R> = Arc<dyn Fn(&Key) -> R + Send + Sync>;

/// Folds the messages of one key.
pub(crate) struct StatefulFold<R, B = Bus> {
    bus: B,
    spec: RefoldSpec,
    key: Key,
    make: Make<R>,
    health: Track,
    log: OutputLog<B>,
    memory: Memory<R>,
    /// The last stored message: everything up to it is folded without being stored again.
    stored: Stored,
    /// Produced and not yet stored.
    waiting: Vec<Draft>,
    /// Messages that must not be folded: they made the fold panic, or ended their process.
    poison: BTreeMap<Ordinal, Reject>,
    /// The last message that was refused: nothing of it is stored, but it was survived.
    refused: Ordinal,
    /// Names this process in the crash markers.
    pub(crate) life: Life,
    /// Nothing new has been folded since the last attachment.
    fresh: bool,
    /// Messages to be stored one by one: a life before this one may have died on one of them.
    careful: usize,
}

/// The state and how far it has come.
struct Memory<R> {
    state: R,
    place: Place,
    /// Messages produced so far.
    produced: Ordinal,
    /// Digest of the last one.
    digest: u64,
}

impl<R> Memory<R> {
    fn new(state: R) -> Self {
        Self { state, place: Place::at(0, true), produced: 0, digest: 0 }
    }
}

/// The last message of the target.
#[derive(Default)]
struct Stored {
    ordinal: Ordinal,
    cause: Ordinal,
    cause_sequence: u64,
    digest: u64,
}

impl Stored {
    fn of(entry: &Entry) -> Self {
        Self {
            ordinal: entry.ordinal.unwrap_or(0),
            cause: entry.cause_ordinal().unwrap_or(0),
            cause_sequence: entry.cause().map_or(0, |(_, sequence)| sequence),
            digest: codec::digest64(&entry.body),
        }
    }
}

impl<R: Refold, B: Broker> StatefulFold<R, B> {
    pub(crate) fn new(bus: B, spec: RefoldSpec, key: Key, make: Make<R>, instance: String, health: Track) -> Self {
        let log = OutputLog::new(bus.clone(), Kind::Shared, spec.target.to_owned(), (spec.target_subject)(&key));
        let memory = Memory::new(make(&key));
        Self {
            bus,
            spec,
            key,
            make,
            health,
            log,
            memory,
            stored: Stored::default(),
            waiting: Vec::new(),
            poison: BTreeMap::new(),
            refused: 0,
            life: Life::new(instance),
            fresh: true,
            careful: 0,
        }
    }

    fn forget(&mut self) {
        self.memory = Memory::new((self.make)(&self.key));
    }

    /// Whether what is in memory is what led to the last stored message, or to one before it.
    fn memory_holds(&self) -> bool {
        let (memory, stored) = (&self.memory, &self.stored);
        let level = memory.produced == stored.ordinal && memory.digest == stored.digest;
        memory.place.ordinal > 0 && (level || memory.place.ordinal < stored.cause)
    }

    async fn fold(&mut self, entry: &Entry, ordinal: Ordinal) -> Result<()> {
        let next = self.memory.produced + 1;
        if ordinal > self.stored.cause.max(self.refused) {
            self.approach(ordinal).await?;
        }
        let produced = match self.poison.get(&ordinal) {
            Some(reject) => Err(reject.clone()),
            None => self.guarded(next, ordinal, entry)?,
        };
        match produced {
            Ok(produced) => self.made(entry, ordinal, next, produced),
            Err(reject) if ordinal > self.stored.cause => self.reject(entry, &reject.to_string()).await?,
            Err(_) => {}
        }
        self.memory.place.advance(ordinal);
        if self.careful > 0 || self.waiting.len() >= batch::MOST || self.waiting_bytes() >= batch::MOST_BYTES {
            self.store().await?;
        }
        Ok(())
    }

    /// Before a message that no life of this fold is known to have survived.
    async fn approach(&mut self, ordinal: Ordinal) -> Result<()> {
        self.careful = self.careful.saturating_sub(1);
        if !std::mem::take(&mut self.fresh) {
            return Ok(());
        }
        let marked = markers::mark(&self.bus, self.spec.service, &self.key, ordinal, &self.life).await?;
        if marked.suspicious {
            self.careful = batch::MOST;
        }
        if let Some(deaths) = marked.deaths {
            self.poison.insert(ordinal, Reject::Crashed(deaths));
        }
        Ok(())
    }

    /// A panic may leave the state half changed: it is thrown away, and the message that did it is remembered.
    fn guarded(&mut self, next: Ordinal, ordinal: Ordinal, entry: &Entry) -> Result<Result<Produced, Reject>> {
        let _watched = watchdog::watch(|| format!("{} {} {ordinal}", self.spec.service, self.key));
        let state = &mut self.memory.state;
        match catch_unwind(AssertUnwindSafe(|| state.fold(next, &entry.body))) {
            Ok(produced) => Ok(produced),
            Err(panic) => {
                self.poison.insert(ordinal, Reject::Panicked(panic_text(&*panic)));
                self.forget();
                bail!("folding ordinal {ordinal} panicked; starting over without it")
            }
        }
    }

    /// Takes a produced message on: to be stored, unless it was before.
    fn made(&mut self, entry: &Entry, ordinal: Ordinal, next: Ordinal, produced: Produced) {
        let Produced { schema, scan_id, body } = produced;
        let digest = codec::digest64(&body);
        if ordinal > self.stored.cause {
            let provenance =
                Provenance { ordinal: next, scan_id: Some(&scan_id), schema, code: &self.spec.code, body: &body };
            let headers = provenance.caused_by(entry, self.spec.source, None);
            self.waiting.push(Draft { ordinal: next, headers, body: body.into() });
        } else if ordinal == self.stored.cause && (next, digest) != (self.stored.ordinal, self.stored.digest) {
            self.alarm(next);
        }
        self.memory.produced = next;
        self.memory.digest = digest;
    }

    fn waiting_bytes(&self) -> usize {
        self.waiting.iter().map(|draft| draft.body.len()).sum()
    }

    /// Stores what is waiting, together if that pays.
    async fn store(&mut self) -> Result<()> {
        let drafts = std::mem::take(&mut self.waiting);
        if !self.log.append_batch(&drafts).await {
            for draft in &drafts {
                if draft.ordinal <= self.stored.ordinal {
                    continue;
                }
                match self.log.append(draft, &self.health).await? {
                    Appended::Stored => {}
                    // Two who number one log: whoever goes on swallows a scan of the other.
                    Appended::Newer(stored) | Appended::Differs(stored) if !from_source(&stored) => {
                        return Err(self.foreign(&stored).into());
                    }
                    // Another copy of us is further; up to there nothing needs storing.
                    Appended::Newer(stored) => self.stored = Stored::of(&stored),
                    Appended::Differs(_) => self.alarm(draft.ordinal),
                }
            }
        }
        let count = drafts.len() as u64;
        metrics::counter!("bellwether_events_folded_total", "service" => self.spec.service).increment(count);
        self.health.following(self.memory.place.ordinal);
        Ok(())
    }

    async fn reject(&self, entry: &Entry, reason: &str) -> Result<()> {
        let trace = telemetry::trace_of(&entry.headers);
        tracing::warn!(key = %self.key, ordinal = entry.ordinal, trace, reason, "rejected");
        self.health.rejected();
        metrics::counter!("bellwether_events_rejected_total", "service" => self.spec.service).increment(1);
        let cause = Some(Cause::of(entry, self.spec.source));
        let service = self.spec.service;
        rejects::record_on(&self.bus, &Rejected { service, key: &self.key, reason, cause, body: entry.body.clone() })
            .await
    }

    fn foreign(&self, entry: &Entry) -> Halt {
        let ordinal = entry.ordinal.unwrap_or(0);
        Halt(format!("{ordinal} of {} in {} was not made from {}", entry.subject, self.spec.target, self.spec.source))
    }

    fn alarm(&self, ordinal: Ordinal) {
        tracing::error!(key = %self.key, ordinal, "determinism alarm: stored with other bytes");
        metrics::counter!("bellwether_determinism_alarms_total", "service" => self.spec.service).increment(1);
        self.health.differs();
    }
}

/// Whether the message names the one of the source it was made from; what others publish does not.
fn from_source(entry: &Entry) -> bool {
    entry.header(header::CAUSE_ORDINAL).is_some()
}

impl<R: Refold, B: Broker> Fold for StatefulFold<R, B> {
    async fn load(&mut self) -> Result<Mark> {
        self.waiting.clear();
        self.fresh = true;
        // What ended its process must not be folded again, not even to rebuild the state.
        let refused = rejects::refused_on(&self.bus, self.spec.service, &self.key).await?;
        self.refused = refused.last;
        self.poison.extend(refused.crashed.into_iter().map(|(ordinal, deaths)| (ordinal, Reject::Crashed(deaths))));
        let last = self.log.load().await?;
        if let Some(entry) = last.as_ref().filter(|entry| !from_source(entry)) {
            return Err(self.foreign(entry).into());
        }
        self.stored = last.as_ref().map(Stored::of).unwrap_or_default();
        if !self.memory_holds() {
            self.forget();
        }
        let ordinal = self.memory.place.ordinal;
        self.memory.place = Place::at(ordinal, true);
        self.health.following(ordinal);
        let hint = if ordinal == self.stored.cause { self.stored.cause_sequence } else { ordinal };
        Ok(Mark { ordinal, sequence: hint })
    }

    async fn take(&mut self, batch: Batch<'_>) -> Result<()> {
        let begun = Instant::now();
        self.memory.place.begin(&batch);
        for entry in batch.entries {
            match self.memory.place.turn(entry)? {
                Turn::Old => {}
                Turn::Next(ordinal) => {
                    let span = telemetry::span(self.spec.service, ordinal, &entry.headers);
                    self.fold(entry, ordinal).instrument(span).await?;
                }
                Turn::Stray(reason) => {
                    self.health.rejected();
                    let (service, source) = (self.spec.service, self.spec.source);
                    record_stray(&self.bus, service, &self.key, source, entry, &reason).await?;
                }
            }
        }
        self.store().await?;
        let (events, took) = (batch.entries.len() as u64, begun.elapsed());
        self.health.folded(events, took);
        let each = took.as_secs_f64() / events.max(1) as f64;
        metrics::histogram!("bellwether_events_fold_seconds", "service" => self.spec.service).record(each);
        Ok(())
    }

    fn stumbled(&mut self, error: &anyhow::Error) {
        match error.downcast_ref::<Halt>() {
            Some(halt) => self.health.halted(halt.to_string()),
            None => self.health.stumbled(format!("{error:#}")),
        }
    }
}

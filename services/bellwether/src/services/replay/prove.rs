//! Answers whether a record is what comes out again: computed once for every head, in the background.

use crate::{
    registry,
    verify::{self, Bounds, Tally},
};
use anyhow::{Context, Result};
use bellwether_harness::{Bus, lane};
use bellwether_schemas::{Key, Ordinal, names};
use bellwether_worker::Settings;
use futures::StreamExt;
use serde::Serialize;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::Semaphore;

/// Proofs by key: what is known, or how far it is.
pub(super) struct Proofs {
    bus: Bus,
    known: Arc<Mutex<BTreeMap<Key, Proof>>>,
    /// One at a time: it takes a whole processor.
    turn: Arc<Semaphore>,
}

/// The answer about one key.
#[derive(Debug, Clone, Serialize)]
struct Proof {
    universe: String,
    lane: String,
    /// `running`, `done` or `failed`.
    status: &'static str,
    reason: Option<String>,
    /// Last scan that was there when it began.
    head: Ordinal,
    /// Last scan checked so far.
    reached: Ordinal,
    /// Whether everything is there and the same; null before the end.
    identical: Option<bool>,
    /// Ordinals of scans with a result that differs or is missing.
    wrong: Vec<Ordinal>,
    services: Vec<Tally>,
}

impl Proofs {
    pub(super) fn new(bus: Bus) -> Self {
        Self { bus, known: Arc::default(), turn: Arc::new(Semaphore::new(1)) }
    }

    /// Answers for ever.
    pub(super) async fn answer(self) -> Result<()> {
        let mut asked = self.bus.client().queue_subscribe(names::VERIFY, super::NAME.to_owned()).await?;
        while let Some(message) = asked.next().await {
            let Some(reply) = message.reply else { continue };
            let answer = match self.about(&message.payload).await {
                Ok(proof) => serde_json::to_vec(&proof)?,
                Err(error) => serde_json::to_vec(&serde_json::json!({"error": format!("{error:#}")}))?,
            };
            self.bus.client().publish(reply, answer.into()).await?;
        }
        std::future::pending().await
    }

    async fn about(&self, key: &[u8]) -> Result<Proof> {
        let key: Key = std::str::from_utf8(key)?.parse()?;
        let head = head(&self.bus, &key).await?;
        let mut known = lock(&self.known);
        match known.get(&key) {
            Some(proof) if proof.status == "running" || (proof.status == "done" && proof.head == head) => {
                Ok(proof.clone())
            }
            _ => {
                let proof = Proof::begun(&key, head);
                known.insert(key.clone(), proof.clone());
                tokio::spawn(prove(self.bus.clone(), key, self.known.clone(), self.turn.clone()));
                Ok(proof)
            }
        }
    }
}

fn lock(known: &Mutex<BTreeMap<Key, Proof>>) -> MutexGuard<'_, BTreeMap<Key, Proof>> {
    known.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn head(bus: &Bus, key: &Key) -> Result<Ordinal> {
    if names::has_own_stream(key.lane()) {
        let lane = lane::find(bus, key.lane()).await?.with_context(|| format!("there is no lane {:?}", key.lane()))?;
        return lane::progress(bus, &lane).await;
    }
    let (stream, subject) = names::scans(key);
    let last = bellwether_harness::history::last(bus, &stream, &subject).await?;
    last.and_then(|entry| entry.ordinal).with_context(|| format!("there is no scan of {key}"))
}

async fn prove(bus: Bus, key: Key, known: Arc<Mutex<BTreeMap<Key, Proof>>>, turn: Arc<Semaphore>) {
    // Closed never: an error cannot be.
    let _turn = turn.acquire().await;
    let services: Vec<_> = verify::services().into_iter().map(str::to_owned).collect();
    let head = lock(&known).get(&key).map_or(0, |proof| proof.head);
    let told = |at: u64, _: u64| {
        if let Some(proof) = lock(&known).get_mut(&key) {
            proof.reached = at;
        }
    };
    let bounds = Bounds { from: None, to: Some(verify::Bound::Ordinal(head)) };
    let outcome = check(&bus, &key, &services, bounds, told).await;
    if let Some(proof) = lock(&known).get_mut(&key) {
        proof.end(outcome);
    }
}

async fn check(
    bus: &Bus,
    key: &Key,
    services: &[String],
    bounds: Bounds,
    told: impl FnMut(u64, u64),
) -> Result<Vec<Tally>> {
    match lane::find(bus, key.lane()).await? {
        Some(lane) => verify::verify_lane(bus, &lane, services, &[], bounds, told).await,
        None => verify::verify(bus, key, services, &settings()?, bounds, told).await,
    }
}

/// The settings the services of this installation run with.
fn settings() -> Result<Settings> {
    let set = std::env::var("BELLWETHER_SET").unwrap_or_default();
    let pairs: Vec<_> = set.split(',').filter(|pair| !pair.is_empty()).map(str::to_owned).collect();
    Ok(registry::settings(&pairs)?)
}

impl Proof {
    fn begun(key: &Key, head: Ordinal) -> Self {
        Self {
            universe: key.universe().to_owned(),
            lane: key.lane().to_owned(),
            status: "running",
            reason: None,
            head,
            reached: 0,
            identical: None,
            wrong: Vec::new(),
            services: Vec::new(),
        }
    }

    fn end(&mut self, outcome: Result<Vec<Tally>>) {
        match outcome {
            Ok(services) => {
                self.status = "done";
                self.identical = Some(services.iter().all(Tally::clean));
                self.wrong = services.iter().flat_map(|tally| tally.wrong.iter().copied()).collect();
                self.wrong.sort_unstable();
                self.wrong.dedup();
                self.services = services;
            }
            Err(error) => (self.status, self.reason) = ("failed", Some(format!("{error:#}"))),
        }
    }
}

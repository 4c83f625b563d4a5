//! Clients of the gateway's stream that come back whenever it ends, and what they must hold in the end.

use crate::{Events, eventually_async};
use bellwether_harness::{Bus, history};
use bellwether_schemas::{Key, Stored, codec, names};
use serde::de::IgnoredAny;
use serde_json::{Map, Value};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::task::JoinSet;

const PATIENCE: Duration = Duration::from_secs(120);

/// What a client holds, and what it went through.
#[derive(Debug, Clone, Default)]
pub struct Held {
    parts: BTreeMap<(String, String), Part>,
    id: Option<String>,
    /// How often it was told to forget.
    pub resets: usize,
    /// Parts received since somebody set it to 0.
    pub fresh: usize,
    /// Where it was sent back in time.
    pub violations: Vec<String>,
}

#[derive(Debug, Clone)]
struct Part {
    epoch: Value,
    revision: u64,
    ordinal: u64,
    value: Value,
}

impl Held {
    fn apply(&mut self, event: crate::Event) {
        if !event.id.is_empty() {
            self.id = Some(event.id);
        }
        match event.name.as_str() {
            "reset" => self.forget(event.data["section"].as_str()),
            "snapshot" => self.take(&event.data),
            _ => {}
        }
    }

    fn forget(&mut self, section: Option<&str>) {
        self.resets += 1;
        self.parts.retain(|(held, _), _| section.is_some_and(|section| section != held));
    }

    fn take(&mut self, data: &Value) {
        let text = |name: &str| data[name].as_str().unwrap_or_default().to_owned();
        let part = Part {
            epoch: data["epoch"].clone(),
            revision: data["revision"].as_u64().unwrap_or_default(),
            ordinal: data["scan"]["ordinal"].as_u64().unwrap_or_default(),
            value: data["value"].clone(),
        };
        let slot = (text("section"), text("part"));
        if let Some(before) = self.parts.get(&slot)
            && before.epoch == part.epoch
            && before.revision > part.revision
        {
            self.violations.push(format!("{slot:?} went from revision {} to {}", before.revision, part.revision));
        }
        self.fresh += 1;
        self.parts.insert(slot, part);
    }

    /// Whether it holds exactly these parts with these values.
    pub fn equals(&self, record: &Record) -> bool {
        self.parts.len() == record.len()
            && self.parts.iter().all(|(slot, part)| record.get(slot) == Some(&(part.ordinal, part.value.clone())))
    }
}

/// Newest ordinal and value of every part, read from the buckets.
pub type Record = BTreeMap<(String, String), (u64, Value)>;

/// Reads what the buckets of `workers` hold for `key`.
///
/// # Panics
/// When a bucket holds what is no stored value.
pub async fn record(bus: &Bus, key: &Key, workers: &[&str]) -> Record {
    let mut record = Record::new();
    for &worker in workers {
        let last = history::last(bus, &names::bucket_stream(worker), &names::state_subject(worker, key)).await;
        let Ok(Some(entry)) = last else { continue };
        let stored: Stored<Map<String, Value>, IgnoredAny> = codec::decode(&entry.body).expect("a stored value");
        for (part, value) in stored.parts.into_iter().flatten() {
            record.insert((worker.to_owned(), part), (stored.scan.ordinal, value));
        }
    }
    record
}

/// Clients that come back whenever the stream ends.
#[derive(Debug)]
pub struct Clients {
    held: Vec<Arc<Mutex<Held>>>,
    _tasks: JoinSet<()>,
}

impl Clients {
    /// Starts `count` of them on `path` at `address`.
    pub fn start(count: usize, address: &str, path: &str) -> Self {
        let held: Vec<Arc<Mutex<Held>>> = (0..count).map(|_| Arc::default()).collect();
        let mut tasks = JoinSet::new();
        for held in held.iter().cloned() {
            tasks.spawn(follow(address.to_owned(), path.to_owned(), held));
        }
        Self { held, _tasks: tasks }
    }

    /// Reads each of them.
    ///
    /// # Panics
    /// When one of them has panicked.
    pub fn each<T>(&self, read: impl Fn(&mut Held) -> T) -> Vec<T> {
        self.held.iter().map(|held| read(&mut held.lock().expect("a client that did not panic"))).collect()
    }

    /// Waits until every client has heard something new.
    ///
    /// # Panics
    /// When one of them hears nothing for two minutes.
    pub async fn all_hear(&self) {
        self.each(|held| held.fresh = 0);
        eventually_async("every client hears something", PATIENCE, async || {
            self.each(|held| held.fresh > 0).into_iter().all(|heard| heard).then_some(())
        })
        .await;
    }

    /// Waits until every client holds what the buckets of `workers` hold for `key`.
    ///
    /// # Panics
    /// When one does not within two minutes, or was sent back in time on the way.
    pub async fn all_equal(&self, bus: &Bus, key: &Key, workers: &[&str]) {
        eventually_async("every client holds what the buckets hold", PATIENCE, async || {
            let record = record(bus, key, workers).await;
            let complete = workers.iter().all(|worker| record.keys().any(|(section, _)| section == worker));
            (complete && self.each(|held| held.equals(&record)).into_iter().all(|equal| equal)).then_some(())
        })
        .await;
        let violations: Vec<_> = self.each(|held| held.violations.clone()).concat();
        assert!(violations.is_empty(), "{violations:?}");
    }
}

async fn follow(address: String, path: String, held: Arc<Mutex<Held>>) {
    let lock = || held.lock().expect("a client that did not panic");
    loop {
        let id = lock().id.clone();
        let mut events = eventually_async("the gateway is back", PATIENCE, async || {
            Events::open(&address, &path, id.as_deref()).await.ok()
        })
        .await;
        while let Ok(Some(event)) = events.next().await {
            lock().apply(event);
        }
    }
}

//! The newest result of every section and key.
//!
//! Pure but for its locks: what arrives is applied here, every reader asks here, and nothing is asked of the bus.

use crate::{
    bell::Bell,
    entry::{Arrival, Entry},
    vector::tag,
};
use bellwether_schemas::{Key, Refusal};
use dashmap::DashMap;
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};
use tokio::sync::watch;

/// Whether a section's log is being followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Link {
    /// Its values are still coming in.
    Loading,
    /// All it holds is here, and changes follow.
    Live,
    /// Nothing new can be heard; what is held is the last known.
    Lost {
        /// In one sentence.
        reason: String,
    },
}

/// One worker's results.
#[derive(Debug, Clone)]
pub struct Section {
    /// Name of the worker.
    pub name: Arc<str>,
    /// Creation of its stream; empty before it was first seen.
    pub epoch: Arc<str>,
    /// Whether the log is being followed.
    pub link: Link,
    /// Keys whose newest value cannot be read, and why.
    pub faults: BTreeMap<Key, String>,
    /// Highest revision seen.
    pub head: u64,
    /// Newest entry of each key.
    pub entries: BTreeMap<Key, Arc<Entry>>,
    epoch_tag: Arc<str>,
    /// Counts resets, so that a client can tell that what it holds was dropped here.
    generation: u64,
    /// All values were here once since the last reset. Before that the head says nothing about smaller revisions.
    complete: bool,
}

/// The board; see the module.
#[derive(Debug)]
pub struct Board {
    names: Vec<Arc<str>>,
    sections: DashMap<Arc<str>, Section>,
    version: watch::Sender<u64>,
    bell: Bell,
    links: AtomicU64,
}

/// What one client holds of one section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Everything up to here was sent.
    pub revision: u64,
    /// [`tag`] of the epoch the revision belongs to; empty when nothing was sent.
    pub epoch: Arc<str>,
    generation: Option<u64>,
}

/// What a client must be told next about a section.
#[derive(Debug, Clone, PartialEq)]
pub enum News {
    /// Forget all you hold of it.
    Reset {
        /// In one sentence.
        reason: &'static str,
    },
    /// A result it does not hold.
    Entry(Arc<Entry>),
}

impl Seen {
    /// What a client that comes back says it holds.
    pub fn resumed(epoch: impl Into<Arc<str>>, revision: u64) -> Self {
        Self { revision, epoch: epoch.into(), generation: None }
    }
}

impl Default for Seen {
    fn default() -> Self {
        Self::resumed("", 0)
    }
}

impl Board {
    /// An empty board for these workers, in the order they are to be listed.
    pub fn new<'a>(workers: impl IntoIterator<Item = &'a str>) -> Self {
        let names: Vec<Arc<str>> = workers.into_iter().map(Arc::from).collect();
        let sections = names.iter().map(|name| (name.clone(), Section::new(name.clone()))).collect();
        Self { names, sections, version: watch::Sender::new(0), bell: Bell::default(), links: AtomicU64::new(0) }
    }

    /// Names of the sections.
    pub fn names(&self) -> &[Arc<str>] {
        &self.names
    }

    /// A section as it stands; its entries are shared, not copied.
    pub fn section(&self, name: &str) -> Option<Section> {
        self.sections.get(name).map(|section| section.clone())
    }

    /// All sections, in the order of [`Board::names`].
    pub fn sections(&self) -> impl Iterator<Item = Section> + '_ {
        self.names.iter().filter_map(|name| self.section(name))
    }

    /// Wakes its holder whenever anything on the board has changed.
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.version.subscribe()
    }

    /// Counts changes of anything.
    pub fn version(&self) -> u64 {
        *self.version.borrow()
    }

    /// Calls `ring` at every change, where the change is made; it must return at once.
    pub fn on_change(&self, ring: impl Fn() + Send + Sync + 'static) {
        self.bell.hang(ring);
    }

    /// Counts changes of any section's link or fault.
    pub fn links_version(&self) -> u64 {
        self.links.load(Ordering::Acquire)
    }

    /// Drops a section's entries: its stream is new, or went back.
    pub fn reset(&self, section: &str, epoch: &str) {
        self.change(section, |section| {
            section.epoch = epoch.into();
            section.epoch_tag = tag(epoch).into();
            section.generation += 1;
            section.complete = false;
            section.head = 0;
            section.entries.clear();
            section.link = Link::Loading;
            section.faults.clear();
        });
    }

    /// All values of the section's log are here.
    pub fn current(&self, section: &str) {
        self.change(section, |section| {
            section.complete = true;
            section.link = Link::Live;
        });
    }

    /// The section's log can no longer be heard. What is held stays.
    pub fn lost(&self, section: &str, reason: &str) {
        self.change(section, |section| section.link = Link::Lost { reason: reason.to_owned() });
    }

    /// Applies a value. An older revision than the one held, or the same, changes nothing.
    ///
    /// # Errors
    /// Refuses a value that cannot be read. What was held stays, and the section carries the fault.
    pub fn put(&self, section: &str, arrival: Arrival) -> Result<(), Refusal> {
        let Some(mut held) = self.sections.get_mut(section) else { return Ok(()) };
        let before = held.entries.get(&arrival.key);
        if before.is_some_and(|entry| entry.head.revision >= arrival.revision) {
            return Ok(());
        }
        let (key, revision) = (arrival.key.clone(), arrival.revision);
        let read = Entry::read(&held.name, &held.epoch, arrival, before.map(|entry| &**entry));
        held.head = held.head.max(revision);
        let had_fault = held.faults.remove(&key).is_some();
        let outcome = match read {
            Ok(entry) => {
                held.entries.insert(key, Arc::new(entry));
                Ok(())
            }
            Err(refusal) => {
                held.faults.insert(key, format!("revision {revision} cannot be read: {refusal}"));
                Err(refusal)
            }
        };
        drop(held);
        if had_fault || outcome.is_err() {
            self.links.fetch_add(1, Ordering::AcqRel);
        }
        self.wake();
        outcome
    }

    /// What a client must be told next about a section, and moves `seen` past it. `None` when it holds everything.
    ///
    /// Asked again after each answer, so a client too slow for every change gets the newest and needs no queue.
    pub fn news(&self, section: &str, seen: &mut Seen, wanted: impl Fn(&Key) -> bool) -> Option<News> {
        let section = self.sections.get(section)?;
        if !section.complete {
            return None;
        }
        if let Some(reason) = section.contradicts(seen) {
            *seen = section.seen(0);
            return Some(News::Reset { reason });
        }
        let newer = section.entries.values().filter(|entry| entry.head.revision > seen.revision && wanted(&entry.key));
        let next = newer.min_by_key(|entry| entry.head.revision).cloned();
        let reached = next.as_ref().map_or(section.head, |entry| entry.head.revision);
        *seen = section.seen(reached);
        next.map(News::Entry)
    }

    fn change(&self, section: &str, change: impl FnOnce(&mut Section)) {
        let Some(mut held) = self.sections.get_mut(section) else { return };
        change(&mut held);
        drop(held);
        self.links.fetch_add(1, Ordering::AcqRel);
        self.wake();
    }

    fn wake(&self) {
        self.version.send_modify(|version| *version = version.wrapping_add(1));
        self.bell.ring();
    }
}

impl Section {
    fn new(name: Arc<str>) -> Self {
        Self {
            name,
            epoch: "".into(),
            link: Link::Loading,
            faults: BTreeMap::new(),
            head: 0,
            entries: BTreeMap::new(),
            epoch_tag: "".into(),
            generation: 0,
            complete: false,
        }
    }

    fn seen(&self, revision: u64) -> Seen {
        Seen { revision, epoch: self.epoch_tag.clone(), generation: Some(self.generation) }
    }

    /// Why what the client holds can be no part of this section's past.
    fn contradicts(&self, seen: &Seen) -> Option<&'static str> {
        match seen.generation {
            Some(generation) if generation != self.generation => Some("the log was made anew or went back"),
            Some(_) => None,
            None if seen.epoch.is_empty() => None,
            None if seen.epoch != self.epoch_tag => Some("the log is not the one these revisions are from"),
            None if seen.revision > self.head => Some("the log went back"),
            None => None,
        }
    }

    /// `None` while the data of `key` is up to date; else why it may not be.
    pub fn stale(&self, key: &Key) -> Option<&str> {
        match &self.link {
            Link::Lost { reason } => Some(reason),
            Link::Loading | Link::Live => self.faults.get(key).map(String::as_str),
        }
    }

    /// `loading`, `live` or `lost`.
    pub fn link_name(&self) -> &'static str {
        match self.link {
            Link::Loading => "loading",
            Link::Live => "live",
            Link::Lost { .. } => "lost",
        }
    }
}

#[cfg(test)]
mod tests;

//! What was read of the logs and is kept, within a budget of memory.

use super::chunk::Shared;
use crate::{
    entry::Entry,
    sources::{Ends, Log},
};
use bellwether_schemas::{Key, Ordinal};
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

/// A numbered log of one key.
pub(crate) type Of = (Log, Key);

/// The least recently used goes first when there is more than `budget`.
#[derive(Debug)]
pub(super) struct Lru<K, V> {
    items: HashMap<K, (u64, usize, V)>,
    clock: u64,
    weight: usize,
    budget: usize,
}

impl<K: Clone + Eq + std::hash::Hash, V: Clone> Lru<K, V> {
    pub(super) fn new(budget: usize) -> Self {
        Self { items: HashMap::new(), clock: 0, weight: 0, budget }
    }

    pub(super) fn get(&mut self, key: &K) -> Option<V> {
        self.clock += 1;
        let (used, _, value) = self.items.get_mut(key)?;
        *used = self.clock;
        Some(value.clone())
    }

    pub(super) fn put(&mut self, key: K, value: V, weight: usize) {
        self.clock += 1;
        self.weight += weight;
        if let Some((_, before, _)) = self.items.insert(key, (self.clock, weight, value)) {
            self.weight -= before;
        }
        while self.weight > self.budget && self.items.len() > 1 {
            let oldest = self.items.iter().min_by_key(|(_, (used, ..))| *used).map(|(key, _)| key.clone());
            let Some((_, weight, _)) = oldest.and_then(|key| self.items.remove(&key)) else { break };
            self.weight -= weight;
        }
    }

    pub(super) fn forget(&mut self, gone: impl Fn(&K) -> bool) {
        self.items.retain(|key, (_, weight, _)| {
            let stays = !gone(key);
            self.weight -= if stays { 0 } else { *weight };
            stays
        });
    }
}

/// Everything that is kept.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) ends: BTreeMap<Of, Ends>,
    pub(super) chunks: Lru<(Of, u64), Shared>,
    pub(super) entries: Lru<(Of, Ordinal), Arc<Entry>>,
}

const CHUNK_BYTES: usize = 64 * 1024 * 1024;
const ENTRY_BYTES: usize = 16 * 1024 * 1024;

impl Default for Held {
    fn default() -> Self {
        Self { ends: BTreeMap::new(), chunks: Lru::new(CHUNK_BYTES), entries: Lru::new(ENTRY_BYTES) }
    }
}

impl Held {
    /// Learns where a log ends now. One that was made anew, or went back, is forgotten first.
    pub(super) fn learn(&mut self, of: &Of, ends: Ends) {
        let before = self.ends.insert(of.clone(), ends);
        let another =
            |before: Ends| before.created != ends.created || before.sequence > ends.sequence || before.last > ends.last;
        if before.is_some_and(another) {
            self.forget(of);
        }
    }

    /// Drops what was read of a log.
    pub(super) fn forget(&mut self, of: &Of) {
        self.chunks.forget(|(held, _)| held == of);
        self.entries.forget(|(held, _)| held == of);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_recently_used_goes_and_the_newest_always_stays() {
        let mut lru = Lru::new(10);
        lru.put("a", 1, 4);
        lru.put("b", 2, 4);
        assert_eq!(lru.get(&"a"), Some(1));
        lru.put("c", 3, 4);
        assert_eq!((lru.get(&"a"), lru.get(&"b"), lru.get(&"c")), (Some(1), None, Some(3)));
        lru.put("c", 4, 2);
        lru.put("d", 5, 4);
        assert_eq!((lru.get(&"a"), lru.get(&"c"), lru.weight), (Some(1), Some(4), 10));
        lru.put("e", 6, 99);
        assert_eq!((lru.get(&"e"), lru.items.len()), (Some(6), 1));
        lru.forget(|key| *key == "e");
        assert_eq!(lru.weight, 0);
    }
}

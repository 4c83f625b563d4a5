use super::{Bounds, Scans, TOGETHER, Tally, log::Log};
use crate::services::scanner::{NAME, code};
use anyhow::{Context, Result};
use bellwether_harness::{Bus, Entry, rejects};
use bellwether_scanner::Scanner;
use bellwether_schemas::{Key, Ordinal};
use bellwether_worker::{Checked, Produced, Refold};
use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
};

/// The scans of a universe made again from its bars.
pub(super) struct Rescan {
    bars: Log,
    next_bars: Ordinal,
    last_bars: Ordinal,
    scanner: Scanner,
    produced: Ordinal,
    /// Sessions that ended the scanner's process, which no fold can know.
    crashed: BTreeMap<Ordinal, u32>,
    /// Made and not yet compared.
    waiting: BTreeMap<Ordinal, Produced>,
    tally: Tally,
}

impl Rescan {
    /// `None` when the scanner is not asked for, or the universe has no bars: its scans are somebody else's.
    pub(super) async fn open(bus: &Bus, key: &Key, services: &[String]) -> Result<Option<Self>> {
        let bars = Log::bars(key);
        if !services.iter().any(|name| name == NAME) {
            return Ok(None);
        }
        let Some(last_bars) = bars.last(bus).await? else { return Ok(None) };
        Ok(Some(Self {
            bars,
            next_bars: 1,
            last_bars,
            scanner: Scanner::new(key.universe()),
            produced: 0,
            crashed: rejects::refused(bus, NAME, key).await?.crashed,
            waiting: BTreeMap::new(),
            tally: Tally::new(NAME, code()),
        }))
    }

    pub(super) fn into_tally(self) -> Tally {
        self.tally
    }

    /// Makes scans up to `to` and compares them with the stored ones.
    pub(super) async fn check(mut self, bus: &Bus, stored: Scans, to: Ordinal, bounds: Bounds) -> Result<Self> {
        while self.produced < to && self.next_bars <= self.last_bars {
            let upper = (self.next_bars + TOGETHER - 1).min(self.last_bars);
            let bars = self.bars.read(bus, self.next_bars, upper).await?;
            self.next_bars = upper + 1;
            self = tokio::task::spawn_blocking(move || self.fold(bars.into_values())).await.context("scanning")?;
        }
        tokio::task::spawn_blocking(move || self.compare(&stored, bounds)).await.context("comparing")
    }

    fn fold(mut self, bars: impl Iterator<Item = Entry>) -> Self {
        for entry in bars {
            if entry.ordinal.is_some_and(|ordinal| self.crashed.contains_key(&ordinal)) {
                continue;
            }
            // As the scanner itself: what makes it panic or is refused gives no scan.
            let made =
                catch_unwind(AssertUnwindSafe(|| Refold::fold(&mut self.scanner, self.produced + 1, &entry.body)));
            if let Ok(Ok(scan)) = made {
                self.produced += 1;
                self.waiting.insert(self.produced, scan);
            }
        }
        self
    }

    fn compare(mut self, stored: &Scans, bounds: Bounds) -> Self {
        for (&ordinal, decoded) in stored.iter() {
            let session = decoded.scan.as_ref().ok().map(|scan| scan.session);
            let made = self.waiting.remove(&ordinal);
            if !bounds.hold(ordinal, session) {
                continue;
            }
            let checked = match made {
                Some(made) if made.body == decoded.entry.body => Checked::Identical,
                Some(made) => Checked::Differs { recomputed: made.body },
                // A stored scan that no bars lead to.
                None => Checked::Differs { recomputed: Vec::new() },
            };
            self.tally.take(&decoded.entry, ordinal, session, checked);
        }
        self
    }
}

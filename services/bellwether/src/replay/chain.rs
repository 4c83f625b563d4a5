//! The workers of a lane, fed with one scan after the other: pure but for the clock that times it.

use crate::{registry, services::scanner};
use anyhow::{Result, anyhow, bail};
use bellwether_harness::{
    Entry,
    lane::{Made, Material, Origin, Plan},
};
use bellwether_scanner::Scanner;
use bellwether_schemas::{Date, Ordinal, Refusal, Scan, names, scan};
use bellwether_worker::{Event, Folding, Refold, Settings, Source};
use bytes::Bytes;
use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    thread,
    time::{Duration, Instant},
};

/// Everything a lane computes.
pub(super) struct Chain {
    first: Ordinal,
    last: Ordinal,
    scanning: Option<Scanning>,
    /// Workers that do not depend on each other run side by side: each group is a worker on scans and all behind it.
    groups: Vec<Group>,
}

struct Scanning {
    scanner: Scanner,
    produced: Ordinal,
}

struct Group(Vec<Link>);

struct Link {
    folding: Box<dyn Folding>,
    code: String,
    /// Place in the group of the worker it builds on.
    upstream: Option<usize>,
}

/// A scan to be folded.
struct Item {
    ordinal: Ordinal,
    body: Bytes,
    scan: Result<Scan, Refusal>,
    origin: Origin,
}

/// What a chunk gave.
#[derive(Default)]
pub(crate) struct Folded {
    /// By log: what is to be stored, in order.
    pub(crate) made: Vec<(&'static str, Vec<Made>)>,
    /// Last scan of the chunk.
    pub(crate) reached: Ordinal,
    /// Session of each scan, where it can be read.
    pub(crate) sessions: BTreeMap<Ordinal, Option<Date>>,
    pub(super) scans: u64,
    /// Symbols of all scans together.
    pub(super) tickers: u64,
    pub(super) decode: Duration,
    pub(super) compute: Duration,
}

impl Chain {
    /// Empty, before the first scan.
    ///
    /// # Errors
    /// When a setting cannot be used.
    pub(super) fn new(plan: &Plan) -> Result<Self> {
        let settings: Settings = registry::settings(&plan.set)?;
        let mut groups: Vec<Group> = Vec::new();
        for (folding, code) in registry::folds(&settings)? {
            if !plan.workers.iter().any(|name| name == folding.name()) {
                continue;
            }
            match folding.source() {
                Source::Scans => groups.push(Group(vec![Link { folding, code, upstream: None }])),
                Source::Bucket(name) => {
                    let found = groups.iter_mut().find_map(|group| Some((group.place(name)?, group)));
                    let Some((place, group)) = found else { bail!("{} needs {name}", folding.name()) };
                    group.0.push(Link { folding, code, upstream: Some(place) });
                }
            }
        }
        let scanning =
            (plan.material == Material::Bars).then(|| Scanning { scanner: Scanner::new(&plan.universe), produced: 0 });
        Ok(Self { first: plan.first, last: plan.last, scanning, groups })
    }

    /// The logs it writes.
    pub(super) fn logs(&self) -> Vec<&'static str> {
        let own = self.scanning.as_ref().map(|_| names::LANE_SCANS);
        own.into_iter().chain(self.workers()).collect()
    }

    /// The workers it runs.
    pub(super) fn workers(&self) -> impl Iterator<Item = &'static str> {
        self.groups.iter().flat_map(|group| &group.0).map(|link| link.folding.name())
    }

    /// Goes on from what a worker stored for `ordinal`.
    ///
    /// # Errors
    /// When it is not this worker's.
    pub(super) fn resume(&mut self, worker: &str, ordinal: Ordinal, stored: &[u8]) -> Result<()> {
        let links = self.groups.iter_mut().flat_map(|group| &mut group.0);
        for link in links.filter(|link| link.folding.name() == worker) {
            link.folding.resume(ordinal, stored)?;
        }
        Ok(())
    }

    /// Folds scans, or bars where the lane scans for itself.
    ///
    /// # Errors
    /// When an event is missing.
    pub(super) fn fold(&mut self, entries: Vec<Entry>) -> Result<Folded> {
        let begun = Instant::now();
        let (items, scans) = match &mut self.scanning {
            None => (decode(entries), None),
            Some(scanning) => {
                let (items, made) = scanning.scan(entries, self.first, self.last);
                (items, Some(made))
            }
        };
        let decode = begun.elapsed();
        let begun = Instant::now();
        let mut folded = Folded {
            reached: items.last().map_or(0, |item| item.ordinal),
            sessions: items
                .iter()
                .map(|item| (item.ordinal, item.scan.as_ref().ok().map(|scan| scan.session)))
                .collect(),
            scans: items.len() as u64,
            tickers: items
                .iter()
                .filter_map(|item| item.scan.as_ref().ok())
                .map(|scan| scan.symbols.len() as u64)
                .sum(),
            ..Folded::default()
        };
        folded.made.extend(scans.map(|made| (names::LANE_SCANS, made)));
        let (items, first) = (&items, self.first);
        let results: Vec<_> = thread::scope(|scope| {
            let running: Vec<_> =
                self.groups.iter_mut().map(|group| scope.spawn(move || group.fold(items, first))).collect();
            running
                .into_iter()
                .map(|thread| thread.join().unwrap_or_else(|_| Err(anyhow!("a worker panicked"))))
                .collect()
        });
        for made in results {
            folded.made.extend(made?);
        }
        Ok(Folded { decode, compute: begun.elapsed(), ..folded })
    }
}

fn decode(entries: Vec<Entry>) -> Vec<Item> {
    let item = |entry: Entry| Item {
        ordinal: entry.ordinal.unwrap_or(0),
        scan: Scan::decode(&entry.body),
        origin: origin(names::SCANS, &entry),
        body: entry.body,
    };
    let threads = thread::available_parallelism().map_or(1, |count| count.get().min(4));
    let share = entries.len().div_ceil(threads).max(1);
    if entries.len() < 2 * threads {
        return entries.into_iter().map(item).collect();
    }
    thread::scope(|scope| {
        let running: Vec<_> = entries
            .chunks(share)
            .map(|part| scope.spawn(move || part.iter().cloned().map(item).collect::<Vec<_>>()))
            .collect();
        // Decoding does not panic; were it to, the missing ordinal is noticed by every worker.
        running.into_iter().flat_map(|thread| thread.join().unwrap_or_default()).collect()
    })
}

fn origin(stream: &str, entry: &Entry) -> Origin {
    Origin { stream: stream.to_owned(), sequence: entry.sequence, ordinal: entry.ordinal.unwrap_or(0) }
}

impl Scanning {
    /// As the scanner itself: bars that are refused, or make it panic, give no scan.
    fn scan(&mut self, entries: Vec<Entry>, first: Ordinal, last: Ordinal) -> (Vec<Item>, Vec<Made>) {
        let (mut items, mut stored) = (Vec::with_capacity(entries.len()), Vec::new());
        for entry in entries {
            let ordinal = self.produced + 1;
            let made = catch_unwind(AssertUnwindSafe(|| Refold::fold(&mut self.scanner, ordinal, &entry.body)));
            let Ok(Ok(produced)) = made else { continue };
            self.produced = ordinal;
            if ordinal > last {
                break;
            }
            let (body, origin) = (Bytes::from(produced.body), origin(names::BARS, &entry));
            if ordinal >= first {
                stored.push(Made {
                    ordinal,
                    scan_id: Some(produced.scan_id),
                    schema: scan::SCHEMA.to_owned(),
                    code: scanner::code(),
                    origin: origin.clone(),
                    body: body.clone(),
                });
            }
            items.push(Item { ordinal, scan: Scan::decode(&body), body, origin });
        }
        (items, stored)
    }
}

impl Group {
    fn place(&self, name: &str) -> Option<usize> {
        self.0.iter().position(|link| link.folding.name() == name)
    }

    fn fold(&mut self, items: &[Item], first: Ordinal) -> Result<Vec<(&'static str, Vec<Made>)>> {
        let mut made: Vec<_> = self.0.iter().map(|link| (link.folding.name(), Vec::new())).collect();
        for item in items {
            let mut bodies: Vec<Option<Bytes>> = Vec::with_capacity(self.0.len());
            for (link, (name, made)) in self.0.iter_mut().zip(&mut made) {
                // What is upstream folds whenever this one does: both go on from the same ordinal.
                let upstream = link.upstream.and_then(|place| bodies[place].clone());
                let body = upstream.unwrap_or_else(|| item.body.clone());
                let event = Event { ordinal: item.ordinal, body: &body, scan: item.scan.as_ref(), deaths: None };
                let folded = link
                    .folding
                    .fold(&event)
                    .map_err(|expected| anyhow!("{name}: scan {} came where {expected} was expected", item.ordinal))?;
                let body = folded.map(|folded| Bytes::from(folded.body));
                if let Some(body) = body.clone().filter(|_| item.ordinal >= first) {
                    made.push(Made {
                        ordinal: item.ordinal,
                        scan_id: item.scan.as_ref().ok().map(|scan| scan.id.clone()),
                        schema: link.folding.schema(),
                        code: link.code.clone(),
                        origin: item.origin.clone(),
                        body,
                    });
                }
                bodies.push(body);
            }
        }
        Ok(made)
    }
}

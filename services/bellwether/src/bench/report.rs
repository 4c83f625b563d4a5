//! What a run found, for a person and for a program.

mod environment;
mod text;

pub(super) use environment::{Environment, Load};

use super::{
    chain::Passage,
    compute::Compute,
    market::Made,
    probe::Probe,
    stage::SECTIONS,
    stats::{Ratio, Series, Spread, Summary},
};
use crate::{data::replace, say::print};
use anyhow::{Context, Result};
use serde::Serialize;
use std::{path::Path, time::Duration};

/// Times and sizes of the rounds.
#[derive(Default)]
pub(super) struct Measured {
    sections: [Series; SECTIONS.len()],
    both: Series,
    acked: Series,
    floor: Series,
    bytes: Option<(usize, usize)>,
    hits: usize,
    scans: usize,
}

impl Measured {
    /// A scan went through the product.
    pub(super) fn ours(&mut self, round: usize, made: &Made, passage: &Passage) {
        for (series, at) in self.sections.iter_mut().zip(passage.arrived) {
            series.add(round, at.duration_since(passage.begun));
        }
        self.both.add(round, passage.whole());
        self.acked.add(round, passage.acked.duration_since(passage.begun));
        let (length, (low, high)) = (made.body.len(), self.bytes.unwrap_or((usize::MAX, 0)));
        self.bytes = Some((low.min(length), high.max(length)));
        self.hits += made.hits;
        self.scans += 1;
    }

    /// It went over the floor.
    pub(super) fn floor(&mut self, round: usize, time: Duration) {
        self.floor.add(round, time);
    }
}

/// A series in figures; times in microseconds.
#[derive(Debug, Serialize)]
struct Line {
    name: String,
    #[serde(flatten)]
    all: Summary,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    rounds: Vec<Summary>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to_floor: Option<Ratio>,
}

impl Line {
    /// Alone, with nothing to compare with; `None` when nothing was measured.
    fn plain(name: String, series: &Series) -> Option<Self> {
        Some(Self { name, all: series.all()?, rounds: Vec::new(), to_floor: None })
    }

    fn spread(&self, of: fn(&Summary) -> f64) -> Option<Spread> {
        Spread::of(self.rounds.iter().map(of))
    }
}

/// Everything.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    environment: Environment,
    scans: usize,
    scan_bytes: Option<(usize, usize)>,
    hits_per_scan: f64,
    /// From just before publishing; side by side with the floor.
    measured: Vec<Line>,
    /// From just before publishing, with listeners at the broker.
    inside: Vec<Line>,
    /// In this process, without broker and network.
    compute: Vec<Line>,
}

impl Report {
    /// Puts the figures together.
    pub(super) fn new(environment: Environment, measured: &Measured, probe: &Probe, compute: &Compute) -> Self {
        Self {
            environment,
            scans: measured.scans,
            scan_bytes: measured.bytes,
            hits_per_scan: measured.hits as f64 / measured.scans.max(1) as f64,
            measured: beside(measured),
            inside: inside(probe),
            compute: within(compute),
        }
    }

    /// Prints it, and writes it to `json` if that is given.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(super) fn give(&self, json: Option<&Path>) -> Result<()> {
        text::lines(self).iter().for_each(|line| print(line));
        let Some(path) = json else { return Ok(()) };
        let path = std::path::absolute(path)?;
        replace(&path, &serde_json::to_vec_pretty(self)?).with_context(|| format!("cannot write {}", path.display()))
    }
}

fn beside(measured: &Measured) -> Vec<Line> {
    let Measured { sections, both, acked, floor, .. } = measured;
    let mut series: Vec<_> =
        SECTIONS.iter().zip(sections).map(|(section, series)| (format!("{section} at the client"), series)).collect();
    series.push(("both at the client".to_owned(), both));
    series.push(("scan acknowledged".to_owned(), acked));
    let ours = series.into_iter().filter_map(|(name, series)| {
        let rounds = series.rounds();
        Some(Line { rounds, to_floor: series.over(floor), ..Line::plain(name, series)? })
    });
    let bare = Line::plain("floor: two bare hops".to_owned(), floor);
    ours.chain(bare.map(|line| Line { rounds: floor.rounds(), ..line })).collect()
}

fn inside(probe: &Probe) -> Vec<Line> {
    let scan = [("scan acknowledged", &probe.acked), ("scan delivered", &probe.scan_delivered)];
    let scan = scan.into_iter().filter_map(|(name, series)| Line::plain(name.to_owned(), series));
    let results = [
        each("sent by the worker", &probe.result_sent),
        each("stored and delivered", &probe.result_delivered),
        each("at the client", &probe.arrived),
    ];
    scan.chain(results.into_iter().flatten()).collect()
}

fn within(compute: &Compute) -> Vec<Line> {
    let decode = Line::plain("decode a scan".to_owned(), &compute.decode);
    let results = [each("fold and encode", &compute.fold), each("put on the board", &compute.frame)];
    decode.into_iter().chain(results.into_iter().flatten()).collect()
}

/// A line for each worker.
fn each(name: &str, series: &[Series; SECTIONS.len()]) -> Vec<Line> {
    let lines = SECTIONS.iter().zip(series);
    lines.filter_map(|(section, series)| Line::plain(format!("{section}: {name}"), series)).collect()
}

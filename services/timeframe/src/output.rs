use crate::{
    alignment::{self, WEIGHTS},
    calendar::Length,
    state::{self, State},
    strength,
    track::Track,
};
use bellwether_schemas::{
    Scan,
    timeframe::{Aligned, Alignment, All, Frame, Output, Part},
};
use bellwether_worker::split;

/// A price and its strengths.
struct Shown<'a> {
    symbol: &'a str,
    track: &'a Track,
    strengths: [Result<f64, String>; 3],
}

/// What is shown of a state that holds the scan.
pub(crate) fn of(next: &State, chosen: &[&str], scan: &Scan) -> Output {
    let hits = std::array::from_fn(|at| next.frames[at].hits_share(Length::ALL[at]).ok());
    let universe = Shown::new(&scan.universe, &next.universe, &hits);
    let today = chosen.iter().filter(|symbol| state::bar(scan, symbol).is_some());
    let benchmarks: Vec<_> = today.filter_map(|symbol| Some(Shown::new(symbol, next.track(symbol)?, &hits))).collect();
    let frame = |at: usize| {
        let (hits_share, hits_share_reason) = split(next.frames[at].hits_share(Length::ALL[at]));
        let row = |shown: &Shown<'_>| shown.track.trend(at, shown.symbol, shown.strengths[at].clone());
        Frame {
            hits_share,
            hits_share_reason,
            benchmarks: benchmarks.iter().map(row).collect(),
            universe: row(&universe),
        }
    };
    let aligned = |shown: &Shown<'_>| Aligned { symbol: shown.symbol.to_owned(), alignment: shown.alignment() };
    Output {
        daily: frame(0),
        weekly: frame(1),
        monthly: frame(2),
        all: All {
            frames: (0..3).map(|at| part(at, universe.strengths[at].clone())).collect(),
            alignment: universe.alignment(),
            benchmarks: benchmarks.iter().map(aligned).collect(),
        },
    }
}

impl<'a> Shown<'a> {
    fn new(symbol: &'a str, track: &'a Track, hits: &[Option<f64>; 3]) -> Self {
        Self { symbol, track, strengths: track.strengths(hits) }
    }

    fn alignment(&self) -> Alignment {
        alignment::of(std::array::from_fn(|at| self.strengths[at].as_ref().ok().copied()))
    }
}

fn part(at: usize, strength: Result<f64, String>) -> Part {
    let (label, label_reason) = split(strength.clone().map(strength::label));
    let (strength, strength_reason) = split(strength);
    let frame = Length::ALL[at].frame().to_owned();
    Part { frame, weight: WEIGHTS[at], strength, strength_reason, label, label_reason }
}

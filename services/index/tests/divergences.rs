//! Divergences by hand: what is found, when, and not before.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod shared;

use bellwether_schemas::{
    Scan,
    fixture::{self, Row, session},
    index::{Event, Kind, Measure},
    scan::flag,
};
use shared::Chain;

/// Peaks of sessions 10 and 25; a trough in between.
const PEAKS: [(u64, f64); 5] = [(1, 90.0), (10, 110.0), (17, 100.0), (25, 112.0), (60, 78.0)];

/// What each measure does while the price makes its peaks: rises to the first, then goes nowhere near as high again.
#[derive(Clone, Copy, Default)]
struct Weak {
    line: bool,
    share: bool,
    rsi: bool,
}

/// The straight lines through these corners.
fn price(ordinal: u64) -> f64 {
    let at = PEAKS.partition_point(|(corner, _)| *corner < ordinal).max(1);
    let ((from, low), (to, high)) = (PEAKS[at - 1], PEAKS[at]);
    low + (high - low) * (ordinal - from) as f64 / (to - from) as f64
}

/// A session in which the price is as above, or upside down.
fn day(ordinal: u64, weak: Weak, mirrored: bool) -> Scan {
    let (first, rest) = (ordinal <= 10, |weak: bool, strong: usize, limp: usize| if weak { limp } else { strong });
    let up = if first { 14 } else { rest(weak.line, 14, 9) };
    let above = if first { 12 } else { rest(weak.share, 12, 10) };
    let (up, above) = if mirrored { (20 - up, 20 - above) } else { (up, above) };
    let row = |i: usize| {
        let moved = if i < up { flag::ADVANCE } else { flag::DECLINE };
        Row::with(moved | flag::have_sma(3) | if i < above { flag::above_sma(3) } else { 0 })
    };
    let mut scan = fixture::scan(ordinal, &(0..20).map(row).collect::<Vec<_>>());
    let close = if mirrored { 200.0 - price(ordinal) } else { price(ordinal) };
    let mut benchmark = fixture::benchmark("SPY", &[close]);
    (benchmark.high, benchmark.low) = (close + 0.5, close - 0.5);
    let rsi = if weak.rsi && !first { 60.0 } else { 70.0 };
    benchmark.rsi14 = Some(if mirrored { 100.0 - rsi } else { rsi });
    scan.benchmarks = vec![benchmark];
    scan
}

/// Divergences shown after each of the first 40 sessions.
fn fold(weak: Weak, mirrored: bool) -> Vec<Vec<Event>> {
    let mut chain = Chain::default();
    let shown = |ordinal| {
        let parts = chain.fold(&day(ordinal, weak, mirrored)).parts.unwrap();
        parts.divergence.benchmarks.into_iter().next().unwrap().divergences
    };
    (1..=40).map(shown).collect()
}

fn check(weak: Weak, measure: Measure) {
    for (mirrored, kind) in [(false, Kind::Bearish), (true, Kind::Bullish)] {
        let shown = fold(weak, mirrored);
        assert!(shown[..27].iter().all(Vec::is_empty), "{measure:?} before its confirmation");
        let event = &shown[27][0];
        assert_eq!((shown[27].len(), event.measure, event.kind), (1, measure, kind));
        assert_eq!(event.confirmed, session(28), "3 bars after the second pivot");
        assert_eq!((event.first.session, event.second.session), (session(10), session(25)));
        let prices = if mirrored { (89.5, 87.5) } else { (110.5, 112.5) };
        assert_eq!((event.first.price, event.second.price), prices);
        assert_eq!(event.first.value > event.second.value, kind == Kind::Bearish);
        assert!(shown[27..37].iter().all(|later| later == &shown[27]), "shown for 10 sessions, and never changed");
        assert!(shown[37].is_empty());
    }
}

#[test]
fn the_advance_decline_line_parts_from_the_price() {
    check(Weak { line: true, ..Weak::default() }, Measure::AdLine);
}

#[test]
fn the_share_above_the_50_day_average_parts_from_the_price() {
    check(Weak { share: true, ..Weak::default() }, Measure::AboveSma50Share);
}

#[test]
fn the_relative_strength_index_parts_from_the_price() {
    check(Weak { rsi: true, ..Weak::default() }, Measure::Rsi14);
}

#[test]
fn a_price_that_takes_everything_along_diverges_from_nothing() {
    assert!(fold(Weak::default(), false).iter().all(Vec::is_empty));
    assert!(fold(Weak::default(), true).iter().all(Vec::is_empty));
}

#[test]
fn what_comes_later_never_changes_what_was_shown() {
    let weak = Weak { line: true, share: true, rsi: true };
    let whole = fold(weak, false);
    for cut in 20..40_u64 {
        let mut chain = Chain::default();
        let days = (1..=cut).map(|ordinal| day(ordinal, weak, false));
        let last = days.map(|scan| chain.fold(&scan)).last().unwrap();
        let shown = &last.parts.unwrap().divergence.benchmarks[0].divergences;
        assert_eq!(shown, &whole[cut as usize - 1]);
        // Another future for the same past.
        let other = chain.fold(&day(cut + 1, weak, true)).parts.unwrap();
        assert!(other.divergence.benchmarks[0].divergences.iter().all(|event| event.confirmed <= session(cut + 1)));
    }
}

#[test]
fn a_breadth_that_cannot_be_trusted_measures_nothing() {
    let mut chain = Chain::default();
    let days = (1..=28).map(|ordinal| day(ordinal, Weak { line: true, rsi: true, ..Weak::default() }, false));
    let faulty = days.map(|mut scan| {
        if scan.ordinal == 25 {
            scan.listed = 100;
        }
        chain.fold(&scan)
    });
    let last = faulty.last().unwrap().parts.unwrap();
    let measures: Vec<_> = last.divergence.benchmarks[0].divergences.iter().map(|event| event.measure).collect();
    assert_eq!(measures, [Measure::Rsi14]);
}

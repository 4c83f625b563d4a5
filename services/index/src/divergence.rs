//! Divergences between a price and what stands behind it.
//!
//! A swing high above an earlier one, with the measure lower than it was there, is bearish; a swing low below an earlier
//! one, with the measure higher, is bullish (Murphy, Technical Analysis of the Financial Markets, 1999, chapter 10). The
//! earlier pivot is the nearest 5 to 60 sessions back that diverges, and no pivot in between may lie beyond the later
//! one: then that is not the higher high or lower low of the two.

use crate::{
    past::{Moment, Past},
    swings::{Pivot, Swings},
};
use bellwether_schemas::index::{self, Divergences, Event, Kind, Measure};
use std::cmp::Reverse;

/// Sessions between the two pivots.
const APART: std::ops::RangeInclusive<u32> = 5..=60;

/// Sessions for which a divergence is shown, the one of its confirmation included.
const SHOWN: u32 = 10;

const MEASURES: [Measure; 3] = [Measure::AdLine, Measure::AboveSma50Share, Measure::Rsi14];

/// Divergences shown at once: more would push a stored result over its limit of 16 kB.
const MOST: usize = 18;

/// A row per benchmark; beyond [`MOST`] the oldest divergences are left out, the last benchmarks' first.
pub(crate) fn part<'a>(swings: impl Iterator<Item = (&'a str, &'a Swings)>, past: &Past) -> Vec<Divergences> {
    let row = |(symbol, swings): (&str, _)| Divergences { symbol: symbol.to_owned(), divergences: shown(swings, past) };
    let mut rows: Vec<_> = swings.map(row).collect();
    while rows.iter().map(|row| row.divergences.len()).sum::<usize>() > MOST {
        let oldest = rows.iter_mut().rev().filter(|row| !row.divergences.is_empty());
        if let Some(row) = oldest.min_by_key(|row| row.divergences.last().map(|event| event.confirmed)) {
            row.divergences.pop();
        }
    }
    rows
}

/// The newest divergence of each measure that is shown in the last session of `past`, newest first.
///
/// Pivots alone decide, so the list is made anew each session and nothing of it is carried. A bar that completes both
/// kinds at once counts for the warning.
fn shown(swings: &Swings, past: &Past) -> Vec<Event> {
    let newest = |measure| {
        let sides = [(Kind::Bullish, &swings.lows), (Kind::Bearish, &swings.highs)];
        let each = sides.map(|(kind, pivots)| newest(kind, measure, pivots, past));
        each.into_iter().flatten().max_by_key(|event| event.confirmed)
    };
    let mut events: Vec<_> = MEASURES.into_iter().filter_map(newest).collect();
    events.sort_by_key(|event| Reverse(event.confirmed));
    events
}

fn newest(kind: Kind, measure: Measure, pivots: &[Pivot], past: &Past) -> Option<Event> {
    let shown = |pivot: &Pivot| past.folded.saturating_sub(pivot.confirmed) < SHOWN;
    (0..pivots.len())
        .rev()
        .take_while(|&at| shown(&pivots[at]))
        .find_map(|at| event(kind, measure, &pivots[..=at], past))
}

/// The divergence that the last of `pivots` completes.
fn event(kind: Kind, measure: Measure, pivots: &[Pivot], past: &Past) -> Option<Event> {
    let (second, earlier) = pivots.split_last()?;
    let value = |pivot: &Pivot| measured(measure, pivot, past.at(pivot.session)?);
    let now = value(second)?;
    for first in earlier.iter().rev() {
        let (apart, higher) = (second.session - first.session, second.price > first.price);
        let beyond = if kind == Kind::Bearish { higher } else { second.price < first.price };
        if apart > *APART.end() || !beyond {
            return None;
        }
        let Some(then) = value(first).filter(|_| APART.contains(&apart)) else { continue };
        let weaker = if kind == Kind::Bearish { now < then } else { now > then };
        if weaker {
            let confirmed = past.at(second.confirmed)?.session;
            let (first, second) = (pivot(first, then, past)?, pivot(second, now, past)?);
            return Some(Event { measure, kind, confirmed, first, second });
        }
    }
    None
}

fn measured(measure: Measure, pivot: &Pivot, moment: &Moment) -> Option<f64> {
    match measure {
        Measure::AdLine => moment.ad_line.map(|line| line as f64),
        Measure::AboveSma50Share => moment.above_share(),
        Measure::Rsi14 => pivot.rsi14,
    }
}

fn pivot(pivot: &Pivot, value: f64, past: &Past) -> Option<index::Pivot> {
    Some(index::Pivot { session: past.at(pivot.session)?.session, price: pivot.price, value })
}

#[cfg(test)]
mod tests {
    use super::*;
    use bellwether_schemas::fixture;

    /// Sessions 1 to `last`; the A-D line is what `line` says.
    fn past(last: u32, line: impl Fn(u32) -> i64) -> Past {
        (1..=last).fold(Past::default(), |past, number| {
            let scan = fixture::scan(number.into(), &fixture::moved(1, 0, 0));
            let mut moment = Moment::blank(&scan);
            moment.ad_line = Some(line(number));
            past.after(moment)
        })
    }

    fn pivots(pairs: &[(u32, f64)]) -> Vec<Pivot> {
        pairs.iter().map(|&(session, price)| Pivot { session, confirmed: session + 3, price, rsi14: None }).collect()
    }

    /// Sessions of the pivots of the divergence from a falling line that the last of these highs completes.
    fn bearish(pairs: &[(u32, f64)]) -> Option<(u32, u32)> {
        let last = pairs.last().map_or(0, |(session, _)| session + 3);
        let found = event(Kind::Bearish, Measure::AdLine, &pivots(pairs), &past(last, |n| -i64::from(n)))?;
        let number = |pivot: index::Pivot| -pivot.value as u32;
        Some((number(found.first), number(found.second)))
    }

    #[test]
    fn pivots_are_5_to_60_sessions_apart() {
        assert_eq!(bearish(&[(10, 1.0), (14, 2.0)]), None);
        assert_eq!(bearish(&[(10, 1.0), (15, 2.0)]), Some((10, 15)));
        assert_eq!(bearish(&[(10, 1.0), (70, 2.0)]), Some((10, 70)));
        assert_eq!(bearish(&[(10, 1.0), (71, 2.0)]), None);
    }

    #[test]
    fn the_nearest_diverging_pivot_counts_unless_one_between_lies_beyond() {
        assert_eq!(bearish(&[(10, 1.0), (20, 2.0), (30, 3.0)]), Some((20, 30)));
        assert_eq!(bearish(&[(10, 1.0), (27, 2.0), (30, 3.0)]), Some((10, 30)), "the nearest is too near");
        assert_eq!(bearish(&[(10, 1.0), (20, 4.0), (30, 3.0)]), None, "30 is no higher high after 20");
        assert_eq!(bearish(&[(10, 3.0), (30, 3.0)]), None, "as high is not higher");
    }

    #[test]
    fn a_nearer_pivot_that_agrees_does_not_hide_one_that_diverges() {
        let highs = pivots(&[(10, 1.0), (20, 2.0), (30, 3.0)]);
        let line = past(33, |n| [0, 9, 5, 7][n as usize / 10]);
        let found = event(Kind::Bearish, Measure::AdLine, &highs, &line).unwrap();
        assert_eq!((found.first.value, found.second.value), (9.0, 7.0));
    }

    #[test]
    fn a_measure_that_is_missing_names_no_divergence() {
        let highs = pivots(&[(10, 1.0), (20, 2.0)]);
        assert_eq!(event(Kind::Bearish, Measure::Rsi14, &highs, &past(23, |_| 0)), None);
        assert_eq!(event(Kind::Bearish, Measure::AboveSma50Share, &highs, &past(23, |_| 0)), None);
    }

    #[test]
    fn beyond_the_limit_the_oldest_of_the_last_benchmark_goes_first() {
        let past = past(23, |n| -i64::from(n));
        let row = |n: u32| {
            let mut swings = Swings::default();
            swings.highs = pivots(&[(10, 1.0), (20, 2.0)]);
            swings.highs[0].rsi14 = Some(70.0);
            swings.highs[1].rsi14 = Some(60.0);
            (format!("B{n:02}"), swings)
        };
        let rows: Vec<_> = (0..10).map(row).collect();
        let part = part(rows.iter().map(|(symbol, swings)| (symbol.as_str(), swings)), &past);
        let counts: Vec<_> = part.iter().map(|row| row.divergences.len()).collect();
        assert_eq!(counts, [2, 2, 2, 2, 2, 2, 2, 2, 2, 0]);
    }
}

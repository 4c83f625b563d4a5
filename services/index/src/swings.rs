//! Swing highs and lows of a benchmark.

use crate::past::KEPT;
use bellwether_schemas::scan::Benchmark;
use serde::{Deserialize, Serialize};

/// Bars on either side that a pivot stands out from.
const WING: usize = 3;

/// Pivots kept on either side; a market that swings every 6 sessions has as many within 60.
const NEWEST: usize = 10;

/// The last bars, and the pivots found so far, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Swings {
    /// The last [`WING`] bars, oldest first.
    #[serde(rename = "b")]
    bars: Vec<Extent>,
    #[serde(rename = "h")]
    pub(crate) highs: Vec<Pivot>,
    #[serde(rename = "l")]
    pub(crate) lows: Vec<Pivot>,
}

/// As much of a bar as a pivot is made of. Kept as a row of numbers, as is [`Pivot`]: there are hundreds of them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(from = "PackedExtent", into = "PackedExtent")]
pub(crate) struct Extent {
    session: u32,
    high: f64,
    low: f64,
    rsi14: Option<f64>,
    /// Its high is above those of the bars before, and not exceeded since.
    tops: bool,
    /// Its low is below those of the bars before, and not undercut since.
    bottoms: bool,
}

type PackedExtent = (u32, f64, f64, Option<f64>, bool, bool);

/// A bar whose high is above (or low below) those of 3 bars before, and not exceeded by those of 3 bars after.
///
/// Of a level top the first bar is one, so that it counts once.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(from = "PackedPivot", into = "PackedPivot")]
pub(crate) struct Pivot {
    /// Number of its session.
    pub(crate) session: u32,
    /// Number of the session of the third bar after it.
    pub(crate) confirmed: u32,
    /// High of the bar, or its low.
    pub(crate) price: f64,
    pub(crate) rsi14: Option<f64>,
}

/// The confirmation as sessions after the pivot: a byte in place of three.
type PackedPivot = (u32, u32, f64, Option<f64>);

impl Extent {
    pub(crate) fn of(benchmark: &Benchmark, session: u32) -> Self {
        let (high, low, rsi14) = (benchmark.high, benchmark.low, benchmark.rsi14);
        Self { session, high, low, rsi14, tops: false, bottoms: false }
    }

    /// What is left of the bar's standing after a later one.
    fn before(self, later: &Self) -> Self {
        Self { tops: self.tops && later.high <= self.high, bottoms: self.bottoms && later.low >= self.low, ..self }
    }

    fn pivot(&self, price: f64, confirmed: u32) -> Pivot {
        Pivot { session: self.session, confirmed, price, rsi14: self.rsi14 }
    }
}

impl Swings {
    /// The swings with one more bar, which may confirm a pivot 3 bars before it.
    pub(crate) fn after(&self, mut bar: Extent) -> Self {
        let whole = self.bars.len() == WING;
        bar.tops = whole && self.bars.iter().all(|earlier| earlier.high < bar.high);
        bar.bottoms = whole && self.bars.iter().all(|earlier| earlier.low > bar.low);
        let mut bars: Vec<_> = self.bars.iter().map(|earlier| earlier.before(&bar)).chain([bar]).collect();
        let due = whole.then(|| bars.remove(0));
        let (top, bottom) = (due.filter(|bar| bar.tops), due.filter(|bar| bar.bottoms));
        Self {
            highs: with(&self.highs, top.map(|top| top.pivot(top.high, bar.session)), bar.session),
            lows: with(&self.lows, bottom.map(|bottom| bottom.pivot(bottom.low, bar.session)), bar.session),
            bars,
        }
    }
}

/// The pivots that still matter in session number `now`.
fn with(pivots: &[Pivot], found: Option<Pivot>, now: u32) -> Vec<Pivot> {
    let recent = pivots.iter().filter(|pivot| now - pivot.session < KEPT as u32);
    let mut recent: Vec<_> = recent.copied().chain(found).collect();
    recent.drain(..recent.len().saturating_sub(NEWEST));
    recent
}

impl From<PackedExtent> for Extent {
    fn from((session, high, low, rsi14, tops, bottoms): PackedExtent) -> Self {
        Self { session, high, low, rsi14, tops, bottoms }
    }
}

impl From<Extent> for PackedExtent {
    fn from(bar: Extent) -> Self {
        (bar.session, bar.high, bar.low, bar.rsi14, bar.tops, bar.bottoms)
    }
}

impl From<PackedPivot> for Pivot {
    fn from((session, later, price, rsi14): PackedPivot) -> Self {
        Self { session, confirmed: session.saturating_add(later), price, rsi14 }
    }
}

impl From<Pivot> for PackedPivot {
    fn from(pivot: Pivot) -> Self {
        (pivot.session, pivot.confirmed - pivot.session, pivot.price, pivot.rsi14)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bellwether_schemas::fixture;

    fn fold(mids: &[f64]) -> Swings {
        let bar = |(session, mid): (u32, &f64)| {
            let mut benchmark = fixture::benchmark("SPY", &[10.0]);
            (benchmark.high, benchmark.low) = (mid + 1.0, mid - 1.0);
            Extent::of(&benchmark, session)
        };
        (1..).zip(mids).map(bar).fold(Swings::default(), |swings, bar| swings.after(bar))
    }

    fn found(pivots: &[Pivot]) -> Vec<(u32, u32, f64)> {
        pivots.iter().map(|pivot| (pivot.session, pivot.confirmed, pivot.price)).collect()
    }

    #[test]
    fn a_pivot_is_known_three_bars_later_and_not_before() {
        let mids = [1.0, 2.0, 3.0, 4.0, 3.0, 2.0, 1.0, 2.0, 3.0, 4.0];
        assert!(fold(&mids[..6]).highs.is_empty());
        assert_eq!(found(&fold(&mids[..7]).highs), [(4, 7, 5.0)]);
        assert!(fold(&mids[..9]).lows.is_empty());
        assert_eq!(found(&fold(&mids).lows), [(7, 10, 0.0)]);
    }

    #[test]
    fn a_level_top_counts_once_and_a_level_price_never() {
        assert_eq!(found(&fold(&[1.0, 2.0, 3.0, 4.0, 4.0, 3.0, 2.0, 1.0]).highs), [(4, 7, 5.0)]);
        let level = fold(&[5.0; 40]);
        assert!(level.highs.is_empty() && level.lows.is_empty());
    }

    #[test]
    fn old_pivots_are_forgotten_and_there_are_never_many() {
        let zigzag: Vec<f64> = (0..400).map(|i| f64::from((i % 4_i32 - 2).abs())).collect();
        let swings = fold(&zigzag);
        assert_eq!((swings.highs.len(), swings.lows.len()), (NEWEST, NEWEST));
        let after: Vec<f64> = zigzag.iter().copied().chain((0..KEPT).map(|i| 9.0 + i as f64)).collect();
        assert!(fold(&after).highs.is_empty());
    }
}

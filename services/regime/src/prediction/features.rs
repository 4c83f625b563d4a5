//! What the logistic forecaster knows of a session.

use super::benchmark;
use bellwether_schemas::{
    Scan,
    scan::{Benchmark, flag},
};

/// How many there are.
pub(super) const FEATURES: usize = 7;

/// Share of long hits, the same smoothed, advancing share, share above SMA50, distance of the benchmark to its SMA50 and
/// its SMA200, its 20-session volatility. What is not known is `None`.
pub(super) type Features = [Option<f64>; FEATURES];

/// Places of SMA50 and SMA200 in [`bellwether_schemas::scan::SMA_SPANS`].
const AT_50: usize = 3;
const AT_200: usize = 5;

/// Distances to an average are cut here: further off is a bad price, not a market.
const FURTHEST: f64 = 1.0;

/// Volatilities of a day are cut here.
const WILDEST: f64 = 0.25;

/// Those of a scan; `smoothed_share` and `volatility` come from the sessions so far, this one included.
pub(super) fn of(scan: &Scan, smoothed_share: Option<f64>, volatility: Option<f64>) -> Features {
    let (long, short) = scan.hit_counts();
    let symbols = Symbols::of(scan);
    let market = benchmark::choose(&scan.benchmarks);
    [
        share(long, long + short),
        smoothed_share,
        share(symbols.advancing, scan.flags.len() as u32).filter(|_| symbols.compared > 0),
        share(symbols.above_sma50, symbols.have_sma50),
        market.and_then(|market| distance(market, AT_50)),
        market.and_then(|market| distance(market, AT_200)),
        volatility.map(|volatility| volatility.min(WILDEST)),
    ]
}

fn share(part: u32, whole: u32) -> Option<f64> {
    (whole > 0).then(|| f64::from(part) / f64::from(whole))
}

/// How many of a scan's symbols did what.
#[derive(Default)]
struct Symbols {
    advancing: u32,
    compared: u32,
    have_sma50: u32,
    above_sma50: u32,
}

impl Symbols {
    /// Counted in one pass without branches, as there are thousands.
    fn of(scan: &Scan) -> Self {
        let (compared, have) = (flag::ADVANCE | flag::DECLINE | flag::UNCHANGED, flag::have_sma(AT_50));
        let above = have | flag::above_sma(AT_50);
        scan.flags.iter().fold(Self::default(), |mut sum, flags| {
            sum.advancing += u32::from(flags & flag::ADVANCE != 0);
            sum.compared += u32::from(flags & compared != 0);
            sum.have_sma50 += u32::from(flags & have != 0);
            sum.above_sma50 += u32::from(flags & above == above);
            sum
        })
    }
}

fn distance(market: &Benchmark, at: usize) -> Option<f64> {
    let sma = market.sma.get(at).copied().flatten().filter(|sma| *sma > 0.0)?;
    Some((market.close / sma - 1.0).clamp(-FURTHEST, FURTHEST))
}

#[cfg(test)]
mod tests {
    use super::*;
    use bellwether_schemas::{
        fixture::{Row, scan, with_hits},
        scan::SMA_SPANS,
    };

    #[test]
    fn each_is_what_its_name_says() {
        let above = flag::ADVANCE | flag::have_sma(3) | flag::above_sma(3);
        let below = flag::DECLINE | flag::have_sma(3);
        let rows = [above, above, above, below, flag::UNCHANGED].map(Row::with);
        let mut scan = with_hits(scan(1, &rows), 3, 1);
        let mut spy = benchmark::fixture("SPY", 110.0, Some(100.0));
        (spy.sma[3], spy.sma[5]) = (Some(100.0), Some(55.0));
        scan.benchmarks = vec![spy];
        let found = of(&scan, Some(0.5), Some(0.01)).map(Option::unwrap);
        let expected = [0.75, 0.5, 0.6, 0.75, 0.1, 1.0, 0.01];
        assert!(found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-12), "{found:?}");
    }

    #[test]
    fn averages_stand_where_they_are_looked_for() {
        assert_eq!((SMA_SPANS[AT_50], SMA_SPANS[AT_200]), (50, 200));
    }

    #[test]
    fn what_is_not_known_is_missing_not_zero() {
        assert_eq!(of(&scan(1, &[Row::with(0)]), None, None), [None; FEATURES]);
    }
}

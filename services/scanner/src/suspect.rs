//! Bars that are kept though they are implausible.

use bellwether_schemas::bars::Bar;
use std::fmt;

/// Why a bar is implausible.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Suspicion {
    HighBelow(&'static str),
    LowAbove(&'static str),
    ZeroPrice(&'static str),
    Slip { ratio: f64, factor: f64 },
    Split { ratio: f64, factor: f64 },
}

/// Factors of a decimal slip.
const SLIPS: [f64; 2] = [10.0, 100.0];
/// Factors of the splits and reverse splits in use.
const SPLITS: [f64; 16] = [1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 10.0, 15.0, 20.0, 25.0, 30.0, 50.0, 100.0];
/// How near is near, as a share of the factor's logarithm: what a split leaves to the day's own move grows with it.
const NEAR: f64 = 0.1;
/// No factor lies nearer to 1 than this, so most bars need no logarithm.
const PLAUSIBLE: f64 = 1.4;

/// The first thing wrong with an eligible bar, against the close before it where there is one.
#[inline]
pub(crate) fn suspicion(bar: &Bar, previous_close: Option<f64>) -> Option<Suspicion> {
    misshapen(bar).or_else(|| jump(bar, previous_close?))
}

/// Prices of one bar that contradict each other.
#[inline]
fn misshapen(bar: &Bar) -> Option<Suspicion> {
    let Bar { open, high, low, close, .. } = *bar;
    if open > 0.0 && low > 0.0 && high >= open && high >= close && low <= open && low <= close {
        return None;
    }
    let zero = [("open", open), ("high", high), ("low", low)].into_iter().find(|(_, price)| *price == 0.0);
    if let Some((field, _)) = zero {
        return Some(Suspicion::ZeroPrice(field));
    }
    Some(match () {
        () if high < open => Suspicion::HighBelow("open"),
        () if high < close => Suspicion::HighBelow("close"),
        () if low > open => Suspicion::LowAbove("open"),
        () => Suspicion::LowAbove("close"),
    })
}

/// A close that looks like the one before with the point moved, or like a split nobody applied.
///
/// A slip may be in the close alone. A split moves the whole bar: it must open off by the factor as well and nowhere
/// reach the close before, or every crash would hold splits.
#[inline]
fn jump(bar: &Bar, previous_close: f64) -> Option<Suspicion> {
    let ratio = bar.close / previous_close;
    if (1.0 / PLAUSIBLE..=PLAUSIBLE).contains(&ratio) {
        return None;
    }
    let near = |ratio: f64, factor: f64| {
        let (distance, size) = (libm::fabs(libm::log(ratio)), libm::log(factor));
        libm::fabs(distance - size) <= NEAR * size
    };
    if let Some(factor) = SLIPS.into_iter().find(|&factor| near(ratio, factor)) {
        return Some(Suspicion::Slip { ratio, factor });
    }
    let opened = bar.open / previous_close;
    let apart = (opened > 1.0) == (ratio > 1.0) && (bar.low > previous_close || bar.high < previous_close);
    let factor = SPLITS.into_iter().find(|&factor| apart && near(ratio, factor) && near(opened, factor))?;
    Some(Suspicion::Split { ratio, factor })
}

impl fmt::Display for Suspicion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HighBelow(field) => write!(f, "high below {field}"),
            Self::LowAbove(field) => write!(f, "low above {field}"),
            Self::ZeroPrice(field) => write!(f, "{field} is 0 beside a sound close"),
            Self::Slip { ratio, factor } => {
                write!(f, "close is {ratio:.4} of the one before, near a decimal slip of {factor}")
            }
            Self::Split { ratio, factor } => {
                write!(f, "close is {ratio:.4} of the one before, near a split of {factor}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(open: f64, high: f64, low: f64, close: f64) -> Bar {
        Bar { open, high, low, close, volume: 1.0 }
    }

    #[test]
    fn prices_that_contradict_each_other_are_named() {
        let said = |bar| suspicion(&bar, None).map(|found| found.to_string());
        assert_eq!(said(bar(10.0, 11.0, 9.0, 10.5)), None);
        assert_eq!(said(bar(10.0, 10.2, 9.0, 10.5)).unwrap(), "high below close");
        assert_eq!(said(bar(12.0, 11.0, 9.0, 10.5)).unwrap(), "high below open");
        assert_eq!(said(bar(10.0, 11.0, 10.1, 10.5)).unwrap(), "low above open");
        assert_eq!(said(bar(10.0, 11.0, 9.9, 9.5)).unwrap(), "low above close");
        assert_eq!(said(bar(0.0, 11.0, 9.9, 10.5)).unwrap(), "open is 0 beside a sound close");
        assert_eq!(said(bar(10.0, 11.0, 0.0, 10.5)).unwrap(), "low is 0 beside a sound close");
    }

    #[test]
    fn a_slip_of_the_close_alone_is_seen() {
        let found = suspicion(&bar(100.0, 101.0, 10.0, 10.1), Some(100.0));
        assert!(matches!(found, Some(Suspicion::Slip { factor: 10.0, .. })), "{found:?}");
    }

    #[test]
    fn a_split_moves_the_whole_bar() {
        let split = bar(50.5, 51.0, 49.0, 50.0);
        assert!(matches!(suspicion(&split, Some(100.0)), Some(Suspicion::Split { factor: 2.0, .. })));
        let crash = bar(95.0, 96.0, 48.0, 50.0);
        assert_eq!(suspicion(&crash, Some(100.0)), None);
    }

    #[test]
    fn an_extreme_ratio_is_no_split() {
        assert_eq!(suspicion(&bar(1e-300, 1e-300, 1e-300, 1e-300), Some(1e300)), None);
    }
}

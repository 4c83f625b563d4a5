//! Golden and death cross: SMA50 against SMA200.

use crate::averages::{compare, sma};
use bellwether_schemas::{
    index::{Cross, CrossKind},
    scan::Benchmark,
};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// Places of both in `SMA_SPANS`.
const SMA50: usize = 3;
const SMA200: usize = 5;

/// Whether SMA50 is above, and the number of the session in which that last changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Crossing {
    #[serde(rename = "a")]
    above: Option<bool>,
    #[serde(rename = "l")]
    last: Option<u32>,
}

impl Crossing {
    /// With the bar of session number `now`. Averages that only touch have not crossed.
    pub(crate) fn after(self, benchmark: &Benchmark, now: u32) -> Self {
        let averages = sma(benchmark, SMA50).zip(sma(benchmark, SMA200));
        let above = match averages.map(|(fast, slow)| compare(fast, slow)) {
            Some(Ordering::Greater) => true,
            Some(Ordering::Less) => false,
            Some(Ordering::Equal) | None => return self,
        };
        let crossed = self.above.is_some_and(|before| before != above);
        Self { above: Some(above), last: if crossed { Some(now) } else { self.last } }
    }

    /// The last cross as seen from session number `now`.
    pub(crate) fn part(self, now: u32, bars: u32) -> Result<Cross, String> {
        let (Some(above), Some(last)) = (self.above, self.last) else {
            let young = bars < 201;
            return Err(if young { format!("{bars} of 201 bars") } else { "no cross so far".to_owned() });
        };
        let kind = if above { CrossKind::Golden } else { CrossKind::Death };
        Ok(Cross { kind, sessions: now.saturating_sub(last) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bellwether_schemas::fixture;

    fn fold(pairs: &[(f64, f64)]) -> Result<Cross, String> {
        let bar = |&(fast, slow): &(f64, f64)| {
            let mut benchmark = fixture::benchmark("SPY", &[10.0]);
            (benchmark.sma[SMA50], benchmark.sma[SMA200]) = (Some(fast), Some(slow));
            benchmark
        };
        let crossing =
            (1..).zip(pairs).fold(Crossing::default(), |crossing, (now, pair)| crossing.after(&bar(pair), now));
        crossing.part(pairs.len() as u32, 300)
    }

    #[test]
    fn a_cross_is_dated_by_the_bar_that_completes_it() {
        assert_eq!(fold(&[(1.0, 2.0), (3.0, 2.0)]), Ok(Cross { kind: CrossKind::Golden, sessions: 0 }));
        assert_eq!(fold(&[(3.0, 2.0), (1.0, 2.0), (1.0, 2.0)]), Ok(Cross { kind: CrossKind::Death, sessions: 1 }));
    }

    #[test]
    fn the_first_order_and_a_touch_are_no_cross() {
        assert_eq!(fold(&[(3.0, 2.0)]), Err("no cross so far".to_owned()));
        assert_eq!(fold(&[(3.0, 2.0), (2.0, 2.0), (3.0, 2.0)]), Err("no cross so far".to_owned()));
        assert_eq!(fold(&[(3.0, 2.0), (2.0, 2.0), (1.0, 2.0)]), Ok(Cross { kind: CrossKind::Death, sessions: 0 }));
    }
}

//! How good the advice was.
//!
//! Growth of the logarithm of equity, the measure Kelly's fraction maximises: the sum of ln(1 + f·R) over the outcomes
//! of the hits advice was given for, with the f that was known when the hit was scanned. Trades of one day are not
//! independent and not one after the other; the sum tells rules apart, it is not what an account would have made.

use crate::{
    Known,
    stands::{Advice, Stand},
    tally,
};
use bellwether_schemas::{position, scan::Outcome};
use bellwether_worker::split;
use serde::{Deserialize, Serialize};

/// Share of equity that the plain rule risks.
const FIXED: f64 = 0.01;

#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Score {
    n: u64,
    half_kelly: Growth,
    full_kelly: Growth,
    fixed: Growth,
    advised: Growth,
}

/// ln of what 1 has become; null once nothing was left.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Growth(Option<f64>);

impl Default for Growth {
    fn default() -> Self {
        Self(Some(0.0))
    }
}

impl Growth {
    fn book(&mut self, fraction: f64, r: f64) {
        let change = fraction * r;
        self.0 = self.0.filter(|_| change > -1.0).map(|log| log + libm::log1p(change));
    }

    fn known(self, n: u64) -> Known<f64> {
        if n == 0 {
            return Err("no outcome of an advised side yet".to_owned());
        }
        self.0.ok_or_else(|| "an outcome lost all of the equity".to_owned())
    }
}

impl Score {
    /// Books an outcome if its side was the advised one when the hit was scanned.
    pub(crate) fn book(&mut self, outcome: &Outcome, stand: Option<Stand>) {
        let Some(Advice(side, kelly, advised)) = stand.and_then(|stand| stand.advice) else { return };
        if side != outcome.side {
            return;
        }
        let r = tally::counted(outcome.r);
        self.n += 1;
        self.half_kelly.book(0.5 * kelly, r);
        self.full_kelly.book(kelly, r);
        self.fixed.book(FIXED, r);
        self.advised.book(advised, r);
    }

    pub(crate) fn part(&self) -> position::Score {
        let known = |growth: Growth| split(growth.known(self.n));
        let (half_kelly, half_kelly_reason) = known(self.half_kelly);
        let (full_kelly, full_kelly_reason) = known(self.full_kelly);
        let (fixed_1pct, fixed_1pct_reason) = known(self.fixed);
        let (advised, advised_reason) = known(self.advised);
        let (nothing, nothing_reason) = known(Growth::default());
        position::Score {
            half_kelly,
            half_kelly_reason,
            full_kelly,
            full_kelly_reason,
            fixed_1pct,
            fixed_1pct_reason,
            advised,
            advised_reason,
            nothing,
            nothing_reason,
            n: self.n,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bellwether_schemas::{
        Side,
        fixture::{session, symbol},
        regime::Class,
        scan::Exit,
    };

    fn outcome(side: Side, r: f64) -> Outcome {
        let (hit_session, exit_session) = (session(1), session(2));
        let symbol = symbol("A");
        Outcome {
            symbol,
            side,
            hit_ordinal: 1,
            hit_session,
            exit_session,
            exit: Exit::Time,
            r,
            stop_share: 0.1,
            held: 1,
        }
    }

    fn advised(kelly: f64, size: f64) -> Option<Stand> {
        Some(Stand { class: Class::Uptrend, advice: Some(Advice(Side::Long, kelly, size)) })
    }

    #[test]
    fn growth_is_the_sum_of_logarithms() {
        let mut score = Score::default();
        score.book(&outcome(Side::Long, 2.0), advised(0.2, 0.02));
        score.book(&outcome(Side::Long, -1.0), advised(0.1, 0.01));
        let part = score.part();
        let near = |value: Option<f64>, product: f64| (value.unwrap() - libm::log(product)).abs() < 1e-15;
        assert!(near(part.full_kelly, 1.4 * 0.9) && near(part.half_kelly, 1.2 * 0.95));
        assert!(near(part.fixed_1pct, 1.02 * 0.99) && near(part.advised, 1.04 * 0.99));
        assert_eq!((part.nothing, part.n), (Some(0.0), 2));
    }

    #[test]
    fn hits_without_advice_and_of_the_other_side_are_not_scored() {
        let mut score = Score::default();
        score.book(&outcome(Side::Short, 2.0), advised(0.2, 0.02));
        score.book(&outcome(Side::Long, 2.0), Some(Stand { class: Class::Uptrend, advice: None }));
        score.book(&outcome(Side::Long, 2.0), None);
        assert_eq!((score.part().n, score.part().nothing), (0, None));
    }

    #[test]
    fn equity_that_is_gone_does_not_come_back() {
        let mut score = Score::default();
        score.book(&outcome(Side::Long, -5.0), advised(0.2, 0.02));
        score.book(&outcome(Side::Long, 5.0), advised(0.2, 0.02));
        let part = score.part();
        assert_eq!(part.full_kelly_reason.as_deref(), Some("an outcome lost all of the equity"));
        assert!(part.half_kelly.is_some() && part.advised.is_some());
    }
}

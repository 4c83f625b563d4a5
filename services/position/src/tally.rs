//! Outcomes counted.

use crate::Known;
use serde::{Deserialize, Serialize};

/// No trade gains or loses so many times what it risked: beyond it a price was wrong, and sums stay finite.
const MOST_R: f64 = 1e6;

/// An outcome's R as it is counted everywhere.
pub(crate) fn counted(r: f64) -> f64 {
    r.clamp(-MOST_R, MOST_R)
}

/// Outcomes of a kind; sums run in the order of the scans and, within one, of its outcomes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Tally {
    pub(crate) n: u64,
    pub(crate) wins: u64,
    /// Sum of R over the wins.
    won: f64,
    /// Sum of −R over the others.
    lost: f64,
}

impl Tally {
    pub(crate) fn book(&mut self, r: f64) {
        let r = counted(r);
        self.n += 1;
        if r > 0.0 {
            self.wins += 1;
            self.won += r;
        } else {
            self.lost -= r;
        }
    }

    pub(crate) fn losses(&self) -> u64 {
        self.n.saturating_sub(self.wins)
    }

    pub(crate) fn win_rate(&self) -> Known<f64> {
        if self.n == 0 {
            return Err("no outcome yet".to_owned());
        }
        Ok(self.wins as f64 / self.n as f64)
    }

    pub(crate) fn mean_win(&self) -> Known<f64> {
        self.win_rate()?;
        if self.wins == 0 {
            return Err("no win yet".to_owned());
        }
        Ok(self.won / self.wins as f64)
    }

    /// An outcome of exactly 0 R is a loss of nothing, so that the edge is the mean R.
    pub(crate) fn mean_loss(&self) -> Known<f64> {
        self.win_rate()?;
        if self.lost <= 0.0 {
            return Err("no loss yet".to_owned());
        }
        Ok(self.lost / self.losses() as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(results: &[f64]) -> Tally {
        let mut tally = Tally::default();
        results.iter().for_each(|r| tally.book(*r));
        tally
    }

    #[test]
    fn wins_and_losses_are_told_apart_at_zero() {
        let tally = of(&[2.0, 1.0, -1.0, 0.0]);
        assert_eq!((tally.n, tally.wins, tally.losses()), (4, 2, 2));
        assert_eq!((tally.win_rate(), tally.mean_win(), tally.mean_loss()), (Ok(0.5), Ok(1.5), Ok(0.5)));
    }

    #[test]
    fn what_has_not_happened_has_no_mean() {
        assert_eq!(of(&[]).win_rate(), Err("no outcome yet".to_owned()));
        assert_eq!(of(&[-1.0]).mean_win(), Err("no win yet".to_owned()));
        assert_eq!(of(&[1.0, 0.0]).mean_loss(), Err("no loss yet".to_owned()));
    }

    #[test]
    fn impossible_results_stay_finite() {
        let tally = of(&[f64::MAX, f64::MAX, -f64::MAX]);
        assert_eq!((tally.mean_win(), tally.mean_loss()), (Ok(MOST_R), Ok(MOST_R)));
    }
}

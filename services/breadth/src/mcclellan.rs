//! McClellan oscillator and summation index of ratio-adjusted net advances.
//!
//! Source: S. and M. McClellan, Patterns for Profit (1970); ratio adjustment as in T. McClellan's later publications.

use serde::{Deserialize, Serialize};

const ALPHA19: f64 = 0.10;
const ALPHA39: f64 = 0.05;

/// Both averages, seeded with the first RANA, and the running sum of their difference.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Mcclellan {
    pub(crate) ema19: f64,
    pub(crate) ema39: f64,
    pub(crate) summation: f64,
    first: f64,
}

/// Ratio-adjusted net advances, 1000 · (A − D)/(A + D).
pub(crate) fn rana(advances: u32, declines: u32) -> Result<f64, String> {
    let (advances, declines) = (f64::from(advances), f64::from(declines));
    if advances + declines == 0.0 {
        return Err("no symbol advanced or declined".to_owned());
    }
    Ok(1000.0 * (advances - declines) / (advances + declines))
}

impl Mcclellan {
    pub(crate) fn fold(before: Option<Self>, rana: f64) -> Self {
        let Some(before) = before else {
            return Self { ema19: rana, ema39: rana, summation: 0.0, first: rana };
        };
        let ema19 = before.ema19 + ALPHA19 * (rana - before.ema19);
        let ema39 = before.ema39 + ALPHA39 * (rana - before.ema39);
        Self { ema19, ema39, summation: before.summation + (ema19 - ema39), first: before.first }
    }

    pub(crate) fn oscillator(&self) -> f64 {
        self.ema19 - self.ema39
    }

    /// The summation index without the sum, from the averages alone.
    fn closed_form(&self) -> f64 {
        self.oscillator() - 10.0 * self.ema19 + 20.0 * self.ema39 - 10.0 * self.first
    }

    /// What the running sum and its closed form differ by, if it is more than rounding.
    pub(crate) fn drift(&self) -> Option<f64> {
        let drift = self.summation - self.closed_form();
        (drift.abs() > 1e-6 * (1.0 + self.summation.abs())).then_some(drift)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fold(ranas: impl IntoIterator<Item = f64>) -> Option<Mcclellan> {
        ranas.into_iter().fold(None, |before, rana| Some(Mcclellan::fold(before, rana)))
    }

    #[test]
    fn the_first_session_seeds_both_averages_and_the_sum_starts_at_zero() {
        let first = fold([513.0]).unwrap();
        assert_eq!((first.ema19, first.ema39, first.oscillator(), first.summation), (513.0, 513.0, 0.0, 0.0));
    }

    #[test]
    fn three_sessions_by_hand() {
        let third = fold([100.0, -100.0, 300.0]).unwrap();
        // 100, 80, 102 and 100, 90, 100.5: oscillators 0, −10, 1.5.
        assert!((third.ema19 - 102.0).abs() < 1e-12);
        assert!((third.ema39 - 100.5).abs() < 1e-12);
        assert!((third.summation + 8.5).abs() < 1e-12);
    }

    #[test]
    fn the_running_sum_keeps_to_its_closed_form_over_forty_years() {
        let last = fold((0..10_000).map(|i| f64::from(i * 7919 % 2001 - 1000))).unwrap();
        assert_eq!(last.drift(), None);
        assert!((last.summation - last.closed_form()).abs() < 1e-7);
    }

    #[test]
    fn a_lost_session_shows() {
        let mut state = fold([100.0, -300.0, 200.0]).unwrap();
        state.summation -= 10.0;
        assert!(state.drift().is_some());
    }

    #[test]
    fn without_advances_and_declines_there_is_no_rana() {
        assert!(rana(0, 0).is_err());
        assert_eq!(rana(3, 1), Ok(500.0));
    }
}

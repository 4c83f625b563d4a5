use serde::{Deserialize, Serialize};

/// Weight of the past.
const LAMBDA: f64 = 0.94;

/// Returns whose sample variance the average starts from.
const SEED: u32 = 20;

/// Sessions of a year.
const YEAR: f64 = 252.0;

/// Exponentially weighted volatility of daily log returns, σ² = 0.94·σ² + 0.06·r², seeded with the variance (n − 1)
/// of the first 20.
///
/// Source: J.P. Morgan/Reuters, RiskMetrics Technical Document (1996), 5.2. The seed is gathered by Welford's method
/// (Technometrics 4, 1962).
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "(u32, f64, f64)", into = "(u32, f64, f64)")]
pub struct Volatility {
    returns: u32,
    mean: f64,
    /// Sum of squared deviations while the seed is gathered, then σ² per session.
    square: f64,
}

impl Volatility {
    /// The estimate with one more session, from its close to the one before, both finite and above 0.
    #[must_use]
    pub fn after(self, previous_close: f64, close: f64) -> Self {
        // Not the logarithm of the quotient: that one overflows.
        let change = libm::log(close) - libm::log(previous_close);
        let returns = self.returns.saturating_add(1);
        if returns > SEED {
            let square = LAMBDA * self.square + (1.0 - LAMBDA) * change * change;
            return Self { returns, square, ..self };
        }
        let mean = self.mean + (change - self.mean) / f64::from(returns);
        let sum = self.square + (change - self.mean) * (change - mean);
        let square = if returns == SEED { sum / f64::from(SEED - 1) } else { sum };
        Self { returns, mean, square }
    }

    /// Volatility of a year of 252 sessions, a fraction: 0.15 is 15 %.
    ///
    /// # Errors
    /// Says how many returns there are while the seed is gathered.
    pub fn annual(&self) -> Result<f64, String> {
        if self.returns < SEED {
            return Err(format!("{} of {SEED} returns", self.returns));
        }
        Ok(libm::sqrt(self.square * YEAR))
    }
}

impl From<(u32, f64, f64)> for Volatility {
    fn from((returns, mean, square): (u32, f64, f64)) -> Self {
        Self { returns, mean, square }
    }
}

impl From<Volatility> for (u32, f64, f64) {
    fn from(volatility: Volatility) -> Self {
        (volatility.returns, volatility.mean, volatility.square)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Closes whose log returns alternate between +1 % and −1 %.
    fn after(returns: u32) -> Volatility {
        let close = |i: u32| if i.is_multiple_of(2) { 100.0 } else { 100.0 * libm::exp(0.01) };
        (0..returns).fold(Volatility::default(), |volatility, i| volatility.after(close(i), close(i + 1)))
    }

    #[test]
    fn it_starts_as_the_sample_variance_of_twenty_returns() {
        assert_eq!(after(19).annual(), Err("19 of 20 returns".to_owned()));
        let expected = libm::sqrt(20.0 * 0.0001 / 19.0 * 252.0);
        assert!((after(20).annual().unwrap() - expected).abs() < 1e-12);
    }

    #[test]
    fn a_further_return_weighs_six_percent() {
        let next = after(20).after(100.0, 100.0 * libm::exp(0.03));
        let expected = libm::sqrt((0.94 * 20.0 * 0.0001 / 19.0 + 0.06 * 0.0009) * 252.0);
        assert!((next.annual().unwrap() - expected).abs() < 1e-12);
    }

    #[test]
    fn a_price_that_never_moves_has_none_and_an_absurd_one_stays_finite() {
        let still = (0..30).fold(Volatility::default(), |volatility, _| volatility.after(5.0, 5.0));
        assert_eq!(still.annual(), Ok(0.0));
        let wild = |i: u32| if i.is_multiple_of(2) { 5e-324 } else { f64::MAX };
        let wild = (0..90).fold(Volatility::default(), |volatility, i| volatility.after(wild(i), wild(i + 1)));
        assert!(wild.annual().unwrap().is_finite());
    }
}

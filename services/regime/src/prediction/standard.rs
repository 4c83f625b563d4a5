use super::features::{FEATURES, Features};
use serde::{Deserialize, Serialize};

/// Values of a feature before it is used: with fewer, its deviation is a guess.
const ENOUGH: u32 = 20;

/// Deviations from the mean are cut here, so that one bad price cannot turn the weights round.
const FURTHEST: f64 = 4.0;

/// Running mean and variance of each feature, of the sessions so far only.
///
/// Source: B. P. Welford, Technometrics 4 (1962).
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Standard([Moments; FEATURES]);

#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
struct Moments {
    n: u32,
    mean: f64,
    squares: f64,
}

impl Standard {
    pub(super) fn learn(&mut self, features: &Features) {
        for (moments, value) in self.0.iter_mut().zip(features) {
            if let Some(value) = value {
                moments.learn(*value);
            }
        }
    }

    /// Each feature in standard deviations from its mean. A missing one is its mean, 0: it says nothing either way.
    pub(super) fn scores(&self, features: &Features) -> [f64; FEATURES] {
        std::array::from_fn(|at| features[at].and_then(|value| self.0[at].score(value)).unwrap_or(0.0))
    }
}

impl Moments {
    fn learn(&mut self, value: f64) {
        self.n = self.n.saturating_add(1);
        let off = value - self.mean;
        self.mean += off / f64::from(self.n);
        self.squares += off * (value - self.mean);
    }

    fn score(&self, value: f64) -> Option<f64> {
        let deviation = (self.squares / f64::from(self.n.max(2) - 1)).sqrt();
        let known = self.n >= ENOUGH && deviation > 1e-9;
        known.then(|| ((value - self.mean) / deviation).clamp(-FURTHEST, FURTHEST))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(values: impl IntoIterator<Item = f64>) -> Standard {
        let mut standard = Standard::default();
        values.into_iter().for_each(|value| standard.learn(&[Some(value); FEATURES]));
        standard
    }

    #[test]
    fn scores_are_in_sample_standard_deviations() {
        let standard = after((0..21).map(f64::from));
        let deviation = 38.5_f64.sqrt();
        assert!((standard.scores(&[Some(13.0); FEATURES])[0] - 3.0 / deviation).abs() < 1e-12);
        assert_eq!(standard.scores(&[Some(1e9); FEATURES]), [FURTHEST; FEATURES]);
    }

    #[test]
    fn too_few_constant_or_missing_values_say_nothing() {
        assert_eq!(after([0.0, 1.0]).scores(&[Some(5.0); FEATURES]), [0.0; FEATURES]);
        assert_eq!(after([0.5; 50]).scores(&[Some(5.0); FEATURES]), [0.0; FEATURES]);
        assert_eq!(after((0..50).map(f64::from)).scores(&[None; FEATURES]), [0.0; FEATURES]);
    }
}

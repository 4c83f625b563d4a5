use super::{Probabilities, score};
use bellwether_schemas::regime::{Class, ReliabilityBin};
use serde::{Deserialize, Serialize};

const BINS: usize = 10;

/// Running scores of one forecaster.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Tally {
    pub(super) n: u64,
    rps: f64,
    brier: f64,
    log_loss: f64,
    bins: [Bin; BINS],
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "(u64, u64, f64)", into = "(u64, u64, f64)")]
struct Bin {
    n: u64,
    came: u64,
    sum: f64,
}

impl Tally {
    pub(super) fn add(&mut self, forecast: &Probabilities, came: Class) {
        self.n += 1;
        self.rps += score::rps(forecast, came);
        self.brier += score::brier(forecast, came);
        self.log_loss += score::log_loss(forecast, came);
        for (class, probability) in forecast.iter().enumerate() {
            let bin = &mut self.bins[bin_of(*probability)];
            bin.n += 1;
            bin.sum += probability;
            bin.came += u64::from(class == came.index());
        }
    }

    pub(super) fn rps(&self) -> Option<f64> {
        self.mean(self.rps)
    }

    pub(super) fn brier(&self) -> Option<f64> {
        self.mean(self.brier)
    }

    pub(super) fn log_loss(&self) -> Option<f64> {
        self.mean(self.log_loss)
    }

    fn mean(&self, sum: f64) -> Option<f64> {
        (self.n > 0).then(|| sum / self.n as f64)
    }

    /// Source: A. H. Murphy and R. L. Winkler, Journal of the Royal Statistical Society C 26 (1977).
    pub(super) fn reliability(&self) -> Vec<ReliabilityBin> {
        self.bins.iter().enumerate().map(|(at, bin)| bin.shown(at)).collect()
    }
}

impl Bin {
    fn shown(&self, at: usize) -> ReliabilityBin {
        let share = |sum: f64| crate::split((self.n > 0).then(|| sum / self.n as f64).ok_or("empty bin".to_owned()));
        let (forecast, forecast_reason) = share(self.sum);
        let (observed, observed_reason) = share(self.came as f64);
        let (from, to) = (bound(at), bound(at + 1));
        ReliabilityBin { from, to, n: self.n, forecast, forecast_reason, observed, observed_reason }
    }
}

// Forty of them are stored with every result: their names would be half of their bytes.
impl From<(u64, u64, f64)> for Bin {
    fn from((n, came, sum): (u64, u64, f64)) -> Self {
        Self { n, came, sum }
    }
}

impl From<Bin> for (u64, u64, f64) {
    fn from(bin: Bin) -> Self {
        (bin.n, bin.came, bin.sum)
    }
}

fn bound(at: usize) -> f64 {
    at as f64 / BINS as f64
}

/// A probability on a bound belongs to the bin above it, 1 to the last.
fn bin_of(probability: f64) -> usize {
    (1..BINS).filter(|at| probability >= bound(*at)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_begin_at_their_lower_bound() {
        for (probability, bin) in [(0.0, 0), (0.099, 0), (0.1, 1), (0.3, 3), (0.7, 7), (0.899, 8), (0.9, 9), (1.0, 9)] {
            assert_eq!(bin_of(probability), bin, "{probability}");
        }
    }

    #[test]
    fn every_probability_is_counted_with_what_came_of_it() {
        let mut tally = Tally::default();
        let forecast = [0.0, 0.05, 0.05, 0.2, 0.7, 0.0, 0.0];
        tally.add(&forecast, Class::ChoppyBullish);
        tally.add(&forecast, Class::Choppy);
        let bins = tally.reliability();
        let shown = |at: usize| (bins[at].n, bins[at].forecast, bins[at].observed);
        assert_eq!(bins.iter().map(|bin| bin.n).sum::<u64>(), 2 * 7);
        assert_eq!(shown(0), (10, Some(0.02), Some(0.0)));
        assert_eq!(shown(2), (2, Some(0.2), Some(0.5)));
        assert_eq!(shown(7), (2, Some(0.7), Some(0.5)));
        assert_eq!((shown(5), bins[5].observed_reason.as_deref()), ((0, None, None), Some("empty bin")));
        assert_eq!((bins[0].from, bins[9].to), (0.0, 1.0));
    }
}

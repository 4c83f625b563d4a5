/// Mean of ln(close / previous close), with few logarithms: ratios are multiplied, and the logarithm of their product
/// is taken before it leaves the range in which nothing is lost.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LogMean {
    product: f64,
    sum: f64,
    count: u32,
}

const LOW: f64 = 1e-100;
const HIGH: f64 = 1e100;

impl LogMean {
    pub(crate) const EMPTY: Self = Self { product: 1.0, sum: 0.0, count: 0 };

    /// Adds one symbol; both prices are above 0.
    #[inline]
    pub(crate) fn add(&mut self, close: f64, previous_close: f64) {
        let ratio = close / previous_close;
        self.count += 1;
        if !(LOW..HIGH).contains(&ratio) {
            self.sum += libm::log(close) - libm::log(previous_close);
            return;
        }
        self.product *= ratio;
        if !(LOW..HIGH).contains(&self.product) {
            self.sum += libm::log(self.product);
            self.product = 1.0;
        }
    }

    /// The mean; null when nothing was added.
    pub(crate) fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| (self.sum + libm::log(self.product)) / f64::from(self.count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_of_logarithms_is_exact_for_gentle_and_for_absurd_ratios() {
        let pairs = [(101.0, 100.0), (99.0, 100.0), (1e300, 1e-300), (1e-300, 1e300), (50.0, 100.0)];
        let (mut mean, mut direct) = (LogMean::EMPTY, 0.0);
        for _ in 0..1000 {
            for (close, before) in pairs {
                mean.add(close, before);
                direct += libm::log(close) - libm::log(before);
            }
        }
        assert!((mean.mean().unwrap() - direct / 5000.0).abs() < 1e-12);
        assert_eq!(LogMean::EMPTY.mean(), None);
    }
}

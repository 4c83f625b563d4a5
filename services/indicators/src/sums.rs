/// Sums of the last values of one series over several spans.
///
/// Each is kept as a value and the rounding error left over (Knuth's two-sum, TAOCP 2, 4.2.2), so that a sum slid for
/// decades still is the direct sum of its window to the last bit or two. A plain running sum drifts, and a close
/// exactly on its average would be counted above it or not by chance.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sums<const N: usize> {
    high: [f64; N],
    low: [f64; N],
}

impl<const N: usize> Sums<N> {
    pub(crate) const ZERO: Self = Self { high: [0.0; N], low: [0.0; N] };

    /// The sums after `enters` joined every window and `leaves` left them.
    #[inline]
    pub(crate) fn slide(mut self, enters: f64, leaves: [f64; N]) -> Self {
        for ((high, low), leaves) in self.high.iter_mut().zip(&mut self.low).zip(leaves) {
            let (sum, gained) = two_sum(*high, enters);
            let (sum, lost) = two_sum(sum, -leaves);
            *high = sum;
            *low += gained + lost;
        }
        self
    }

    #[inline]
    pub(crate) fn all(&self) -> [f64; N] {
        let mut sums = self.high;
        for (sum, low) in sums.iter_mut().zip(&self.low) {
            *sum += low;
        }
        sums
    }

    /// Whether no sum ever overflowed; one that did stays broken until it is made afresh.
    #[inline]
    pub(crate) fn sound(&self) -> bool {
        self.low.iter().all(|low| low.is_finite())
    }
}

#[inline]
fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let b_part = sum - a;
    (sum, (a - (sum - b_part)) + (b - b_part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_slid_a_million_times_is_the_direct_sum() {
        let value = |i: u64| (i.wrapping_mul(2_654_435_761) % 100_003) as f64 * 0.01 + 0.001;
        let mut sums = Sums::<1>::ZERO;
        for i in 0..1_000_000 {
            let leaves = if i < 20 { 0.0 } else { value(i - 20) };
            sums = sums.slide(value(i), [leaves]);
        }
        let direct: f64 = (999_980..1_000_000).map(value).sum();
        assert!((sums.all()[0] / direct - 1.0).abs() < 1e-15, "{} against {direct}", sums.all()[0]);
    }

    #[test]
    fn a_fall_from_a_great_price_leaves_nothing_behind() {
        let mut sums = Sums::<1>::ZERO.slide(123_456_789_012.345, [0.0]);
        sums = sums.slide(0.0001, [123_456_789_012.345]);
        assert_eq!(sums.all()[0], 0.0001);
    }
}

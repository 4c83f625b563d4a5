/// An exponentially smoothed average that starts as the plain mean of its first `span` values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Smoothed {
    span: u32,
    factor: f64,
    seen: u32,
    value: f64,
}

impl Smoothed {
    /// An exponential moving average, weight of a new value 2/(span + 1). `span` is at least 1.
    pub fn ema(span: u32) -> Self {
        Self { span, factor: 2.0 / (f64::from(span) + 1.0), seen: 0, value: 0.0 }
    }

    /// Wilder's average ((span − 1)·previous + new)/span (Wilder, New Concepts in Technical Trading Systems, 1978).
    /// `span` is at least 1.
    pub fn wilder(span: u32) -> Self {
        Self { span, factor: 1.0 / f64::from(span), seen: 0, value: 0.0 }
    }

    /// Takes the next value and returns the average, null until there are `span` values.
    pub fn push(&mut self, value: f64) -> Option<f64> {
        self.seen = self.seen.saturating_add(1);
        self.value = if self.seen <= self.span {
            self.value + value / f64::from(self.span)
        } else {
            self.value + (value - self.value) * self.factor
        };
        self.value()
    }

    /// The average so far, null until there are `span` values.
    pub fn value(&self) -> Option<f64> {
        (self.seen >= self.span && self.value.is_finite()).then_some(self.value)
    }
}

/// Span of the Wilder averages a [`crate::Table`] keeps.
pub(crate) const WILDER: u32 = 14;

/// One step of a Wilder average over [`WILDER`] values whose count is kept elsewhere; `nth` counts from 1.
///
/// Never overflows for values that are not negative.
#[inline]
pub(crate) fn wilder(mean: f64, value: f64, nth: u32) -> f64 {
    const FACTOR: f64 = 1.0 / WILDER as f64;
    let base = if nth <= WILDER { 0.0 } else { mean };
    mean + (value - base) * FACTOR
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ema_starts_as_the_mean_and_then_halves_the_distance() {
        let mut ema = Smoothed::ema(3);
        assert_eq!(ema.push(1.0), None);
        assert_eq!(ema.push(2.0), None);
        assert!((ema.push(6.0).unwrap() - 3.0).abs() < 1e-12);
        assert!((ema.push(5.0).unwrap() - 4.0).abs() < 1e-12);
    }

    #[test]
    fn both_ways_of_wilder_agree() {
        let (mut whole, mut mean) = (Smoothed::wilder(WILDER), 0.0);
        for nth in 1..100_u32 {
            let value = f64::from(nth * 7919 % 101);
            mean = wilder(mean, value, nth);
            if let Some(expected) = whole.push(value) {
                assert!((mean - expected).abs() < 1e-12);
            }
        }
    }
}

use bellwether_schemas::regime::Class;
use serde::{Deserialize, Serialize};

use crate::Bands;

/// Long and short hits per scan, exponentially smoothed and seeded with the first scan: e ← e + α(x − e),
/// α = 2/(span + 1).
///
/// Both sides are smoothed before the share is taken, so that a scan with two hits does not weigh as much as one with
/// two hundred.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Smoothed {
    pub(crate) long: f64,
    pub(crate) short: f64,
}

impl Smoothed {
    pub(crate) fn fold(before: Option<Self>, long: u32, short: u32, span: u32) -> Self {
        let (long, short) = (f64::from(long), f64::from(short));
        let Some(before) = before else { return Self { long, short } };
        let alpha = 2.0 / (f64::from(span) + 1.0);
        Self { long: before.long + alpha * (long - before.long), short: before.short + alpha * (short - before.short) }
    }

    /// Hits in the smoothed window: what the posterior rests on.
    pub(crate) fn hits(&self) -> f64 {
        self.long + self.short
    }

    /// Share of long hits; `None` when there is no hit at all.
    pub(crate) fn share(&self) -> Option<f64> {
        (self.hits() > 0.0).then(|| self.long / self.hits())
    }

    pub(crate) fn class(&self, bands: &Bands) -> Option<Class> {
        self.share().map(|share| bands.class_of(share))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_scan_seeds_and_constant_counts_stay_exact() {
        let mut smoothed = Smoothed::fold(None, 7, 3, 10);
        for _ in 0..1000 {
            smoothed = Smoothed::fold(Some(smoothed), 7, 3, 10);
        }
        assert_eq!(smoothed, Smoothed { long: 7.0, short: 3.0 });
        assert_eq!(smoothed.share(), Some(0.7));
    }

    #[test]
    fn a_span_of_10_moves_by_two_elevenths() {
        let smoothed = Smoothed::fold(Some(Smoothed { long: 11.0, short: 0.0 }), 0, 11, 10);
        assert!((smoothed.long - 9.0).abs() < 1e-12 && (smoothed.short - 2.0).abs() < 1e-12);
    }

    #[test]
    fn without_short_hits_the_share_is_one_and_without_any_there_is_none() {
        assert_eq!(Smoothed::fold(None, 3, 0, 10).share(), Some(1.0));
        assert_eq!(Smoothed::fold(None, 0, 0, 10).share(), None);
    }
}

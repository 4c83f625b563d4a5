//! Which class stands after a scan: the first that applies of insufficient, first class, immediate switch, hysteresis,
//! confirmation.

use crate::{Bands, Rules, posterior, smoothing::Smoothed};
use bellwether_schemas::regime::Class;
use serde::{Deserialize, Serialize};

/// What the rules need to know of the past.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Track {
    pub(crate) smoothed: Option<Smoothed>,
    pub(crate) class: Option<Class>,
    pub(crate) pending: Option<Pending>,
}

/// A change that does not stand yet.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Pending {
    pub(crate) to: Class,
    /// Scans in a row that spoke for it.
    pub(crate) scans: u32,
}

impl Rules {
    /// The track after a scan with these hits.
    pub(crate) fn judge(&self, before: &Track, long: u32, short: u32) -> Track {
        let smoothed = Smoothed::fold(before.smoothed, long, short, self.span);
        let (class, pending) = self.decide(before, &smoothed);
        Track { smoothed: Some(smoothed), class, pending }
    }

    /// The class read from the share alone; `None` while there are too few hits.
    fn pointed_to(&self, smoothed: &Smoothed) -> Option<Class> {
        if smoothed.hits() < f64::from(self.min_hits) {
            return None;
        }
        smoothed.class(&self.bands)
    }

    /// The class the rules settle on if the share holds; `None` while there are too few hits.
    pub(crate) fn settles_on(&self, before: &Track, smoothed: &Smoothed) -> Option<Class> {
        let to = self.pointed_to(smoothed)?;
        let kept = |class: &Class| within(&self.bands, *class, self.hysteresis, smoothed);
        Some(before.class.filter(kept).unwrap_or(to))
    }

    fn decide(&self, before: &Track, smoothed: &Smoothed) -> (Option<Class>, Option<Pending>) {
        let Some(to) = self.settles_on(before, smoothed) else { return (None, None) };
        let Some(class) = before.class else { return (Some(to), None) };
        // Tested first: a market that has turned this plainly must not wait to be confirmed.
        if to == class || self.switches_at_once(class, to, smoothed) {
            return (Some(to), None);
        }
        let scans = before.pending.filter(|pending| pending.to == to).map_or(1, |pending| pending.scans + 1);
        if scans >= self.confirm_scans {
            return (Some(to), None);
        }
        (Some(class), Some(Pending { to, scans }))
    }

    fn switches_at_once(&self, class: Class, to: Class, smoothed: &Smoothed) -> bool {
        class.step().abs_diff(to.step()) >= 2
            && posterior::mass_beyond(&self.bands, class, smoothed, self.design_effect) >= self.switch_mass
    }
}

/// Whether the share lies in the class widened by the hysteresis on both sides. As that is narrower than any class, such a
/// share is at most one step away, so keeping a class never contradicts the immediate switch.
fn within(bands: &Bands, class: Class, hysteresis: f64, smoothed: &Smoothed) -> bool {
    let highest = class == Class::StrongUptrend;
    smoothed.share().is_some_and(|share| {
        share >= bands.lower(class) - hysteresis && (highest || share < bands.upper(class) + hysteresis)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Folds counts without smoothing, so that the share of each scan is the one the rules see.
    fn fold(rules: &Rules, counts: &[(u32, u32)]) -> Vec<Option<Class>> {
        let mut track = Track::default();
        let mut classes = Vec::new();
        for &(long, short) in counts {
            track = rules.judge(&track, long, short);
            classes.push(track.class);
        }
        classes
    }

    fn unsmoothed() -> Rules {
        Rules { span: 1, ..Rules::default() }
    }

    #[test]
    fn fewer_than_five_hits_give_no_class() {
        assert_eq!(fold(&Rules::default(), &[(3, 1)]), [None]);
        assert_eq!(fold(&Rules::default(), &[(4, 1)]), [Some(Class::StrongUptrend)]);
        assert_eq!(fold(&Rules::default(), &[(0, 0), (0, 0)]), [None, None]);
    }

    #[test]
    fn without_short_hits_it_is_a_strong_uptrend() {
        assert_eq!(fold(&Rules::default(), &[(50, 0); 3]), [Some(Class::StrongUptrend); 3]);
    }

    #[test]
    fn a_class_is_left_only_when_the_share_is_beyond_the_bound_by_the_hysteresis() {
        // Bound of choppy and choppy bullish: 0.55.
        let classes = fold(&unsmoothed(), &[(50, 50), (56, 44), (56, 44), (58, 42), (58, 42), (54, 46), (54, 46)]);
        let (choppy, bullish) = (Some(Class::Choppy), Some(Class::ChoppyBullish));
        assert_eq!(classes, [choppy, choppy, choppy, choppy, bullish, bullish, bullish]);
    }

    #[test]
    fn a_change_must_hold_for_two_scans_in_a_row() {
        let classes = fold(&unsmoothed(), &[(50, 50), (60, 40), (50, 50), (60, 40), (60, 40)]);
        let (choppy, bullish) = (Some(Class::Choppy), Some(Class::ChoppyBullish));
        assert_eq!(classes, [choppy, choppy, choppy, choppy, bullish]);
    }

    #[test]
    fn a_plain_turn_switches_at_once() {
        let classes = fold(&unsmoothed(), &[(90, 10), (10, 90)]);
        assert_eq!(classes, [Some(Class::StrongUptrend), Some(Class::StrongDowntrend)]);
    }

    #[test]
    fn a_turn_that_few_hits_speak_for_is_confirmed_first() {
        let classes = fold(&unsmoothed(), &[(90, 10), (2, 4), (2, 4)]);
        assert_eq!(classes, [Some(Class::StrongUptrend), Some(Class::StrongUptrend), Some(Class::Downtrend)]);
    }

    #[test]
    fn a_class_is_not_kept_through_scans_without_hits() {
        let classes = fold(&unsmoothed(), &[(90, 10), (1, 1), (50, 50)]);
        assert_eq!(classes, [Some(Class::StrongUptrend), None, Some(Class::Choppy)]);
    }
}

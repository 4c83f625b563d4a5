//! How far the class is from another: the fewest added hits in this scan with which the rules would settle on it.

use crate::{Rules, smoothing::Smoothed, standing::Track};
use bellwether_schemas::{
    Side,
    regime::{Class, Flip},
};

/// The most added hits that are looked at.
pub(crate) const MOST_ADDED: u32 = 10_000;

/// The fewest hits of one side that, added to this scan, would have made the rules settle on another class than the one
/// that stands after it; 0 when they have settled on it already and it waits for its confirmation. Of two equal
/// distances the long one is named.
pub(crate) fn nearest(rules: &Rules, before: &Track, long: u32, short: u32) -> Option<Flip> {
    let path = |side| Path { rules, before, side, long, short };
    if let Some(pending) = rules.judge(before, long, short).pending {
        let rises = before.class.is_some_and(|class| pending.to > class);
        return path(if rises { Side::Long } else { Side::Short }).flip(0);
    }
    let (up, down) = (path(Side::Long).fewest(), path(Side::Short).fewest());
    if up <= down { path(Side::Long).flip(up) } else { path(Side::Short).flip(down) }
}

/// The scan with more and more hits added on one side.
struct Path<'a> {
    rules: &'a Rules,
    before: &'a Track,
    side: Side,
    long: u32,
    short: u32,
}

impl Path<'_> {
    /// The fewest added hits that change the class, more than [`MOST_ADDED`] when none does. The share moves one way as hits
    /// are added, so once it has left a class for another it does not come back: bisection finds the first.
    fn fewest(&self) -> u32 {
        let stands = self.class(0);
        let (mut low, mut high) = (1, MOST_ADDED + 1);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.class(middle) != stands { high = middle } else { low = middle + 1 }
        }
        low
    }

    fn class(&self, added: u32) -> Option<Class> {
        let (long, short) = self.counts(added);
        let smoothed = Smoothed::fold(self.before.smoothed, long, short, self.rules.span);
        self.rules.settles_on(self.before, &smoothed)
    }

    fn flip(&self, hits: u32) -> Option<Flip> {
        let to = self.class(hits).filter(|_| hits <= MOST_ADDED)?;
        let (long, short) = self.counts(hits);
        let pending = self.rules.judge(self.before, long, short).pending;
        let scans = pending.map_or(1, |pending| 1 + self.rules.confirm_scans.saturating_sub(pending.scans));
        Some(Flip { side: self.side, hits, to, scans })
    }

    fn counts(&self, added: u32) -> (u32, u32) {
        match self.side {
            Side::Long => (self.long.saturating_add(added), self.short),
            Side::Short => (self.long, self.short.saturating_add(added)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn unsmoothed() -> Rules {
        Rules { span: 1, ..Rules::default() }
    }

    fn track(rules: &Rules, counts: &[(u32, u32)]) -> Track {
        counts.iter().fold(Track::default(), |track, &(long, short)| rules.judge(&track, long, short))
    }

    #[test]
    fn missing_hits_to_the_first_class_are_counted() {
        let flip = nearest(&Rules::default(), &Track::default(), 2, 0);
        assert_eq!(flip, Some(Flip { side: Side::Long, hits: 3, to: Class::StrongUptrend, scans: 1 }));
    }

    #[test]
    fn the_nearest_bound_with_its_hysteresis_is_the_distance() {
        // 53 of 100 long, choppy: 0.57 is reached with 10 more (63 of 110), 0.43 with 24 short ones (53 of 124).
        let rules = unsmoothed();
        let flip = nearest(&rules, &track(&rules, &[(50, 50)]), 53, 47);
        assert_eq!(flip, Some(Flip { side: Side::Long, hits: 10, to: Class::ChoppyBullish, scans: 2 }));
    }

    #[test]
    fn a_change_that_waits_for_its_confirmation_is_no_hit_away() {
        let rules = unsmoothed();
        let flip = nearest(&rules, &track(&rules, &[(50, 50)]), 40, 60);
        assert_eq!(flip, Some(Flip { side: Side::Short, hits: 0, to: Class::ChoppyBearish, scans: 2 }));
    }

    #[test]
    fn after_a_change_the_way_back_is_named_too() {
        // Confirmed choppy bullish at 58 of 100; with 2 more short hits (58 of 102) choppy would have been kept.
        let rules = unsmoothed();
        let flip = nearest(&rules, &track(&rules, &[(50, 50), (58, 42)]), 58, 42);
        assert_eq!(flip, Some(Flip { side: Side::Short, hits: 2, to: Class::Choppy, scans: 1 }));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]
        #[test]
        fn it_is_the_smallest_that_changes_the_class(
            counts in proptest::collection::vec((0..60_u32, 0..60_u32), 0..12),
            (long, short) in (0..60_u32, 0..60_u32),
            (span, hysteresis) in (1..12_u32, 0.0..0.05_f64),
        ) {
            let rules = Rules { span, hysteresis, ..Rules::default() };
            let before = track(&rules, &counts);
            let stands = rules.judge(&before, long, short).class;
            let path = |side| Path { rules: &rules, before: &before, side, long, short };
            let changed = |hits: &u32| [Side::Long, Side::Short].iter().any(|side| path(*side).class(*hits) != stands);
            let by_force = (0..=400).find(changed);
            let found = nearest(&rules, &before, long, short).map(|flip| flip.hits).filter(|hits| *hits <= 400);
            prop_assert_eq!(found, by_force);
        }
    }
}

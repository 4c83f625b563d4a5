//! How probable each class is, given the smoothed counts.
//!
//! With Jeffreys' prior Beta(½, ½) the share of long hits is Beta(L/d + ½, S/d + ½) (Gelman et al., Bayesian Data
//! Analysis, 2.4). The design effect d (Kish 1965) divides the counts, since hits of one scan are not independent.

use crate::{Bands, smoothing::Smoothed};
use bellwether_schemas::regime::{Class, PerClass};
use bellwether_worker::beta;

/// Probability of each class; sums to 1.
pub(crate) fn posterior(bands: &Bands, smoothed: &Smoothed, design_effect: f64) -> PerClass {
    let mut probabilities = [0.0; 7];
    let mut below = 0.0;
    for class in Class::ALL {
        // A bound's own rounding must not make a class's probability negative.
        let up_to = at_most(bands.upper(class), smoothed, design_effect).max(below);
        probabilities[class.index()] = up_to - below;
        below = up_to;
    }
    Class::ALL.into_iter().zip(normalise(probabilities)).collect()
}

/// Probability of the classes two or more steps away from `class`.
pub(crate) fn mass_beyond(bands: &Bands, class: Class, smoothed: &Smoothed, design_effect: f64) -> f64 {
    let neighbour = |step: isize| class.index().checked_add_signed(step).and_then(|i| Class::ALL.get(i));
    let below = neighbour(-1).map_or(0.0, |c| at_most(bands.lower(*c), smoothed, design_effect));
    let above = neighbour(1).map_or(0.0, |c| 1.0 - at_most(bands.upper(*c), smoothed, design_effect));
    below + above
}

fn at_most(share: f64, smoothed: &Smoothed, design_effect: f64) -> f64 {
    beta::regularized(share, smoothed.long / design_effect + 0.5, smoothed.short / design_effect + 0.5)
}

/// Gives what the last digits lack to the largest probability, where it is smallest in proportion.
pub(crate) fn normalise(mut probabilities: [f64; 7]) -> [f64; 7] {
    let largest = (1..7).fold(0, |best, i| if probabilities[i] > probabilities[best] { i } else { best });
    for _ in 0..3 {
        probabilities[largest] += 1.0 - probabilities.iter().sum::<f64>();
    }
    probabilities
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(long: f64, short: f64) -> PerClass {
        posterior(&Bands::default(), &Smoothed { long, short }, 3.0)
    }

    #[test]
    fn one_class_agrees_with_scipy() {
        // scipy.stats.beta(38/3 + .5, 61/3 + .5): cdf(.45) − cdf(.35)
        let choppy_bearish = of(38.0, 61.0)[&Class::ChoppyBearish];
        assert!((choppy_bearish - 0.440_052_613_652_362_4).abs() < 1e-11, "{choppy_bearish}");
    }

    #[test]
    fn without_short_hits_the_strong_uptrend_has_most_of_the_mass() {
        assert!(of(60.0, 0.0)[&Class::StrongUptrend] > 0.99);
    }

    proptest! {
        #[test]
        fn it_sums_to_one(long in 0.0..1e5_f64, short in 0.0..1e5_f64) {
            let posterior = of(long, short);
            prop_assert_eq!(posterior.len(), 7);
            prop_assert!(posterior.values().all(|p| (0.0..=1.0).contains(p)));
            prop_assert!((posterior.values().sum::<f64>() - 1.0).abs() <= 2.0 * f64::EPSILON);
        }

        #[test]
        fn mirrored_counts_mirror_it(long in 0.0..1e4_f64, short in 0.0..1e4_f64) {
            let (straight, mirrored) = (of(long, short), of(short, long));
            for (p, q) in straight.values().zip(mirrored.values().rev()) {
                prop_assert!((p - q).abs() < 1e-9, "{p} {q}");
            }
        }

        #[test]
        fn with_the_share_fixed_inside_a_band_it_grows_with_counts(
            class in 0_usize..7, place in 0.4..0.6_f64, hits in 5.0..5e3_f64, more in 1.1..4.0_f64,
        ) {
            let (bands, class) = (Bands::default(), Class::ALL[class]);
            let share = bands.lower(class) + place * (bands.upper(class) - bands.lower(class));
            let at = |hits: f64| of(share * hits, (1.0 - share) * hits)[&class];
            prop_assert!(at(hits * more) >= at(hits) - 1e-10);
        }

        #[test]
        fn the_mass_beyond_is_that_of_the_classes_two_steps_away(
            class in 0_usize..7, long in 0.0..1e3_f64, short in 0.0..1e3_f64,
        ) {
            let class = Class::ALL[class];
            let far = |other: &Class| other.step().abs_diff(class.step()) >= 2;
            let sum: f64 = of(long, short).iter().filter(|(other, _)| far(other)).map(|(_, p)| p).sum();
            let mass = mass_beyond(&Bands::default(), class, &Smoothed { long, short }, 3.0);
            prop_assert!((sum - mass).abs() < 1e-12);
        }
    }
}

//! How daily, weekly and monthly trend agree.

use bellwether_schemas::timeframe::Alignment;
use bellwether_worker::split;

/// Weights of the daily, weekly and monthly frame.
pub(crate) const WEIGHTS: [f64; 3] = [0.4, 0.4, 0.2];

/// Strength under which nothing points anywhere.
const FLAT: f64 = 0.05;

/// Frames from which there is something to agree.
const FEWEST: usize = 2;

/// Agreement of the frames that have a strength; all flat is flat, not in full agreement.
pub(crate) fn of(strengths: [Option<f64>; 3]) -> Alignment {
    let known: Vec<(f64, f64)> = WEIGHTS.into_iter().zip(strengths).filter_map(|(w, s)| Some((w, s?))).collect();
    if known.len() < FEWEST {
        let reason = || format!("{} of 3 frames have a strength", known.len());
        return wire(Err(reason()), Err(reason()), Err(reason()));
    }
    let weight: f64 = known.iter().map(|(w, _)| w).sum();
    let mean = |value: &dyn Fn(f64) -> f64| known.iter().map(|(w, s)| w * value(*s)).sum::<f64>() / weight;
    let size = mean(&f64::abs);
    if size < FLAT {
        let reason = || "every frame is flat".to_owned();
        return wire(Err(reason()), Err(reason()), Ok(true));
    }
    let direction = (mean(&|strength| strength) / size).clamp(-1.0, 1.0);
    let pointing = |way: f64| mean(&|strength| f64::from(u8::from(way * strength > FLAT)));
    let agreement = match direction {
        up if up > 0.0 => pointing(1.0),
        down if down < 0.0 => pointing(-1.0),
        // They cancel out: the larger side.
        _ => pointing(1.0).max(pointing(-1.0)),
    };
    wire(Ok(direction), Ok(agreement), Ok(false))
}

fn wire(direction: Result<f64, String>, agreement: Result<f64, String>, flat: Result<bool, String>) -> Alignment {
    let (alignment, alignment_reason) = split(direction.clone().map(|direction| 100.0 * direction));
    let (direction, direction_reason) = split(direction);
    let (agreement, agreement_reason) = split(agreement.map(|share| share.clamp(0.0, 1.0)));
    let (flat, flat_reason) = split(flat);
    Alignment {
        direction,
        direction_reason,
        alignment,
        alignment_reason,
        agreement,
        agreement_reason,
        flat,
        flat_reason,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn near(value: Option<f64>, expected: f64) -> bool {
        value.is_some_and(|value| (value - expected).abs() < 1e-12)
    }

    #[test]
    fn three_frames_by_hand() {
        let found = of([Some(0.5), Some(-0.25), Some(1.0)]);
        // (0.2 − 0.1 + 0.2) / (0.2 + 0.1 + 0.2); daily and monthly point up.
        assert!(near(found.direction, 0.6) && near(found.alignment, 60.0) && near(found.agreement, 0.6));
        assert_eq!(found.flat, Some(false));
    }

    #[test]
    fn full_agreement_is_100_and_a_frame_under_the_threshold_points_nowhere() {
        let down = of([Some(-0.3), Some(-1.0), Some(-0.1)]);
        assert!(near(down.alignment, -100.0) && near(down.agreement, 1.0));
        assert!(near(of([Some(0.5), Some(0.5), Some(0.04)]).agreement, 0.8));
    }

    #[test]
    fn frames_that_cancel_out_have_no_direction_but_are_not_flat() {
        let found = of([Some(0.5), Some(-0.5), Some(0.0)]);
        assert_eq!((found.direction, found.flat), (Some(0.0), Some(false)));
        assert!(near(found.agreement, 0.4));
    }

    #[test]
    fn one_frame_cannot_agree_and_two_share_the_weight() {
        assert_eq!(of([Some(1.0), None, None]).direction_reason.as_deref(), Some("1 of 3 frames have a strength"));
        assert_eq!(of([Some(1.0), None, None]).flat, None);
        assert!(near(of([Some(0.5), None, Some(-0.5)]).direction, 1.0 / 3.0));
        assert!(near(of([Some(0.5), None, Some(-0.5)]).agreement, 2.0 / 3.0));
    }

    proptest! {
        #[test]
        fn all_flat_is_flat(strengths in prop::array::uniform3(-0.0499..0.0499_f64)) {
            let found = of(strengths.map(Some));
            prop_assert_eq!((found.flat, found.direction, found.alignment), (Some(true), None, None));
            prop_assert!(found.agreement.is_none() && found.direction_reason.is_some());
        }

        #[test]
        fn everything_else_is_within_its_bounds(strengths in prop::array::uniform3(prop::option::of(-1.0..=1.0_f64))) {
            let found = of(strengths);
            prop_assert!(found.direction.is_none_or(|direction| (-1.0..=1.0).contains(&direction)));
            prop_assert!(found.agreement.is_none_or(|share| (0.0..=1.0).contains(&share)));
            prop_assert_eq!(found.direction.is_none(), found.direction_reason.is_some());
        }
    }
}

//! Whether advances and declines agree with the class.
//!
//! An uptrend in which most symbols fall is a contradiction between two measurements; the confidence says so.

use crate::MIN_COVERAGE;
use bellwether_schemas::{
    Scan,
    regime::{Class, Consistency},
    scan::flag,
};

/// What the confidence is not taken below.
const FLOOR: f64 = 0.10;

/// Weighs the class against the advances and declines of the scan.
pub(crate) fn of(class: Class, scan: &Scan) -> Consistency {
    let (opposing_share, opposing_share_reason) = crate::split(opposing_share(class, scan));
    let over = |bound| opposing_share.is_some_and(|share| share > bound);
    let factor = match () {
        () if over(0.6) => 0.5,
        () if over(0.5) => 0.75,
        () => 1.0,
    };
    Consistency { opposing_share, opposing_share_reason, factor, conflict: over(0.7) }
}

/// Posterior of the class, lowered by what breadth says against it.
pub(crate) fn confidence(posterior: f64, breadth: &Consistency) -> f64 {
    (posterior * breadth.factor).max(FLOOR)
}

fn opposing_share(class: Class, scan: &Scan) -> Result<f64, String> {
    if scan.coverage().share < MIN_COVERAGE {
        return Err(format!("coverage is under {MIN_COVERAGE:.2}"));
    }
    let opposing = match class.step().signum() {
        1 => flag::DECLINE,
        -1 => flag::ADVANCE,
        _ => return Err("a choppy market has no direction to oppose".to_owned()),
    };
    let compared = flag::ADVANCE | flag::DECLINE | flag::UNCHANGED;
    if scan.flags.iter().all(|flags| flags & compared == 0) {
        return Err("no symbol has a previous close".to_owned());
    }
    let count = scan.flags.iter().filter(|flags| **flags & opposing != 0).count();
    Ok(count as f64 / scan.flags.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bellwether_schemas::fixture::{Row, moved, scan};

    fn falling(declines: usize, advances: usize) -> Scan {
        scan(1, &moved(advances, declines, 0))
    }

    #[test]
    fn an_uptrend_with_71_2_percent_falling_is_a_conflict() {
        let breadth = of(Class::Uptrend, &falling(712, 288));
        assert_eq!(breadth.opposing_share, Some(0.712));
        assert_eq!((breadth.factor, breadth.conflict), (0.5, true));
        assert_eq!(confidence(0.9, &breadth), 0.45);
    }

    #[test]
    fn the_factor_falls_above_each_bound_not_at_it() {
        for (declines, factor, conflict) in [
            (50, 1.0, false),
            (51, 0.75, false),
            (60, 0.75, false),
            (61, 0.5, false),
            (70, 0.5, false),
            (71, 0.5, true),
        ] {
            let breadth = of(Class::ChoppyBullish, &falling(declines, 100 - declines));
            assert_eq!((breadth.factor, breadth.conflict), (factor, conflict), "{declines} of 100 fall");
        }
    }

    #[test]
    fn a_down_class_is_opposed_by_the_advancing_share() {
        let breadth = of(Class::Downtrend, &falling(20, 80));
        assert_eq!(breadth.opposing_share, Some(0.8));
        assert!(breadth.conflict);
        assert!(!of(Class::Downtrend, &falling(80, 20)).conflict);
    }

    #[test]
    fn the_confidence_has_a_floor() {
        assert_eq!(confidence(0.12, &of(Class::Uptrend, &falling(90, 10))), 0.10);
    }

    #[test]
    fn what_cannot_be_known_is_null_with_a_reason() {
        let mut thin = falling(90, 10);
        thin.listed = 250;
        let first_day = scan(1, &[Row::with(0); 9]);
        for (class, scan) in [(Class::Choppy, falling(90, 10)), (Class::Uptrend, first_day), (Class::Uptrend, thin)] {
            let breadth = of(class, &scan);
            assert_eq!((breadth.opposing_share, breadth.factor, breadth.conflict), (None, 1.0, false));
            assert!(breadth.opposing_share_reason.is_some());
        }
    }
}

//! How far away the stops of a scan's hits are.

use bellwether_schemas::{
    Scan, Side,
    scan::{Hit, Outcome},
};

/// Mean stop distance over entry price of the side's hits; `None` without a usable one.
pub(crate) fn of_hits(scan: &Scan, side: Side) -> Option<f64> {
    let shares = scan.hits.iter().filter(|hit| hit.side == side).filter_map(stop_share);
    let (sum, n) = shares.fold((0.0, 0_u32), |(sum, n), share| (sum + share, n + 1));
    usable(sum / f64::from(n))
}

/// Median stop share of the side's outcomes; `None` without a usable one.
pub(crate) fn of_outcomes(outcomes: &[Outcome], side: Side) -> Option<f64> {
    let of_side = outcomes.iter().filter(|outcome| outcome.side == side);
    let mut shares: Vec<f64> = of_side.filter_map(|outcome| usable(outcome.stop_share)).collect();
    shares.sort_unstable_by(f64::total_cmp);
    let middle = shares.len() / 2;
    match shares.len() % 2 {
        0 => usable(f64::midpoint(*shares.get(middle.checked_sub(1)?)?, *shares.get(middle)?)),
        _ => shares.get(middle).copied(),
    }
}

fn stop_share(hit: &Hit) -> Option<f64> {
    let (entry, stop) = (hit.entry?, hit.stop?);
    usable((entry - stop).abs() / entry)
}

/// A number one can divide by.
fn usable(share: f64) -> Option<f64> {
    (1e-9..1e9).contains(&share).then_some(share)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bellwether_schemas::{
        fixture::{moved, scan, session, symbol, with_hits},
        scan::Exit,
    };

    fn outcome(side: Side, stop_share: f64) -> Outcome {
        let (hit_session, exit_session) = (session(1), session(2));
        let symbol = symbol("A");
        Outcome {
            symbol,
            side,
            hit_ordinal: 1,
            hit_session,
            exit_session,
            exit: Exit::Stop,
            r: -1.0,
            stop_share,
            held: 1,
        }
    }

    #[test]
    fn the_mean_over_the_hits_of_the_side() {
        let mut scan = with_hits(scan(1, &moved(5, 5, 0)), 2, 1);
        scan.hits[1].stop = Some(8.0);
        assert_eq!(of_hits(&scan, Side::Long), Some(f64::midpoint(0.1, 0.2)));
        assert_eq!(of_hits(&scan, Side::Short), Some(0.1));
        scan.hits[2].stop = None;
        assert_eq!(of_hits(&scan, Side::Short), None);
    }

    #[test]
    fn the_median_over_the_outcomes_of_the_side() {
        let outcomes = [0.04, 0.09, 0.05, f64::MAX].map(|share| outcome(Side::Long, share));
        assert_eq!(of_outcomes(&outcomes, Side::Long), Some(0.05));
        assert_eq!(of_outcomes(&outcomes[..2], Side::Long), Some(f64::midpoint(0.04, 0.09)));
        assert_eq!(of_outcomes(&outcomes, Side::Short), None);
    }
}

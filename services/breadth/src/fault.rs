//! Pictures that no market shows: they come from a broken feed, and must not move a cumulative line.

use crate::{Rules, tally::Tally};

/// Which rule of the data fault the scan breaks, in words.
pub(crate) fn find(tally: &Tally, rules: &Rules) -> Option<String> {
    if tally.eligible < rules.fault_symbols {
        return None;
    }
    let limit = rules.fault_unchanged;
    let unchanged = f64::from(tally.unchanged) / f64::from(tally.eligible);
    if unchanged > limit {
        return Some(format!("data fault: unchanged share {unchanged:.3}, over {limit:.2}"));
    }
    let shares = shares(tally);
    if !shares.is_empty() && shares.iter().all(|share| *share == 0.0 || *share == 1.0) {
        return Some("data fault: every share is exactly 0 or 1".to_owned());
    }
    None
}

/// Every share of this scan that has a value.
fn shares(tally: &Tally) -> Vec<f64> {
    let single = [tally.advance_share(), tally.record_high_share(), tally.up_volume_share()];
    single.into_iter().chain((0..6).map(|index| tally.above_share(index))).flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use bellwether_schemas::{
        fixture::{Row, moved, scan},
        scan::flag,
    };

    fn found(rows: &[Row]) -> Option<String> {
        find(&Tally::of(&scan(1, rows)), &Rules::default())
    }

    /// Everything advances, at its high, above every average.
    fn all_at_once(symbols: usize) -> Vec<Row> {
        let averages = (0..6).fold(0, |bits, i| bits | flag::have_sma(i) | flag::above_sma(i));
        vec![Row::with(flag::ADVANCE | flag::HAVE_EXTREMES | flag::NEW_HIGH | averages); symbols]
    }

    #[test]
    fn all_shares_at_100_percent_are_a_fault_from_50_symbols_on() {
        assert_eq!(found(&all_at_once(50)).unwrap(), "data fault: every share is exactly 0 or 1");
        assert_eq!(found(&all_at_once(49)), None);
    }

    #[test]
    fn one_share_in_between_clears_it() {
        let mut rows = all_at_once(60);
        rows[7].flags &= !flag::above_sma(5);
        assert_eq!(found(&rows), None);
    }

    #[test]
    fn over_30_percent_unchanged_are_a_fault_and_30_are_not() {
        assert_eq!(found(&moved(40, 30, 30)), None);
        assert_eq!(found(&moved(40, 29, 31)).unwrap(), "data fault: unchanged share 0.310, over 0.30");
    }

    #[test]
    fn the_first_day_of_a_market_is_none() {
        assert_eq!(found(&[Row::with(0); 100]), None);
    }
}

use crate::add;
use bellwether_schemas::{
    Scan,
    scan::{SMA_SPANS, flag},
};

/// What is counted over the eligible symbols of one scan.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tally {
    pub(crate) eligible: u32,
    pub(crate) advances: u32,
    pub(crate) declines: u32,
    pub(crate) unchanged: u32,
    pub(crate) up_volume: f64,
    pub(crate) down_volume: f64,
    pub(crate) unchanged_volume: f64,
    pub(crate) have_extremes: u32,
    pub(crate) new_highs: u32,
    pub(crate) new_lows: u32,
    pub(crate) new_highs_close: u32,
    pub(crate) new_lows_close: u32,
    /// In the order of [`SMA_SPANS`].
    pub(crate) above: [u32; 6],
    /// In the order of [`SMA_SPANS`].
    pub(crate) have: [u32; 6],
}

impl Tally {
    pub(crate) fn of(scan: &Scan) -> Self {
        let extreme = |bit| count(scan, flag::HAVE_EXTREMES | bit);
        let average = |bits: fn(usize) -> u32| std::array::from_fn(|i| count(scan, bits(i)));
        let [up_volume, down_volume, unchanged_volume] = volumes(scan);
        Self {
            eligible: scan.symbols.len() as u32,
            advances: count(scan, flag::ADVANCE),
            declines: count(scan, flag::DECLINE),
            unchanged: count(scan, flag::UNCHANGED),
            up_volume,
            down_volume,
            unchanged_volume,
            have_extremes: extreme(0),
            new_highs: extreme(flag::NEW_HIGH),
            new_lows: extreme(flag::NEW_LOW),
            new_highs_close: extreme(flag::NEW_HIGH_CLOSE),
            new_lows_close: extreme(flag::NEW_LOW_CLOSE),
            above: average(|i| flag::have_sma(i) | flag::above_sma(i)),
            have: average(flag::have_sma),
        }
    }

    pub(crate) fn net_advances(&self) -> i64 {
        i64::from(self.advances) - i64::from(self.declines)
    }

    pub(crate) fn net_volume(&self) -> f64 {
        self.up_volume - self.down_volume
    }

    /// A/(A + D).
    pub(crate) fn advance_share(&self) -> Result<f64, String> {
        share(self.advances, self.advances + self.declines, || "no symbol advanced or declined".to_owned())
    }

    /// New highs among all new extremes.
    pub(crate) fn record_high_share(&self) -> Result<f64, String> {
        share(self.new_highs, self.new_highs + self.new_lows, || match self.have_extremes {
            0 => "no symbol has 252 bars".to_owned(),
            _ => "no new high and no new low".to_owned(),
        })
    }

    /// Share of the symbols with the average at `index` of [`SMA_SPANS`] that are above it.
    pub(crate) fn above_share(&self, index: usize) -> Result<f64, String> {
        share(self.above[index], self.have[index], || format!("no symbol has {} bars", SMA_SPANS[index]))
    }

    /// AV/(AV + DV).
    pub(crate) fn up_volume_share(&self) -> Result<f64, String> {
        let moved = add(self.up_volume, self.down_volume);
        if moved == 0.0 {
            return Err("no volume in advancing or declining symbols".to_owned());
        }
        Ok(self.up_volume / moved)
    }
}

fn share(part: u32, whole: u32, missing: impl Fn() -> String) -> Result<f64, String> {
    if whole == 0 { Err(missing()) } else { Ok(f64::from(part) / f64::from(whole)) }
}

/// One plain pass per set of bits: the compiler makes vector code of it, which many counters in one pass prevent.
fn count(scan: &Scan, bits: u32) -> u32 {
    scan.flags.iter().map(|flags| u32::from(flags & bits == bits)).sum()
}

/// Volume of the advancing, declining and unchanged symbols, summed in symbol order.
fn volumes(scan: &Scan) -> [f64; 3] {
    let mut sums = [0.0; 3];
    for (flags, &volume) in scan.flags.iter().zip(&scan.volume) {
        for (sum, bit) in sums.iter_mut().zip([flag::ADVANCE, flag::DECLINE, flag::UNCHANGED]) {
            // A product, not a branch: which way a symbol moved cannot be guessed.
            *sum += volume * f64::from(u8::from(flags & bit != 0));
        }
    }
    sums.map(|sum| sum.min(f64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use bellwether_schemas::fixture::{Row, moved, scan};

    #[test]
    fn a_first_listed_day_counts_in_none_of_the_three() {
        let mut rows = moved(3, 2, 1);
        rows.push(Row::with(0));
        let tally = Tally::of(&scan(1, &rows));
        assert_eq!((tally.eligible, tally.advances, tally.declines, tally.unchanged), (7, 3, 2, 1));
        assert_eq!((tally.up_volume, tally.down_volume, tally.unchanged_volume), (300.0, 200.0, 100.0));
        assert_eq!(tally.advance_share(), Ok(0.6));
    }

    #[test]
    fn an_extreme_counts_only_with_252_bars() {
        let rows = [Row::with(flag::NEW_HIGH), Row::with(flag::HAVE_EXTREMES | flag::NEW_HIGH | flag::NEW_LOW)];
        let tally = Tally::of(&scan(1, &rows));
        assert_eq!((tally.new_highs, tally.new_lows, tally.have_extremes), (1, 1, 1));
        assert_eq!(tally.record_high_share(), Ok(0.5));
    }

    #[test]
    fn a_share_of_nothing_is_missing_with_a_reason() {
        let tally = Tally::of(&scan(1, &[Row::with(0)]));
        assert_eq!(tally.advance_share(), Err("no symbol advanced or declined".to_owned()));
        assert_eq!(tally.record_high_share(), Err("no symbol has 252 bars".to_owned()));
        assert_eq!(tally.above_share(5), Err("no symbol has 200 bars".to_owned()));
        assert!(tally.up_volume_share().is_err());
    }

    #[test]
    fn the_denominator_is_the_symbols_that_have_the_average() {
        let have = flag::have_sma(3);
        let rows = [Row::with(have | flag::above_sma(3)), Row::with(have), Row::with(0)];
        assert_eq!(Tally::of(&scan(1, &rows)).above_share(3), Ok(0.5));
    }
}

//! The reversal rules: seven booleans a side, one point each.

use bellwether_indicators::Reading;
use bellwether_schemas::{bars::Bar, scan::rule};

/// Position of SMA20 in [`bellwether_schemas::scan::SMA_SPANS`].
const SMA20: usize = 2;
/// Position of the 5-bar rate of change in the same order.
const ROC5: usize = 0;
/// Factor on an average below which a close on it is a rounding tie, not above it.
pub(crate) const ABOVE_TIE: f64 = 1.0 + 1e-12;
const BELOW_TIE: f64 = 1.0 - 1e-12;

/// What the rules need of a bar once it is the last but one.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Shape {
    bullish: bool,
    bearish: bool,
    /// |close − open| / (high − low); 0 for a bar without a range.
    body: f64,
}

impl Shape {
    #[inline]
    pub(crate) fn of(bar: &Bar) -> Self {
        let range = bar.high - bar.low;
        let body = if range > 0.0 { (bar.close - bar.open).abs() / range } else { 0.0 };
        Self { bullish: bar.close > bar.open, bearish: bar.close < bar.open, body }
    }
}

/// Rules met by `bar`, the newest of the bars behind `reading`; `before` are the two before it.
#[inline]
pub(crate) fn rules(bar: &Bar, shape: Shape, before: &[Shape; 2], reading: &Reading) -> u16 {
    let [first, second] = before;
    let three = reading.bars >= 3;
    let two_of_three = |a: bool, b: bool, c: bool| three & (u8::from(a) + u8::from(b) + u8::from(c) >= 2);
    let full_bodies = three & ((first.body + second.body + shape.body) / 3.0 > 0.6);
    // What is null compares as false with anything, and costs no branch.
    let or_never = |value: Option<f64>| value.unwrap_or(f64::NAN);
    let busy = bar.volume > 1.5 * or_never(reading.average_volume());
    let (swing_high, swing_low) = reading.swing().unwrap_or((f64::NAN, f64::NAN));
    let (sma20, roc5) = (or_never(reading.sma(SMA20)), or_never(reading.rate_of_change(ROC5)));
    let range = bar.high - bar.low;

    let long = mask([
        bar.close > swing_high,
        two_of_three(first.bullish, second.bullish, shape.bullish),
        full_bodies,
        busy,
        bar.close > sma20 * ABOVE_TIE,
        roc5 > 0.02,
        (range > 0.0) & (bar.close - bar.low >= 0.7 * range),
    ]);
    let short = mask([
        bar.close < swing_low,
        two_of_three(first.bearish, second.bearish, shape.bearish),
        full_bodies,
        busy,
        bar.close < sma20 * BELOW_TIE,
        roc5 < -0.02,
        (range > 0.0) & (bar.high - bar.close >= 0.7 * range),
    ]);
    long | short << rule::SHORT_SHIFT
}

/// Bits in the order of [`rule`].
#[inline]
fn mask(met: [bool; 7]) -> u16 {
    let mut mask = 0;
    for (bit, met) in met.into_iter().enumerate() {
        mask |= u16::from(met) << bit;
    }
    mask
}

/// Rules met by each side, long and short, 0 to 7.
///
/// Both bytes are counted at once; not every processor we run on counts bits by itself.
#[inline]
pub(crate) fn scores(rules: u16) -> (u8, u8) {
    let pairs = rules - ((rules >> 1) & 0x5555);
    let fours = (pairs & 0x3333) + ((pairs >> 2) & 0x3333);
    let [long, short] = ((fours + (fours >> 4)) & 0x0f0f).to_le_bytes();
    (long, short)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bellwether_indicators::Table;

    /// Twenty quiet bars around 100, then `last`; the rules `last` meets.
    fn met_by(last: &[Bar]) -> u16 {
        let mut table = Table::default();
        let slot = table.add();
        let quiet = Bar { open: 100.0, high: 101.0, low: 99.0, close: 100.0, volume: 1000.0 };
        let mut shapes = [Shape::default(); 2];
        let mut met = 0;
        for bar in std::iter::repeat_n(&quiet, 20).chain(last) {
            let reading = table.push(slot, bar);
            met = rules(bar, Shape::of(bar), &shapes, &reading);
            shapes = [shapes[1], Shape::of(bar)];
        }
        met
    }

    fn mirrored(bar: &Bar) -> Bar {
        let Bar { open, high, low, close, volume } = *bar;
        Bar { open: 200.0 - open, high: 200.0 - low, low: 200.0 - high, close: 200.0 - close, volume }
    }

    #[test]
    fn a_break_out_meets_all_seven_and_its_mirror_the_short_side() {
        let rise = [
            Bar { open: 100.0, high: 101.0, low: 100.0, close: 101.0, volume: 1000.0 },
            Bar { open: 101.0, high: 102.0, low: 101.0, close: 102.0, volume: 1000.0 },
            Bar { open: 102.0, high: 104.0, low: 102.0, close: 104.0, volume: 5000.0 },
        ];
        let shared = rule::BODY | rule::VOLUME;
        assert_eq!(met_by(&rise), 0b0111_1111 | shared << 8);
        assert_eq!(met_by(&rise.map(|bar| mirrored(&bar))), 0b0111_1111 << 8 | shared);
    }

    #[test]
    fn a_bar_without_a_range_has_no_body_and_no_place_in_it() {
        let flat = Bar { open: 103.0, high: 103.0, low: 103.0, close: 103.0, volume: 1000.0 };
        assert_eq!(met_by(&[flat]), rule::SWING | rule::SMA20 | rule::ROC5);
    }

    #[test]
    fn scores_count_the_bits_of_each_side() {
        for rules in 0..=u16::MAX {
            let (long, short) = scores(rules);
            let expected = ((rules & 0xff).count_ones(), (rules >> 8).count_ones());
            assert_eq!((u32::from(long), u32::from(short)), expected);
        }
    }

    #[test]
    fn a_quiet_market_meets_nothing() {
        assert_eq!(met_by(&[]), 0);
    }
}

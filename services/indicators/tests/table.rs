//! The incremental table against plain loops, and facts with hand-made values.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use bellwether_indicators::{Reading, Records, Table, Trend};
use bellwether_schemas::{bars::Bar, scan::SMA_SPANS};
use proptest::prelude::*;

fn flat(price: f64) -> Bar {
    Bar { open: price, high: price, low: price, close: price, volume: 100.0 }
}

/// The reading after the last bar, in a table where another symbol trades beside it.
fn after(bars: &[Bar]) -> Reading {
    let mut table = Table::default();
    let (other, slot) = (table.add(), table.add());
    table.push(other, &flat(7.0));
    bars.iter().map(|bar| table.push(slot, bar)).last().unwrap()
}

fn closes(prices: impl IntoIterator<Item = f64>) -> Vec<Bar> {
    prices.into_iter().map(flat).collect()
}

#[test]
fn an_average_appears_with_its_last_bar() {
    assert_eq!(after(&closes([1.0, 2.0, 3.0, 4.0])).sma(0), None);
    assert_eq!(after(&closes([1.0, 2.0, 3.0, 4.0, 5.0])).sma(0), Some(3.0));
    assert_eq!(after(&closes([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])).sma(0), Some(4.0));
    assert_eq!(after(&vec![flat(2.0); 20]).average_volume(), Some(100.0));
}

#[test]
fn rsi_is_100_without_a_loss_50_without_a_move_0_without_a_gain() {
    let line = |step: f64| after(&closes((0..15).map(|i| 100.0 + step * f64::from(i)))).rsi14();
    assert_eq!((line(1.0), line(0.0), line(-1.0)), (Some(100.0), Some(50.0), Some(0.0)));
    assert_eq!(after(&closes((0..14).map(|i| 100.0 + f64::from(i)))).rsi14(), None);
}

#[test]
fn rsi_weighs_gains_against_losses_as_wilder_did() {
    let mut prices = vec![100.0];
    prices.extend((0..14).map(|i| if i % 2 == 0 { 103.0 } else { 102.0 }));
    // Gains 3 + 6·1, losses 7·1 over 14 changes.
    let expected = 100.0 * 9.0 / 16.0;
    assert!((after(&closes(prices)).rsi14().unwrap() - expected).abs() < 1e-9);
}

#[test]
fn true_range_reaches_back_to_the_previous_close() {
    let mut bars = vec![flat(100.0); 14];
    bars.push(Bar { open: 110.0, high: 112.0, low: 108.0, close: 110.0, volume: 1.0 });
    assert!((after(&bars).atr14().unwrap() - 12.0 / 14.0).abs() < 1e-12);
    assert_eq!(after(&bars[..14]).atr14(), None);
}

#[test]
fn the_swing_is_of_the_twenty_bars_before() {
    let bars = closes((0..21).map(f64::from).map(|i| 100.0 + i));
    assert_eq!(after(&bars[..20]).swing(), None);
    assert_eq!(after(&bars).swing(), Some((119.0, 100.0)));
}

#[test]
fn a_tie_counts_as_a_record_and_the_span_is_252_bars() {
    let mut bars = closes(std::iter::once(500.0).chain((0..250).map(|_| 100.0)));
    assert_eq!(after(&bars).records(), None);
    bars.push(flat(100.0));
    let low_tie = Records { high: false, low: true, close_high: false, close_low: true };
    assert_eq!(after(&bars).records(), Some(low_tie));
    bars.push(flat(100.0));
    let all = Records { high: true, low: true, close_high: true, close_low: true };
    assert_eq!(after(&bars).records(), Some(all));
}

#[test]
fn a_steady_climb_is_a_trend_of_100_and_a_flat_line_of_0() {
    let adx = |step: f64| {
        let mut trend = Trend::default();
        (0..28).for_each(|i| trend.push(&flat(100.0 + step * f64::from(i))));
        trend.adx14()
    };
    assert!((adx(1.0).unwrap() - 100.0).abs() < 1e-9);
    assert_eq!(adx(0.0), Some(0.0));
}

#[test]
fn macd_of_a_line_is_the_lag_between_its_averages() {
    let mut trend = Trend::default();
    (0..34).for_each(|i| trend.push(&flat(100.0 + f64::from(i))));
    // An EMA of span n lags a unit slope by (n − 1)/2.
    assert!((trend.macd().unwrap() - 7.0).abs() < 1e-9);
    assert!((trend.macd_signal().unwrap() - 7.0).abs() < 1e-9);
}

#[test]
fn an_absurd_price_leaves_no_trace_once_it_is_out_of_the_window() {
    let mut bars = vec![flat(10.0); 30];
    bars.extend([flat(f64::MAX), flat(f64::MAX)]);
    assert_eq!(after(&bars).sma(0), None);
    bars.extend(vec![flat(10.0); 20]);
    assert_eq!(after(&bars).sma(2), Some(10.0));
}

/// What a [`Reading`] should say.
struct Expected {
    sma: [Option<f64>; 6],
    swing: Option<(f64, f64)>,
    records: Option<Records>,
}

/// By plain loops over all bars.
fn naive(bars: &[Bar]) -> Expected {
    let (now, count) = (bars[bars.len() - 1], bars.len());
    let last = |n: usize| &bars[count - n..];
    let sma = SMA_SPANS.map(|n| (count >= n).then(|| last(n).iter().map(|bar| bar.close).sum::<f64>() / n as f64));
    let highest = |bars: &[Bar]| bars.iter().map(|bar| bar.high).fold(f64::MIN, f64::max);
    let lowest = |bars: &[Bar]| bars.iter().map(|bar| bar.low).fold(f64::MAX, f64::min);
    let swing = (count > 20).then(|| (highest(&last(21)[..20]), lowest(&last(21)[..20])));
    let records = (count >= 252).then(|| Records {
        high: now.high >= highest(last(252)),
        low: now.low <= lowest(last(252)),
        close_high: last(252).iter().all(|bar| bar.close <= now.close),
        close_low: last(252).iter().all(|bar| bar.close >= now.close),
    });
    Expected { sma, swing, records }
}

fn walk() -> impl Strategy<Value = Vec<Bar>> {
    let step = (-0.05..0.05_f64, 0.0..0.03_f64, 0.0..0.03_f64, 0.0..1e7_f64);
    prop::collection::vec(step, 1..900).prop_map(|steps| {
        let mut close = 50.0;
        let bars = steps.into_iter().map(|(change, up, down, volume)| {
            let open: f64 = close;
            // Whole cents, so that ties happen.
            close = ((open * (1.0 + change)).max(1.0) * 10.0).round() / 10.0;
            Bar { open, high: open.max(close) * (1.0 + up), low: open.min(close) * (1.0 - down), close, volume }
        });
        bars.collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn incremental_equals_naive(bars in walk(), neighbours in 0..70_usize) {
        let mut table = Table::default();
        let slot = (0..=neighbours).map(|_| table.add()).last().unwrap();
        for (index, bar) in bars.iter().enumerate() {
            let ahead = table.look(slot, bar);
            let reading = table.push(slot, bar);
            prop_assert_eq!(ahead, reading);
            let Expected { sma, swing, records } = naive(&bars[..=index]);
            for (i, expected) in sma.into_iter().enumerate() {
                let found = reading.sma(i);
                prop_assert_eq!(found.is_some(), expected.is_some());
                let gap = found.zip(expected).map_or(0.0, |(a, b)| (a / b - 1.0).abs());
                prop_assert!(gap < 1e-13, "sma {} off by {}", SMA_SPANS[i], gap);
            }
            prop_assert_eq!(reading.swing(), swing);
            prop_assert_eq!(reading.records(), records);
        }
    }
}

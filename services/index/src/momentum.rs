//! How a benchmark moves: what the scan says of it, and its volatility.

use crate::missing::{finite, present};
use bellwether_schemas::{
    index::{Motion, Roc},
    scan::Benchmark,
};
use bellwether_worker::{Volatility, split};

/// Bars after which the start of the slow average, of 26 bars, has worn off.
const MACD_READY: u32 = 4 * 26;

/// Bars back of the scan's rates of change.
const ROC_SPANS: [u32; 4] = [5, 10, 20, 60];

/// The part of the output; `volatility` already holds this bar.
pub(crate) fn part(benchmark: &Benchmark, volatility: &Volatility) -> Motion {
    let known = |value, needed| present(value, benchmark.bars, needed);
    let (macd, signal) = (known(benchmark.macd, 26), known(benchmark.macd_signal, 34));
    let histogram = macd.clone().and_then(|macd| finite(macd - signal.clone()?));
    let (rsi14, rsi14_reason) = split(known(benchmark.rsi14, 15));
    let (macd, macd_reason) = split(macd);
    let (macd_signal, macd_signal_reason) = split(signal);
    let (macd_histogram, macd_histogram_reason) = split(histogram);
    let (adx14, adx14_reason) = split(known(benchmark.adx14, 28));
    let (atr14_share, atr14_share_reason) =
        split(known(benchmark.atr14, 15).and_then(|atr| finite(atr / benchmark.close)));
    let (volatility, volatility_reason) = split(volatility.annual());
    Motion {
        symbol: benchmark.symbol.clone(),
        rsi14,
        rsi14_reason,
        macd,
        macd_reason,
        macd_signal,
        macd_signal_reason,
        macd_histogram,
        macd_histogram_reason,
        macd_ready: benchmark.bars >= MACD_READY,
        roc: ROC_SPANS.into_iter().enumerate().map(|(at, n)| roc(benchmark, at, n)).collect(),
        adx14,
        adx14_reason,
        atr14_share,
        atr14_share_reason,
        volatility,
        volatility_reason,
    }
}

fn roc(benchmark: &Benchmark, at: usize, n: u32) -> Roc {
    let found = benchmark.roc.get(at).copied().flatten();
    let (value, value_reason) = split(present(found, benchmark.bars, n + 1));
    Roc { n, value, value_reason }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bellwether_schemas::fixture;

    #[test]
    fn the_histogram_needs_both_lines_and_readiness_104_bars() {
        let mut benchmark = fixture::benchmark("SPY", &[10.0; 103]);
        (benchmark.macd, benchmark.atr14) = (Some(2.0), Some(0.5));
        let early = part(&benchmark, &Volatility::default());
        assert_eq!((early.macd_histogram, early.macd_ready, early.atr14_share), (None, false, Some(0.05)));
        (benchmark.macd_signal, benchmark.bars) = (Some(0.5), 104);
        let ready = part(&benchmark, &Volatility::default());
        assert_eq!((ready.macd_histogram, ready.macd_ready), (Some(1.5), true));
    }

    #[test]
    fn a_scan_without_indicators_gives_reasons() {
        let motion = part(&fixture::benchmark("SPY", &[10.0; 10]), &Volatility::default());
        assert_eq!(motion.rsi14_reason.as_deref(), Some("10 of 15 bars"));
        assert_eq!(motion.roc[0].value_reason.as_deref(), Some("not known"));
        assert_eq!(motion.volatility_reason.as_deref(), Some("0 of 20 returns"));
    }
}

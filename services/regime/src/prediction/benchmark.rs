//! Which benchmark stands for the market, and how restless it is.

use bellwether_schemas::scan::Benchmark;
use bellwether_worker::benchmarks::market_rank;
use serde::{Deserialize, Serialize};

/// Sessions of the volatility.
const SPAN: usize = 20;

/// SPY, else ^GSPC, else BWX500 (of the sample market), else the first in symbol order that is no volatility index.
pub(super) fn choose(benchmarks: &[Benchmark]) -> Option<&Benchmark> {
    let usable = benchmarks.iter().filter_map(|benchmark| Some((market_rank(&benchmark.symbol)?, benchmark)));
    usable.min_by_key(|(rank, benchmark)| (*rank, &benchmark.symbol)).map(|(_, benchmark)| benchmark)
}

/// The last log returns of the benchmark, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Returns(Vec<f64>);

impl Returns {
    /// The returns with that of one more session, if it has one. A session without one is left out, not taken for calm.
    pub(super) fn with(&self, benchmark: Option<&Benchmark>) -> Self {
        let mut returns = self.0.clone();
        if let Some(one) = benchmark.and_then(log_return) {
            returns.push(one);
        }
        Self(returns.split_off(returns.len().saturating_sub(SPAN)))
    }

    /// Sample standard deviation of [`SPAN`] daily log returns; `None` until there are as many.
    pub(super) fn volatility(&self) -> Option<f64> {
        if self.0.len() < SPAN {
            return None;
        }
        let mean = self.0.iter().sum::<f64>() / SPAN as f64;
        let squares = self.0.iter().fold(0.0, |sum, one| sum + (one - mean) * (one - mean));
        Some((squares / (SPAN - 1) as f64).sqrt())
    }
}

fn log_return(benchmark: &Benchmark) -> Option<f64> {
    let before = benchmark.previous_close.filter(|before| *before > 0.0)?;
    let ratio = benchmark.close / before;
    (ratio.is_finite() && ratio > 0.0).then(|| libm::log(ratio))
}

#[cfg(test)]
pub(super) fn fixture(symbol: &str, close: f64, previous_close: Option<f64>) -> Benchmark {
    Benchmark {
        symbol: symbol.to_owned(),
        open: close,
        high: close,
        low: close,
        close,
        volume: 0.0,
        bars: 1,
        previous_close,
        sma: vec![None; 6],
        rsi14: None,
        atr14: None,
        adx14: None,
        macd: None,
        macd_signal: None,
        roc: vec![None; 4],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(symbols: &[&str]) -> Option<String> {
        let benchmarks: Vec<_> = symbols.iter().map(|symbol| fixture(symbol, 1.0, None)).collect();
        choose(&benchmarks).map(|benchmark| benchmark.symbol.clone())
    }

    #[test]
    fn the_broad_market_is_preferred_and_a_volatility_index_never_taken() {
        for (symbols, expected) in [
            (&["BWX500", "SPY", "^GSPC", "^VIX"][..], Some("SPY")),
            (&["BWX500", "DIA", "^GSPC"], Some("^GSPC")),
            (&["AAA", "BWX500", "BWXVOL"], Some("BWX500")),
            (&["BWXVOL", "DIA", "QQQ", "^VIX"], Some("DIA")),
            (&["VIXY", "^RVX", "^VIX", "^VXN"], None),
            (&[], None),
        ] {
            assert_eq!(chosen(symbols).as_deref(), expected, "{symbols:?}");
        }
    }

    #[test]
    fn the_volatility_is_the_sample_deviation_of_20_returns() {
        let mut returns = Returns::default();
        for i in 0..30 {
            assert_eq!(returns.volatility().is_some(), i >= SPAN, "{i} returns");
            let close = if i % 2 == 0 { 1.01 } else { 1.0 / 1.01 };
            returns = returns.with(Some(&fixture("SPY", close, Some(1.0))));
            returns = returns.with(Some(&fixture("SPY", close, None))).with(None);
        }
        let expected = libm::log(1.01) * (20.0_f64 / 19.0).sqrt();
        assert!((returns.volatility().unwrap() - expected).abs() < 1e-15);
    }

    #[test]
    fn prices_no_market_has_give_no_return() {
        for (close, before) in [(1.0, 0.0), (1.0, -1.0), (f64::MAX, f64::MIN_POSITIVE), (f64::MIN_POSITIVE, f64::MAX)] {
            assert_eq!(log_return(&fixture("SPY", close, Some(before))), None, "{close} after {before}");
        }
    }
}

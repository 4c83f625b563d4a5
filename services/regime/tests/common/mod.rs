use bellwether_schemas::scan::Benchmark;

/// A benchmark that closed at `close`; all it is compared with is `before`.
pub(crate) fn benchmark(symbol: &str, close: f64, before: f64) -> Benchmark {
    Benchmark {
        symbol: symbol.to_owned(),
        open: close,
        high: close,
        low: close,
        close,
        volume: 0.0,
        bars: 1000,
        previous_close: Some(before),
        sma: vec![Some(before); 6],
        rsi14: None,
        atr14: None,
        adx14: None,
        macd: None,
        macd_signal: None,
        roc: vec![None; 4],
    }
}

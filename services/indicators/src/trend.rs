use crate::{Smoothed, smoothed::WILDER};
use bellwether_schemas::bars::Bar;

/// Directional index and moving-average convergence of one benchmark.
///
/// ADX14: Wilder's averages of the directional movements over 14 bars, and Wilder's average of the DX made of them
/// (Wilder 1978); the true range cancels out of DX. First value at bar 28.
/// MACD: EMA12 − EMA26 of closes, and its EMA9 as the signal (Appel), each seeded with a plain mean. First values at
/// bars 26 and 34.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trend {
    last: Option<(f64, f64)>,
    plus: Smoothed,
    minus: Smoothed,
    adx: Smoothed,
    fast: Smoothed,
    slow: Smoothed,
    signal: Smoothed,
    macd: Option<f64>,
}

impl Default for Trend {
    fn default() -> Self {
        Self {
            last: None,
            plus: Smoothed::wilder(WILDER),
            minus: Smoothed::wilder(WILDER),
            adx: Smoothed::wilder(WILDER),
            fast: Smoothed::ema(12),
            slow: Smoothed::ema(26),
            signal: Smoothed::ema(9),
            macd: None,
        }
    }
}

impl Trend {
    /// Takes the next bar, which must be eligible.
    pub fn push(&mut self, bar: &Bar) {
        self.push_movement(bar);
        let (fast, slow) = (self.fast.push(bar.close), self.slow.push(bar.close));
        self.macd = fast.zip(slow).map(|(fast, slow)| fast - slow);
        if let Some(macd) = self.macd {
            self.signal.push(macd);
        }
    }

    fn push_movement(&mut self, bar: &Bar) {
        let Some((high, low)) = self.last.replace((bar.high, bar.low)) else { return };
        let (up, down) = (bar.high - high, low - bar.low);
        let plus = self.plus.push(if up > down && up > 0.0 { up } else { 0.0 });
        let minus = self.minus.push(if down > up && down > 0.0 { down } else { 0.0 });
        if let Some((plus, minus)) = plus.zip(minus) {
            let both = plus + minus;
            self.adx.push(if both > 0.0 { 100.0 * ((plus - minus).abs() / both) } else { 0.0 });
        }
    }

    /// Average directional index over 14 bars, 0 … 100; null before bar 28.
    pub fn adx14(&self) -> Option<f64> {
        self.adx.value()
    }

    /// EMA12 − EMA26 of closes, in price; null before bar 26.
    pub fn macd(&self) -> Option<f64> {
        self.macd
    }

    /// EMA9 of the MACD, in price; null before bar 34.
    pub fn macd_signal(&self) -> Option<f64> {
        self.signal.value()
    }
}

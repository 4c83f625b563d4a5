use crate::smoothed::WILDER;
use bellwether_schemas::scan::{EXTREME_SPAN, SMA_SPANS};

/// Bars of the window before a bar whose highest high and lowest low it may break.
pub(crate) const SWING_SPAN: usize = 20;

/// Every indicator of one symbol, from its bars up to and including the newest.
///
/// A value is null until there are enough bars for it, and where finite prices have no finite answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    /// Bars so far, the newest included.
    pub bars: u32,
    pub(crate) close: f64,
    pub(crate) before: f64,
    pub(crate) lags: [f64; 6],
    pub(crate) sums: [f64; 6],
    pub(crate) volume_sum: f64,
    pub(crate) gain: f64,
    pub(crate) loss: f64,
    pub(crate) range: f64,
    pub(crate) swing: (f64, f64),
    pub(crate) records: Records,
}

/// Which of the last 252 bars' extremes the newest bar stands at; a tie counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Records {
    /// Its high is the highest high.
    pub high: bool,
    /// Its low is the lowest low.
    pub low: bool,
    /// Its close is the highest close.
    pub close_high: bool,
    /// Its close is the lowest close.
    pub close_low: bool,
}

impl Reading {
    /// What a symbol's first bar says: next to nothing.
    pub fn first(close: f64) -> Self {
        let nothing = [0.0; 6];
        Self {
            bars: 1,
            close,
            before: 0.0,
            lags: nothing,
            sums: nothing,
            volume_sum: 0.0,
            gain: 0.0,
            loss: 0.0,
            range: 0.0,
            swing: (0.0, 0.0),
            records: Records::default(),
        }
    }

    /// Close of the bar before, in price.
    #[inline]
    pub fn previous_close(&self) -> Option<f64> {
        self.after(1, self.before)
    }

    /// Mean close of the last [`SMA_SPANS`]`[index]` bars, in price.
    #[inline]
    pub fn sma(&self, index: usize) -> Option<f64> {
        let span = SMA_SPANS[index];
        self.after(span - 1, self.sums[index] / span as f64)
    }

    /// Whether the close is above that average times `factor`; null until there is one.
    #[inline]
    pub fn above_sma(&self, index: usize, factor: f64) -> Option<bool> {
        let span = SMA_SPANS[index];
        (self.bars as usize >= span).then_some(self.close * span as f64 > self.sums[index] * factor)
    }

    /// Mean volume of the last 20 bars, in units.
    #[inline]
    pub fn average_volume(&self) -> Option<f64> {
        self.after(19, self.volume_sum / 20.0)
    }

    /// close/close[n] − 1 for n = [`SMA_SPANS`]`[index]` bars back; 0.02 is 2 %.
    #[inline]
    pub fn rate_of_change(&self, index: usize) -> Option<f64> {
        self.after(SMA_SPANS[index], self.close / self.lags[index] - 1.0)
    }

    /// Relative strength index over 14 bars, 0 … 100: no loss and some gain is 100, neither is 50 (Wilder 1978).
    #[inline]
    pub fn rsi14(&self) -> Option<f64> {
        let both = self.gain + self.loss;
        let value = if both > 0.0 { 100.0 * (self.gain / both) } else { 50.0 };
        self.after(WILDER as usize, value)
    }

    /// Average true range over 14 bars, in price (Wilder 1978). The first true range is that of the second bar.
    #[inline]
    pub fn atr14(&self) -> Option<f64> {
        self.after(WILDER as usize, self.range)
    }

    /// Highest high and lowest low of the 20 bars before the newest, in price.
    #[inline]
    pub fn swing(&self) -> Option<(f64, f64)> {
        (self.bars as usize > SWING_SPAN).then_some(self.swing)
    }

    /// Where the newest bar stands among the last 252, itself included.
    #[inline]
    pub fn records(&self) -> Option<Records> {
        (self.bars as usize >= EXTREME_SPAN).then_some(self.records)
    }

    /// `value` when at least `earlier` bars came before the newest and it is a number.
    #[inline]
    fn after(&self, earlier: usize, value: f64) -> Option<f64> {
        (self.bars as usize > earlier && value.is_finite()).then_some(value)
    }
}

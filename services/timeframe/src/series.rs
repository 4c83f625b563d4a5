//! Bars of one length of one price, and what is read from the completed ones.

use bellwether_schemas::{Date, timeframe::Bar};
use serde::{Deserialize, Serialize};

/// Span of the average.
const SMA: usize = 10;

/// Span of Wilder's averages.
const WILDER: u32 = 14;

/// Completed bars of one price and the one under way.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Series {
    pub(crate) bars: u32,
    /// The last closes, oldest first: one more than the average takes, for its change.
    closes: Vec<f64>,
    gain: f64,
    loss: f64,
    pub(crate) completed: Option<Bar>,
    pub(crate) forming: Option<Bar>,
}

/// One session of a price.
pub(crate) fn session(date: Date, open: f64, high: f64, low: f64, close: f64) -> Bar {
    Bar { from: date, to: date, sessions: 1, open, high, low, close }
}

impl Series {
    /// Takes one more session into the bar under way.
    pub(crate) fn extend(&mut self, session: Bar) {
        self.forming = Some(match self.forming {
            None => session,
            Some(bar) => Bar {
                from: bar.from,
                to: session.to,
                sessions: bar.sessions.saturating_add(1),
                open: bar.open,
                high: bar.high.max(session.high),
                low: bar.low.min(session.low),
                close: session.close,
            },
        });
    }

    /// Completes the bar under way, if there is one.
    pub(crate) fn complete(&mut self) {
        let Some(bar) = self.forming.take() else { return };
        if let Some(before) = self.closes.last() {
            let change = bar.close - before;
            self.gain = wilder(self.gain, change.max(0.0), self.bars);
            self.loss = wilder(self.loss, (-change).max(0.0), self.bars);
        }
        self.bars = self.bars.saturating_add(1);
        self.closes.push(bar.close);
        self.closes.drain(..self.closes.len().saturating_sub(SMA + 1));
        self.completed = Some(bar);
    }

    /// Mean close of the last 10 completed bars, in price.
    pub(crate) fn sma10(&self) -> Result<f64, String> {
        let mean = self.closes.len().checked_sub(SMA).map(|from| mean(&self.closes[from..]));
        mean.ok_or_else(|| self.short_of(SMA as u32))
    }

    /// The same one bar earlier.
    pub(crate) fn sma10_before(&self) -> Result<f64, String> {
        let mean = self.closes.len().checked_sub(SMA + 1).map(|from| mean(&self.closes[from..from + SMA]));
        mean.ok_or_else(|| self.short_of(SMA as u32 + 1))
    }

    /// Relative strength index over 14 bars, 0 … 100: no loss and some gain is 100, neither is 50 (Wilder 1978).
    pub(crate) fn rsi14(&self) -> Result<f64, String> {
        if self.bars <= WILDER {
            return Err(self.short_of(WILDER + 1));
        }
        // Halves, because the sum of the two may be more than a number holds.
        let (gain, loss) = (0.5 * self.gain, 0.5 * self.loss);
        Ok(if gain + loss > 0.0 { 100.0 * (gain / (gain + loss)) } else { 50.0 })
    }

    fn short_of(&self, bars: u32) -> String {
        format!("{} of {bars} bars", self.bars)
    }
}

/// Not the sum first: it may be more than a number holds.
fn mean(closes: &[f64]) -> f64 {
    closes.iter().map(|close| close / SMA as f64).sum()
}

/// One step of Wilder's average, which starts as the plain mean of its first 14 values; `nth` counts from 1.
fn wilder(mean: f64, value: f64, nth: u32) -> f64 {
    let span = f64::from(WILDER);
    if nth <= WILDER { mean + value / span } else { mean + (value - mean) / span }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bellwether_indicators::Table;
    use bellwether_schemas::fixture;

    fn bar(ordinal: u64, open: f64, high: f64, low: f64, close: f64) -> Bar {
        session(fixture::session(ordinal), open, high, low, close)
    }

    #[test]
    fn sessions_make_a_bar_and_a_completed_one_stays_apart() {
        let mut series = Series::default();
        series.extend(bar(1, 10.0, 12.0, 9.0, 11.0));
        series.extend(bar(2, 11.0, 13.0, 10.0, 10.5));
        assert_eq!((series.bars, series.completed), (0, None));
        series.complete();
        let whole = Bar { to: fixture::session(2), sessions: 2, ..bar(1, 10.0, 13.0, 9.0, 10.5) };
        assert_eq!((series.bars, series.completed, series.forming), (1, Some(whole), None));
        series.complete();
        assert_eq!(series.bars, 1, "nothing under way, nothing completed");
    }

    #[test]
    fn its_indicators_are_those_of_the_scanner_s_table() {
        let (mut series, mut table) = (Series::default(), Table::default());
        let slot = table.add();
        for ordinal in 1..=80 {
            let close = 50.0 + (ordinal * 7919 % 101) as f64 * 0.1;
            series.extend(bar(ordinal, close, close, close, close));
            series.complete();
            let bar = bellwether_schemas::bars::Bar { open: close, high: close, low: close, close, volume: 1.0 };
            let reading = table.push(slot, &bar);
            let near = |a: Result<f64, String>, b: Option<f64>| match (a.ok(), b) {
                (Some(a), Some(b)) => (a - b).abs() < 1e-10,
                (a, b) => a == b,
            };
            assert!(near(series.rsi14(), reading.rsi14()) && near(series.sma10(), reading.sma(1)), "bar {ordinal}");
        }
    }

    #[test]
    fn what_is_missing_says_how_many_bars_there_are() {
        let mut series = Series::default();
        for ordinal in 1..=10 {
            series.extend(bar(ordinal, 5.0, 5.0, 5.0, 5.0));
            series.complete();
        }
        assert_eq!(series.sma10(), Ok(5.0));
        assert_eq!(series.sma10_before(), Err("10 of 11 bars".to_owned()));
        assert_eq!(series.rsi14(), Err("10 of 15 bars".to_owned()));
    }
}

//! Bars and indicators of the benchmarks.

use bellwether_indicators::{Reading, Table, Trend};
use bellwether_schemas::{Panel, bars::Bar, scan::Benchmark};
use std::collections::BTreeMap;

/// Bars of the longest rate of change.
const LONGEST: usize = 60;

/// State of every benchmark seen so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Benchmarks {
    slots: BTreeMap<Box<str>, usize>,
    table: Table,
    trends: Vec<Trend>,
}

impl Benchmarks {
    /// Takes the bars of a closed session.
    pub(crate) fn push(&mut self, panel: &Panel) -> Vec<Benchmark> {
        let taken = eligible(panel);
        taken.map(|(symbol, bar)| self.push_one(symbol, &bar)).collect()
    }

    /// What the bars would make of the benchmarks; nothing changes.
    pub(crate) fn look(&self, panel: &Panel) -> Vec<Benchmark> {
        eligible(panel).map(|(symbol, bar)| self.look_at(symbol, &bar)).collect()
    }

    fn push_one(&mut self, symbol: &str, bar: &Bar) -> Benchmark {
        let shown = self.look_at(symbol, bar);
        let slot = match self.slots.get(symbol) {
            Some(&slot) => slot,
            None => self.enrol(symbol),
        };
        self.table.push(slot, bar);
        self.trends[slot].push(bar);
        shown
    }

    fn enrol(&mut self, symbol: &str) -> usize {
        let slot = self.table.add();
        self.slots.insert(symbol.into(), slot);
        self.trends.push(Trend::default());
        slot
    }

    fn look_at(&self, symbol: &str, bar: &Bar) -> Benchmark {
        let (reading, mut trend, lag) = match self.slots.get(symbol) {
            Some(&slot) => (self.table.look(slot, bar), self.trends[slot], self.table.close_before_next(slot, LONGEST)),
            None => (Reading::first(bar.close), Trend::default(), None),
        };
        trend.push(bar);
        let longest = lag.map(|close| bar.close / close - 1.0).filter(|roc| roc.is_finite());
        let shorter = (0..3).map(|index| reading.rate_of_change(index));
        Benchmark {
            symbol: symbol.to_owned(),
            open: bar.open,
            high: bar.high,
            low: bar.low,
            close: bar.close,
            volume: bar.volume,
            bars: reading.bars,
            previous_close: reading.previous_close(),
            sma: (0..6).map(|index| reading.sma(index)).collect(),
            rsi14: reading.rsi14(),
            atr14: reading.atr14(),
            adx14: trend.adx14(),
            macd: trend.macd(),
            macd_signal: trend.macd_signal(),
            roc: shorter.chain([longest]).collect(),
        }
    }
}

fn eligible(panel: &Panel) -> impl Iterator<Item = (&str, Bar)> {
    panel
        .symbols
        .iter()
        .enumerate()
        .map(|(row, symbol)| (symbol, panel.bar(row)))
        .filter(|(_, bar)| bar.eligible().is_ok())
}

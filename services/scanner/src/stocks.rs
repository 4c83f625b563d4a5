//! State of the stocks of a universe, and what one bar makes of it.

use crate::{
    outcomes::Day,
    rules::{ABOVE_TIE, Shape, rules},
    suspect::{Suspicion, suspicion},
    universe::Universe,
};
use bellwether_indicators::{Reading, Table};
use bellwether_schemas::{
    Symbol, Symbols,
    bars::Bar,
    scan::{SMA_SPANS, flag},
};

/// Everything kept per stock, by slot.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stocks {
    universe: Universe,
    table: Table,
    recent: Vec<Recent>,
}

/// What the rules and flags need of the bars before.
#[derive(Debug, Clone, Copy, Default)]
struct Recent {
    shapes: [Shape; 2],
    flags: u32,
    /// Number of the last bar's session among the universe's closed ones.
    index: u32,
}

/// What one bar says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    pub(crate) flags: u32,
    pub(crate) previous: u32,
    pub(crate) rules: u16,
    pub(crate) previous_close: Option<f64>,
    pub(crate) atr14: Option<f64>,
    pub(crate) suspicion: Option<Suspicion>,
}

impl Stocks {
    /// The slot of each of today's symbols, null for a newcomer; `absent` is told of the known ones without a bar.
    pub(crate) fn join<'a>(&'a self, today: &Symbols, absent: impl FnMut(&'a str, usize)) -> Vec<Option<usize>> {
        self.universe.join(today, absent)
    }

    /// Gives every newcomer a slot.
    pub(crate) fn enrol(&mut self, today: &Symbols, slots: &mut [Option<usize>]) {
        self.universe.enrol(today, slots);
        while self.recent.len() < self.universe.len() {
            self.recent.push(Recent::default());
            self.table.add();
        }
    }

    /// The symbol of a slot.
    pub(crate) fn name(&self, slot: usize) -> &Symbol {
        self.universe.name(slot)
    }

    /// Place of a slot in the order of symbols.
    pub(crate) fn rank(&self, slot: usize) -> usize {
        self.universe.rank(slot)
    }

    /// Number of the session of the slot's last bar among the universe's closed ones.
    pub(crate) fn last_index(&self, slot: usize) -> u32 {
        self.recent[slot].index
    }

    /// How many slots there are.
    pub(crate) fn len(&self) -> usize {
        self.recent.len()
    }

    /// What a session without a bar of the slot's symbol looks like to those who follow it.
    pub(crate) fn absence(&self, slot: usize) -> Day {
        Day::Absent { last_index: self.last_index(slot), last_close: self.table.last_close(slot) }
    }

    /// Takes the bar of the closed session number `index`.
    #[inline]
    pub(crate) fn push(&mut self, slot: usize, bar: &Bar, index: u32) -> Row {
        let reading = self.table.push(slot, bar);
        let recent = &mut self.recent[slot];
        let (row, shape) = recent.row(bar, &reading);
        *recent = Recent { shapes: [recent.shapes[1], shape], flags: row.flags, index };
        row
    }

    /// What the bar would say; nothing changes.
    pub(crate) fn look(&self, slot: Option<usize>, bar: &Bar) -> Row {
        match slot {
            Some(slot) => self.recent[slot].row(bar, &self.table.look(slot, bar)).0,
            None => Recent::default().row(bar, &Reading::first(bar.close)).0,
        }
    }
}

impl Recent {
    #[inline]
    fn row(&self, bar: &Bar, reading: &Reading) -> (Row, Shape) {
        let (shape, previous_close) = (Shape::of(bar), reading.previous_close());
        let suspicion = suspicion(bar, previous_close);
        let suspect = set(suspicion.is_some(), flag::SUSPECT);
        let row = Row {
            flags: direction(bar.close, previous_close) | averages(reading) | records(reading) | suspect,
            previous: self.flags & flag::AVERAGES,
            rules: rules(bar, shape, &self.shapes, reading),
            previous_close,
            atr14: reading.atr14(),
            suspicion,
        };
        (row, shape)
    }
}

/// Whether the close rose, fell or stayed; none of the three without a close before it.
#[inline]
pub(crate) fn direction(close: f64, previous_close: Option<f64>) -> u32 {
    let Some(before) = previous_close else { return 0 };
    set(close > before, flag::ADVANCE) | set(close < before, flag::DECLINE) | set(close == before, flag::UNCHANGED)
}

/// `flag` where `on`, without a branch: what a bar did is a toss of a coin to the processor.
#[inline]
fn set(on: bool, flag: u32) -> u32 {
    u32::from(on) * flag
}

#[inline]
fn averages(reading: &Reading) -> u32 {
    let mut flags = 0;
    for index in 0..SMA_SPANS.len() {
        if let Some(above) = reading.above_sma(index, ABOVE_TIE) {
            flags |= flag::have_sma(index) | set(above, flag::above_sma(index));
        }
    }
    flags
}

#[inline]
fn records(reading: &Reading) -> u32 {
    let Some(records) = reading.records() else { return 0 };
    flag::HAVE_EXTREMES
        | set(records.high, flag::NEW_HIGH)
        | set(records.low, flag::NEW_LOW)
        | set(records.close_high, flag::NEW_HIGH_CLOSE)
        | set(records.close_low, flag::NEW_LOW_CLOSE)
}

//! Where rows go: into the universe's table, the benchmarks' table, or to the listener as refused.

use super::{BadRow, Events, Options, Progress, SourceError, table::Table};
use bellwether_schemas::{Date, Refusal, bars::Bar};
use std::path::Path;

/// What a file's rows are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Panel {
    Stocks,
    Benchmarks,
}

/// Where a row stands.
pub(super) struct Place<'a> {
    pub(super) file: &'a Path,
    pub(super) line: u64,
    /// The row as it stands there; called only for a refused row.
    pub(super) raw: &'a dyn Fn() -> Vec<u8>,
}

/// A symbol whose bar of a date was refused.
pub(super) struct Refused {
    pub(super) date: Date,
    /// Number of the symbol in the universe's table.
    pub(super) symbol: u32,
    /// Index into [`Collected::reasons`].
    pub(super) reason: usize,
}

/// All an import has read.
pub(super) struct Collected {
    pub(super) stocks: Table,
    pub(super) benchmarks: Table,
    pub(super) refused: Vec<Refused>,
    pub(super) reasons: Vec<String>,
    pub(super) bad_rows: u64,
}

pub(super) struct Sink<'a> {
    options: &'a Options,
    events: &'a mut dyn Events,
    collected: Collected,
    first: Option<Box<BadRow>>,
    files: usize,
    /// Bytes of the files that are done.
    done: u64,
    total: u64,
}

impl<'a> Sink<'a> {
    pub(super) fn new(options: &'a Options, events: &'a mut dyn Events, total: u64) -> Self {
        let collected = Collected {
            stocks: Table::default(),
            benchmarks: Table::default(),
            refused: Vec::new(),
            reasons: Vec::new(),
            bad_rows: 0,
        };
        Self { options, events, collected, first: None, files: 0, done: 0, total }
    }

    /// Takes a bar, or the reason why it is none.
    pub(super) fn bar(
        &mut self,
        panel: Panel,
        place: &Place<'_>,
        date: Date,
        symbol: &str,
        bar: Result<Bar, Refusal>,
    ) -> Result<(), SourceError> {
        let benchmark =
            panel == Panel::Benchmarks || self.options.benchmark_symbols.iter().any(|known| known == symbol);
        let table = if benchmark { &mut self.collected.benchmarks } else { &mut self.collected.stocks };
        match bar {
            Ok(bar) => match table.push(symbol, date, bar) {
                Ok(()) => Ok(()),
                Err(refusal) => self.refuse(place, refusal),
            },
            Err(refusal) => {
                if !benchmark {
                    self.remember(date, symbol, &refusal)?;
                }
                self.refuse(place, refusal)
            }
        }
    }

    /// A session counts the symbol among those that failed, so it must know about it.
    fn remember(&mut self, date: Date, symbol: &str, refusal: &Refusal) -> Result<(), SourceError> {
        let collected = &mut self.collected;
        let symbol = collected.stocks.number_of(symbol).map_err(SourceError::TooMuch)?;
        // Without the value, or every reason would be its own.
        let text = format!("{} is not {}", refusal.field, refusal.expected);
        let known = collected.reasons.iter().position(|known| *known == text);
        let reason = known.unwrap_or_else(|| {
            collected.reasons.push(text);
            collected.reasons.len() - 1
        });
        collected.refused.push(Refused { date, symbol, reason });
        Ok(())
    }

    /// Tells the listener of a refused row; fails when even one is too many.
    pub(super) fn refuse(&mut self, place: &Place<'_>, refusal: Refusal) -> Result<(), SourceError> {
        let mut raw = (place.raw)();
        raw.truncate(4096);
        let row = BadRow { file: place.file.to_owned(), line: place.line, refusal, raw };
        if self.options.strict {
            return Err(SourceError::Strict(Box::new(row)));
        }
        self.collected.bad_rows += 1;
        self.first.get_or_insert_with(|| Box::new(row.clone()));
        self.events.bad_row(row);
        Ok(())
    }

    /// Tells how far the current file is.
    pub(super) fn progress(&mut self, taken: u64) {
        let rows = self.collected.stocks.len() as u64;
        self.events.progress(Progress { bytes: self.done + taken, total: self.total, rows });
    }

    pub(super) fn end_of_file(&mut self, bytes: u64) {
        self.files += 1;
        self.done += bytes;
        self.progress(0);
    }

    pub(super) fn finish(self) -> Result<Collected, SourceError> {
        if self.collected.stocks.len() == 0 {
            return Err(SourceError::Nothing { files: self.files, first: self.first });
        }
        Ok(self.collected)
    }
}

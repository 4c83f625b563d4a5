use crate::services::ledger::Fate;
use bellwether_schemas::{Bars, Date};
use serde::Serialize;
use std::{collections::BTreeMap, time::Duration};

/// What an import did.
#[derive(Debug, Default, Serialize)]
pub(super) struct Summary {
    /// Name of the universe.
    pub(super) universe: String,
    /// First and last session of the files.
    pub(super) sessions: Option<(Date, Date)>,
    /// Sessions added to the log.
    pub(super) new: u64,
    /// Sessions the log had, byte for byte.
    pub(super) unchanged: u64,
    /// Sessions that contradict the log.
    pub(super) refused: u64,
    /// Bars of the universe that were read.
    pub(super) rows: u64,
    /// Bars of benchmarks that were read.
    pub(super) benchmark_rows: u64,
    /// Rows that were refused.
    pub(super) bad_rows: u64,
    /// The same by reason.
    pub(super) bad_rows_by_reason: BTreeMap<String, u64>,
    /// How long it took.
    pub(super) seconds: f64,
    /// Rows read and stored per second.
    pub(super) rows_per_second: f64,
}

impl Summary {
    /// Notes a session before its fate; the made-up market was not read from a file that counted its rows.
    pub(super) fn read(&mut self, bars: &Bars, count_rows: bool) {
        let first = self.sessions.map_or(bars.session, |(first, _)| first);
        self.sessions = Some((first, bars.session));
        if count_rows {
            self.rows += bars.stocks.symbols.len() as u64;
            self.benchmark_rows += bars.benchmarks.symbols.len() as u64;
        }
    }

    /// Counts a session.
    pub(super) fn count(&mut self, fate: &Fate) {
        match fate {
            Fate::New(_) => self.new += 1,
            Fate::Unchanged => self.unchanged += 1,
            Fate::Refused(_) => self.refused += 1,
        }
    }

    /// Ends the count.
    pub(super) fn took(&mut self, time: Duration) {
        self.seconds = time.as_secs_f64();
        self.rows_per_second = (self.rows + self.benchmark_rows) as f64 / self.seconds.max(1e-9);
    }

    /// For a person.
    pub(super) fn lines(&self) -> Vec<String> {
        let span = self.sessions.map_or_else(String::new, |(first, last)| format!(", {first} to {last}"));
        let mut lines = vec![
            format!("universe {}{span}", self.universe),
            format!("sessions {} new, {} unchanged, {} refused", self.new, self.unchanged, self.refused),
            format!(
                "rows     {} read, {} of benchmarks, {} refused, in {:.1} s ({:.0} rows/s)",
                self.rows, self.benchmark_rows, self.bad_rows, self.seconds, self.rows_per_second
            ),
        ];
        lines.extend(self.bad_rows_by_reason.iter().map(|(reason, count)| format!("         {count} × {reason}")));
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_counts_every_fate_and_every_reason() {
        let mut summary = Summary { universe: "u".to_owned(), rows: 100, bad_rows: 3, ..Summary::default() };
        summary.bad_rows_by_reason.insert("close is not a price".to_owned(), 3);
        [Fate::New(1), Fate::New(2), Fate::Unchanged].iter().for_each(|fate| summary.count(fate));
        summary.took(Duration::from_secs(2));
        let text = summary.lines().join("\n");
        for part in ["2 new, 1 unchanged, 0 refused", "3 refused, in 2.0 s (50 rows/s)", "3 × close is not a price"] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }
}

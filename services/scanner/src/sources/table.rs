//! Bars of many symbols and dates, compact and in the order they came, and then by date and symbol.

use bellwether_schemas::{Date, Refusal, bars::Bar};
use std::{
    collections::{HashMap, HashSet},
    ops::Range,
};

/// 48 bytes.
#[derive(Clone, Copy)]
struct Row {
    symbol: u32,
    date: Date,
    bar: Bar,
}

/// Collects rows; of two for one symbol and date the first stays.
#[derive(Default)]
pub(super) struct Table {
    rows: Vec<Row>,
    names: Vec<Box<str>>,
    numbers: HashMap<Box<str>, u32>,
    /// Of each symbol, the latest date it has a row of.
    latest: Vec<Option<Date>>,
    /// Every symbol and date, from the first row on that does not follow its symbol's latest. Ascending files, the
    /// usual ones, never need it.
    seen: Option<HashSet<(u32, Date)>>,
    /// The symbol before, which in most files is this one's, too.
    before: u32,
}

impl Table {
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Appends a bar.
    ///
    /// # Errors
    /// Refuses a second bar of a symbol and date, and more than 2³² rows.
    pub(super) fn push(&mut self, symbol: &str, date: Date, bar: Bar) -> Result<(), Refusal> {
        let symbol = self.number_of(symbol)?;
        let latest = self.latest[symbol as usize];
        let ascends = latest.is_none_or(|latest| date > latest);
        if !ascends || self.seen.is_some() {
            let rows = &self.rows;
            let seen = self.seen.get_or_insert_with(|| rows.iter().map(|row| (row.symbol, row.date)).collect());
            if !seen.insert((symbol, date)) {
                let value = format!("{} of {date} again", self.names[symbol as usize]);
                return Err(Refusal::new("row", value, "one row per symbol and date; the first is kept"));
            }
        }
        if self.rows.len() == u32::MAX as usize {
            return Err(Refusal::new("rows", "more than 4294967295", "fewer; import in parts"));
        }
        self.latest[symbol as usize] = latest.max(Some(date));
        self.rows.push(Row { symbol, date, bar });
        Ok(())
    }

    /// The number of a symbol, which is new if it was not met before.
    ///
    /// # Errors
    /// Refuses more than 2³² symbols.
    pub(super) fn number_of(&mut self, symbol: &str) -> Result<u32, Refusal> {
        if self.names.get(self.before as usize).is_some_and(|before| **before == *symbol) {
            return Ok(self.before);
        }
        let number = match self.numbers.get(symbol) {
            Some(&number) => number,
            None => {
                let too_many = |_| Refusal::new("symbols", "more than 4294967295", "fewer");
                let number = u32::try_from(self.names.len()).map_err(too_many)?;
                self.names.push(symbol.into());
                self.numbers.insert(symbol.into(), number);
                self.latest.push(None);
                number
            }
        };
        self.before = number;
        Ok(number)
    }

    /// Sorts by date, then symbol.
    pub(super) fn sorted(self) -> Sorted {
        let mut by_name: Vec<u32> = (0..self.names.len() as u32).collect();
        by_name.sort_unstable_by_key(|&number| &self.names[number as usize]);
        let mut rank = vec![0; by_name.len()];
        for (place, &number) in by_name.iter().enumerate() {
            rank[number as usize] = place;
        }

        let first = self.rows.iter().map(|row| slot(row.date)).min().unwrap_or(0);
        let all = (0..self.rows.len() as u32).collect();
        let by_symbol = counting_sort(all, rank.len(), |row| rank[self.rows[row as usize].symbol as usize]);
        let slots = self.rows.iter().map(|row| slot(row.date) - first + 1).max().unwrap_or(0);
        let order = counting_sort(by_symbol, slots, |row| slot(self.rows[row as usize].date) - first);
        Sorted { days: days(&self.rows, &order), rows: self.rows, order, names: self.names }
    }
}

/// A number that rises with the date and leaves few holes: 384 a year.
fn slot(date: Date) -> usize {
    let (year, month, day) = (i32::from(date.year()), i32::from(date.month()), i32::from(date.day()));
    ((year + 9999) * 384 + month * 32 + day) as usize
}

/// Sorts stably by a small key in linear time.
fn counting_sort(rows: Vec<u32>, keys: usize, key: impl Fn(u32) -> usize) -> Vec<u32> {
    let mut starts = vec![0_u32; keys + 1];
    for &row in &rows {
        starts[key(row) + 1] += 1;
    }
    for at in 1..starts.len() {
        starts[at] += starts[at - 1];
    }
    let mut sorted = vec![0; rows.len()];
    for row in rows {
        let start = &mut starts[key(row)];
        sorted[*start as usize] = row;
        *start += 1;
    }
    sorted
}

fn days(rows: &[Row], order: &[u32]) -> Vec<(Date, Range<usize>)> {
    let date = |at: u32| rows[at as usize].date;
    let mut start = 0;
    let runs = order.chunk_by(|&a, &b| date(a) == date(b));
    runs.map(|run| {
        let range = start..start + run.len();
        start = range.end;
        (date(run[0]), range)
    })
    .collect()
}

/// Rows by date, then symbol.
pub(super) struct Sorted {
    rows: Vec<Row>,
    order: Vec<u32>,
    names: Vec<Box<str>>,
    days: Vec<(Date, Range<usize>)>,
}

impl Sorted {
    /// Dates and how many rows each has, ascending.
    pub(super) fn days(&self) -> impl Iterator<Item = (Date, usize)> + '_ {
        self.days.iter().map(|(date, range)| (*date, range.len()))
    }

    /// Rows of a date: number and name of the symbol, and its bar; sorted by name.
    pub(super) fn of(&self, date: Date) -> impl Iterator<Item = (u32, &str, Bar)> + '_ {
        let found = self.days.binary_search_by_key(&date, |(day, _)| *day);
        let range = found.map_or(0..0, |at| self.days[at].1.clone());
        self.order[range].iter().map(|&at| {
            let row = &self.rows[at as usize];
            (row.symbol, &*self.names[row.symbol as usize], row.bar)
        })
    }

    /// Names of the symbols by their numbers.
    pub(super) fn names(&self) -> &[Box<str>] {
        &self.names
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    const BAR: Bar = Bar { open: 1.0, high: 1.0, low: 1.0, close: 1.0, volume: 0.0 };

    fn bar(close: f64) -> Bar {
        Bar { close, ..BAR }
    }

    #[test]
    fn rows_are_sorted_whatever_their_order() {
        let mut table = Table::default();
        for (symbol, day) in [("B", 3), ("B", 2), ("A", 2), ("C", 1), ("A", 3), ("B", 1)] {
            table.push(symbol, date(2020, 1, day), BAR).unwrap();
        }
        let sorted = table.sorted();
        let of = |day| sorted.of(date(2020, 1, day)).map(|(_, name, _)| name).collect::<Vec<_>>();
        assert_eq!((of(1), of(2), of(3), of(4)), (vec!["B", "C"], vec!["A", "B"], vec!["A", "B"], vec![]));
        assert_eq!(sorted.days().map(|(_, rows)| rows).collect::<Vec<_>>(), [2, 2, 2]);
    }

    #[test]
    fn of_two_rows_the_first_is_kept() {
        for days in [[1, 2, 1], [2, 1, 2]] {
            let mut table = Table::default();
            let pushed = days.map(|day| table.push("A", date(2020, 1, day), bar(f64::from(table.len() as u8))).is_ok());
            assert_eq!(pushed, [true, true, false]);
            let (_, _, kept) = table.sorted().of(date(2020, 1, days[0])).next().unwrap();
            assert_eq!(kept.close, 0.0);
        }
    }
}

use super::{
    Options, SourceError,
    sectors::Sectors,
    sink::{Collected, Refused},
    table::Sorted,
};
use bellwether_schemas::{
    Bars, Basis, Date, MAX_SYMBOLS, Panel, Refusal, Symbols, bars, calendar::Exchange, scan::Unavailable,
};
use std::collections::{BTreeMap, BTreeSet};

/// Bars that were read, ready to be handed out session by session.
///
/// They are held in compact columns, about 52 bytes a row; a session's message is made when it is asked for.
pub struct Import {
    options: Options,
    exchange: &'static Exchange,
    stocks: Sorted,
    benchmarks: Sorted,
    sectors: Vec<String>,
    /// By symbol number.
    sector: Vec<u8>,
    refused: BTreeMap<Date, Vec<Refused>>,
    reasons: Vec<String>,
    bad_rows: u64,
    dates: Vec<Date>,
}

impl Import {
    pub(super) fn new(
        options: Options,
        exchange: &'static Exchange,
        collected: Collected,
        sectors: &Sectors,
    ) -> Result<Self, SourceError> {
        let (stocks, benchmarks) = (collected.stocks.sorted(), collected.benchmarks.sorted());
        for (date, rows) in stocks.days().chain(benchmarks.days()) {
            if rows > MAX_SYMBOLS {
                let expected = format!("at most {MAX_SYMBOLS}");
                return Err(SourceError::TooMuch(Refusal::new(format!("symbols of {date}"), rows, expected)));
            }
        }
        let mut refused: BTreeMap<Date, Vec<Refused>> = BTreeMap::new();
        for one in collected.refused {
            refused.entry(one.date).or_default().push(one);
        }
        let dates: BTreeSet<Date> = stocks.days().map(|(date, _)| date).chain(refused.keys().copied()).collect();
        let (sectors, sector) = sectors.assign(stocks.names()).map_err(SourceError::TooMuch)?;
        Ok(Self {
            options,
            exchange,
            stocks,
            benchmarks,
            sectors,
            sector,
            refused,
            reasons: collected.reasons,
            bad_rows: collected.bad_rows,
            dates: dates.into_iter().collect(),
        })
    }

    /// Dates that have a row, ascending, whether or not the exchange's calendar knows them.
    pub fn dates(&self) -> &[Date] {
        &self.dates
    }

    /// How many bars of the universe were kept.
    pub fn rows(&self) -> usize {
        self.stocks.len()
    }

    /// How many bars of benchmarks were kept.
    pub fn benchmark_rows(&self) -> usize {
        self.benchmarks.len()
    }

    /// How many rows were refused, of all files.
    pub fn bad_rows(&self) -> u64 {
        self.bad_rows
    }

    /// One message per date, in order.
    pub fn sessions(&self) -> impl ExactSizeIterator<Item = Bars> + '_ {
        self.dates.iter().map(|&date| self.session(date))
    }

    /// The message of one date; without any symbol if the files have no row of it.
    pub fn session(&self, date: Date) -> Bars {
        let (stocks, sector) = self.stocks_of(date);
        let (benchmarks, _) = panel(self.benchmarks.of(date));
        Bars {
            schema: bars::SCHEMA.to_owned(),
            universe: self.options.universe.clone(),
            session: date,
            as_of: self.exchange.close_of(date),
            basis: Basis::Close,
            exchange: self.exchange.code.to_owned(),
            adjusted: self.options.adjusted,
            sample: self.options.sample,
            refused: self.refused_of(date, &stocks.symbols),
            stocks,
            sector,
            sectors: self.sectors.clone(),
            benchmarks,
        }
    }

    fn stocks_of(&self, date: Date) -> (Panel, Vec<u8>) {
        let (stocks, numbers) = panel(self.stocks.of(date));
        let sector = numbers.into_iter().map(|number| self.sector[number as usize]).collect();
        (stocks, sector)
    }

    /// A symbol that also has a sound row of the date is not refused.
    fn refused_of(&self, date: Date, sound: &Symbols) -> Vec<Unavailable> {
        let mut reason_of: BTreeMap<&str, usize> = BTreeMap::new();
        for refused in self.refused.get(&date).into_iter().flatten() {
            let symbol = &*self.stocks.names()[refused.symbol as usize];
            if sound.position(symbol).is_none() {
                reason_of.entry(symbol).or_insert(refused.reason);
            }
        }
        let mut symbols_of: BTreeMap<&str, Symbols> = BTreeMap::new();
        for (symbol, reason) in reason_of {
            let symbols = symbols_of.entry(&self.reasons[reason]).or_default();
            // Ascending and checked when they were read.
            let _ = symbols.push(symbol);
        }
        let named = symbols_of.into_iter();
        named.map(|(reason, symbols)| Unavailable { reason: reason.to_owned(), symbols }).collect()
    }
}

/// A panel of rows sorted by symbol, and the number of each row's symbol.
fn panel<'a>(rows: impl Iterator<Item = (u32, &'a str, bars::Bar)>) -> (Panel, Vec<u32>) {
    let (mut panel, mut numbers) = (Panel::default(), Vec::new());
    for (number, symbol, bar) in rows {
        // Ascending, checked and counted when they were read; should one be refused all the same, columns stay equal.
        if panel.push(symbol, bar).is_ok() {
            numbers.push(number);
        }
    }
    (panel, numbers)
}

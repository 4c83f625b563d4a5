//! A made-up market to look at before real data is at hand, and to test with.
//!
//! 500 invented stocks in eleven sectors and five indices, on the calendar of the New York Stock Exchange. The market
//! moves between calm and panic, stocks follow it, their sector and their own news; companies are listed and delisted,
//! trading is halted, and now and then a price is wrong, as in real data. Every bar says that it is a sample.
//!
//! The same ordinal has the same bytes on every machine: numbers come from a generator of our own, and functions that
//! are not exact in IEEE 754 from `libm`.

mod company;
mod index;
mod market;
mod random;

use bellwether_schemas::{Bars, Basis, Date, Ordinal, Panel, bars, calendar::Exchange};
use company::Company;
use index::Indices;
use jiff::civil::date;
use market::Market;

/// Name of the universe.
pub const UNIVERSE: &str = "sample";

/// Sessions up to and including [`LAST_SESSION`]: five years of history.
pub const SESSIONS: Ordinal = 1260;

/// Session of ordinal [`SESSIONS`]. The sample goes on after it for as long as it is asked.
pub const LAST_SESSION: Date = date(2025, 12, 31);

/// Chosen by looking at many: its five years hold a calm start, a crash, a long rise, a bear market of a third and the
/// first of a recovery.
const SEED: u64 = 21;

/// The sample, session by session from ordinal 1 on. Ends only with the calendar, in the year 9999.
pub struct Sample {
    exchange: &'static Exchange,
    /// The next to be given out.
    session: Option<Date>,
    ordinal: Ordinal,
    market: Market,
    companies: Vec<Company>,
    indices: Indices,
    sectors: Vec<String>,
}

impl Sample {
    /// Begins at ordinal 1.
    pub fn new() -> Self {
        Self::seeded(SEED)
    }

    /// Another market of the same kind, for tests that want more than one.
    pub fn seeded(seed: u64) -> Self {
        let exchange = exchange();
        let first = (1..SESSIONS).try_fold(LAST_SESSION, |day, _| exchange.previous_session(day));
        let companies = Company::all(seed);
        Self {
            exchange,
            session: first,
            ordinal: 1,
            market: Market::new(seed),
            indices: Indices::new(),
            companies,
            sectors: company::SECTORS.map(str::to_owned).to_vec(),
        }
    }

    /// Begins at `ordinal` (0 means 1), as if all before had been taken. Costs about a tenth of a millisecond per
    /// session left out.
    pub fn starting_at(ordinal: Ordinal) -> Self {
        let mut sample = Self::new();
        while sample.ordinal < ordinal && sample.session.is_some() {
            sample.advance();
        }
        sample
    }

    /// Ordinal of the session the iterator gives next.
    pub fn next_ordinal(&self) -> Ordinal {
        self.ordinal
    }

    /// Trades one session.
    fn advance(&mut self) -> Option<Date> {
        let session = self.session?;
        let move_of = self.market.step();
        for company in &mut self.companies {
            company.step(self.ordinal, &move_of);
        }
        self.indices.step(&self.companies, &move_of);
        self.session = self.exchange.next_session(session);
        self.ordinal += 1;
        Some(session)
    }
}

impl Default for Sample {
    fn default() -> Self {
        Self::new()
    }
}

impl Iterator for Sample {
    type Item = Bars;

    fn next(&mut self) -> Option<Bars> {
        let session = self.advance()?;
        let (mut stocks, mut sector) = (Panel::default(), Vec::new());
        for company in &self.companies {
            if let Some(bar) = company.printed()
                && stocks.push(company.ticker(), bar).is_ok()
            {
                sector.push(company.sector());
            }
        }
        Some(Bars {
            schema: bars::SCHEMA.to_owned(),
            universe: UNIVERSE.to_owned(),
            session,
            as_of: self.exchange.close_of(session),
            basis: Basis::Close,
            exchange: self.exchange.code.to_owned(),
            adjusted: true,
            sample: true,
            stocks,
            sector,
            sectors: self.sectors.clone(),
            refused: Vec::new(),
            benchmarks: self.indices.panel(),
        })
    }
}

#[expect(clippy::expect_used, reason = "the calendar of New York is part of the program")]
fn exchange() -> &'static Exchange {
    Exchange::by_code("XNYS").expect("a calendar of XNYS")
}

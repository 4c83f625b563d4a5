//! One session of open, high, low, close and volume for a whole universe.

use crate::{Basis, Date, Refusal, Symbols, Timestamp, codec, column, scan::Unavailable};
use serde::{Deserialize, Serialize};

/// Schema of [`Bars`].
pub const SCHEMA: &str = "bars/1";

/// Bars of many symbols, column by column. All columns have the length of `symbols`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Panel {
    /// Sorted and distinct.
    pub symbols: Symbols,
    /// Price of the first trade, in the currency of the universe.
    #[serde(with = "column")]
    pub open: Vec<f64>,
    /// Highest price.
    #[serde(with = "column")]
    pub high: Vec<f64>,
    /// Lowest price.
    #[serde(with = "column")]
    pub low: Vec<f64>,
    /// Price of the last trade.
    #[serde(with = "column")]
    pub close: Vec<f64>,
    /// Units traded.
    #[serde(with = "column")]
    pub volume: Vec<f64>,
}

impl Panel {
    /// Appends one bar; `symbol` must sort after the last.
    ///
    /// # Errors
    /// As [`Symbols::push`].
    pub fn push(&mut self, symbol: &str, bar: Bar) -> Result<(), Refusal> {
        self.symbols.push(symbol)?;
        self.open.push(bar.open);
        self.high.push(bar.high);
        self.low.push(bar.low);
        self.close.push(bar.close);
        self.volume.push(bar.volume);
        Ok(())
    }

    /// The bar at `index`, which must be below the number of symbols.
    #[inline]
    pub fn bar(&self, index: usize) -> Bar {
        Bar {
            open: self.open[index],
            high: self.high[index],
            low: self.low[index],
            close: self.close[index],
            volume: self.volume[index],
        }
    }

    fn check(&self, name: &str) -> Result<(), Refusal> {
        let symbols = self.symbols.len();
        for (column, length) in [
            ("open", self.open.len()),
            ("high", self.high.len()),
            ("low", self.low.len()),
            ("close", self.close.len()),
            ("volume", self.volume.len()),
        ] {
            crate::scan::check_length(&format!("{name}.{column}"), length, symbols)?;
        }
        Ok(())
    }
}

/// One bar.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Bar {
    /// Price of the first trade.
    pub open: f64,
    /// Highest price.
    pub high: f64,
    /// Lowest price.
    pub low: f64,
    /// Price of the last trade.
    pub close: f64,
    /// Units traded.
    pub volume: f64,
}

impl Bar {
    /// Whether the bar can be counted: prices finite and not negative, close above 0, volume finite and not negative.
    ///
    /// # Errors
    /// Names the first field that is out of range, its value and the range.
    #[inline]
    pub fn eligible(&self) -> Result<(), Refusal> {
        for (field, price) in [("open", self.open), ("high", self.high), ("low", self.low), ("close", self.close)] {
            if !(price.is_finite() && price >= 0.0) {
                return Err(Refusal::new(field, price, "a finite price, not negative"));
            }
        }
        if self.close <= 0.0 {
            return Err(Refusal::new("close", self.close, "a price above 0"));
        }
        if !(self.volume.is_finite() && self.volume >= 0.0) {
            return Err(Refusal::new("volume", self.volume, "a finite volume, not negative"));
        }
        Ok(())
    }
}

/// One session (or intraday slot) of a universe: the only input of the scanner.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bars {
    /// [`SCHEMA`].
    pub schema: String,
    /// Name of the universe.
    pub universe: String,
    /// Date of the session in the exchange's zone.
    pub session: Date,
    /// Instant the bars speak of: the session's close, or the end of the slot.
    pub as_of: Timestamp,
    /// Whether the session has closed.
    pub basis: Basis,
    /// Market identifier code of the exchange whose calendar rules the universe, e.g. `XNYS`.
    pub exchange: String,
    /// Whether prices are adjusted for splits and dividends.
    pub adjusted: bool,
    /// Whether the data is made up for show.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sample: bool,
    /// Bars of the universe.
    pub stocks: Panel,
    /// Per stock: index into `sectors`, 255 for none.
    #[serde(with = "column")]
    pub sector: Vec<u8>,
    /// Names of the sectors.
    pub sectors: Vec<String>,
    /// Symbols whose bar was refused on the way in, by reason.
    #[serde(default)]
    pub refused: Vec<Unavailable>,
    /// Bars of the benchmarks (indices, funds), which are no part of the universe.
    #[serde(default)]
    pub benchmarks: Panel,
}

impl Bars {
    /// Reads and checks a message.
    ///
    /// # Errors
    /// Refuses bytes that are not this schema, columns of unequal length, unsorted or repeated symbols, no symbol at
    /// all. A single bad bar is no reason to refuse the session; see [`Bar::eligible`].
    pub fn decode(bytes: &[u8]) -> Result<Self, Refusal> {
        let bars: Self = codec::decode(bytes)?;
        bars.check()?;
        Ok(bars)
    }

    /// Checks shape and ranges.
    ///
    /// # Errors
    /// As [`Bars::decode`].
    pub fn check(&self) -> Result<(), Refusal> {
        if self.schema != SCHEMA {
            return Err(Refusal::new("schema", &self.schema, SCHEMA));
        }
        crate::Key::live(self.universe.as_str())?;
        if self.stocks.symbols.is_empty() && self.refused.is_empty() {
            return Err(Refusal::new("stocks.symbols", "empty", "at least one symbol"));
        }
        self.stocks.check("stocks")?;
        self.benchmarks.check("benchmarks")?;
        crate::scan::check_length("sector", self.sector.len(), self.stocks.symbols.len())?;
        crate::scan::check_sectors(&self.sector, &self.sectors)
    }
}

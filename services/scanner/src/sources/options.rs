use bellwether_schemas::{Date, Refusal};
use std::{path::PathBuf, str::FromStr};

/// What to make of the files.
#[derive(Debug, Clone)]
pub struct Options {
    /// Name of the universe, as in [`bellwether_schemas::Key`].
    pub universe: String,
    /// Market identifier code of the exchange, e.g. `XNYS`.
    pub exchange: String,
    /// Whether prices are adjusted for splits and dividends.
    pub adjusted: bool,
    /// Whether the data is made up for show.
    pub sample: bool,
    /// Names of the columns, where they are not the usual ones.
    pub columns: ColumnMap,
    /// A further file (or folder) of bars: every symbol in it is a benchmark. Dates the universe does not have are left out.
    pub benchmarks: Option<PathBuf>,
    /// Symbols of the universe's own files that are benchmarks and no part of the universe.
    pub benchmark_symbols: Vec<String>,
    /// A table with the columns `symbol` and `sector`.
    pub sectors: Option<PathBuf>,
    /// Whether to stop at the first bad row.
    pub strict: bool,
    /// First date to read.
    pub from: Option<Date>,
    /// Last date to read.
    pub to: Option<Date>,
}

impl Options {
    /// Unadjusted bars of every date, from files with the usual column names.
    pub fn new(universe: impl Into<String>, exchange: impl Into<String>) -> Self {
        Self {
            universe: universe.into(),
            exchange: exchange.into(),
            adjusted: false,
            sample: false,
            columns: ColumnMap::default(),
            benchmarks: None,
            benchmark_symbols: Vec::new(),
            sectors: None,
            strict: false,
            from: None,
            to: None,
        }
    }

    pub(super) fn wants(&self, date: Date) -> bool {
        self.from.is_none_or(|from| date >= from) && self.to.is_none_or(|to| date <= to)
    }
}

/// A column an import looks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Date,
    Symbol,
    Open,
    High,
    Low,
    Close,
    Volume,
    Sector,
    /// Stooq's bar length, which must be a day.
    Period,
}

impl Field {
    pub(super) const COUNT: usize = 9;

    pub(super) const ALL: [(Self, &'static str); Self::COUNT] = [
        (Self::Date, "date"),
        (Self::Symbol, "symbol"),
        (Self::Open, "open"),
        (Self::High, "high"),
        (Self::Low, "low"),
        (Self::Close, "close"),
        (Self::Volume, "volume"),
        (Self::Sector, "sector"),
        (Self::Period, "per"),
    ];

    pub(super) fn name(self) -> &'static str {
        Self::ALL[self as usize].1
    }
}

/// Names of columns that differ from the usual ones.
///
/// Reads from `field=name` pairs joined by commas: `date=Day,close=Last`. Names are compared without regard to case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ColumnMap {
    names: [Option<String>; Field::COUNT],
}

impl ColumnMap {
    /// Whether a column called `name` in the file is `field`. A mapped field is found under its mapped name only.
    pub(super) fn is(&self, field: Field, name: &str) -> bool {
        match &self.names[field as usize] {
            Some(mapped) => mapped.eq_ignore_ascii_case(name),
            None => usual(field).iter().any(|usual| usual.eq_ignore_ascii_case(name)),
        }
    }

    pub(super) fn expected(&self, field: Field) -> String {
        format!("a column {:?}", self.names[field as usize].as_deref().unwrap_or(field.name()))
    }
}

fn usual(field: Field) -> &'static [&'static str] {
    match field {
        Field::Date => &["date", "day", "session"],
        Field::Symbol => &["symbol", "ticker"],
        Field::Open => &["open", "o"],
        Field::High => &["high", "h"],
        Field::Low => &["low", "l"],
        Field::Close => &["close", "c"],
        Field::Volume => &["volume", "vol", "v"],
        Field::Sector => &["sector", "gics sector"],
        Field::Period => &["per"],
    }
}

impl FromStr for ColumnMap {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Self, Refusal> {
        let mut map = Self::default();
        for pair in text.split(',').filter(|pair| !pair.trim().is_empty()) {
            let refused = || {
                Refusal::new(
                    "columns",
                    format!("{pair:?}"),
                    "field=name, field one of date, symbol, open, high, low, close, volume, sector",
                )
            };
            let (field, name) = pair.split_once('=').ok_or_else(refused)?;
            let (field, name) = (field.trim(), name.trim());
            let known = Field::ALL.iter().find(|(known, spelled)| *known != Field::Period && *spelled == field);
            let (field, _) = known.filter(|_| !name.is_empty()).ok_or_else(refused)?;
            map.names[*field as usize] = Some(name.to_owned());
        }
        Ok(map)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_numbered_as_they_are_listed() {
        for (at, (field, name)) in Field::ALL.into_iter().enumerate() {
            assert_eq!((field as usize, field.name()), (at, name));
        }
    }

    #[test]
    fn a_mapped_column_hides_its_usual_name() {
        let map: ColumnMap = "date=Day, close = Last".parse().unwrap();
        assert!(map.is(Field::Close, "LAST") && !map.is(Field::Close, "close"));
        assert!(map.is(Field::Volume, "Vol"));
    }

    #[test]
    fn a_map_that_says_nothing_is_refused() {
        for bad in ["close", "close=", "=x", "price=x", "per=D"] {
            assert_eq!(bad.parse::<ColumnMap>().unwrap_err().field, "columns", "{bad}");
        }
        assert_eq!("".parse::<ColumnMap>().unwrap(), ColumnMap::default());
    }
}

//! What the columns of a table mean, and what a row of it says.

use super::{
    options::{ColumnMap, Field},
    value,
};
use bellwether_schemas::{Date, Refusal, bars::Bar, check_symbol};

/// One line and where its fields end.
pub(super) struct Line<'a> {
    bytes: &'a [u8],
    ends: &'a [u32],
}

impl<'a> Line<'a> {
    /// Splits a line; a separator between double quotes belongs to the field. `ends` is scratch space, so that no
    /// line allocates.
    pub(super) fn split(bytes: &'a [u8], separator: u8, ends: &'a mut Vec<u32>) -> Self {
        ends.clear();
        let mut quoted = false;
        for (at, &byte) in bytes.iter().enumerate() {
            quoted ^= byte == b'"';
            if byte == separator && !quoted {
                ends.push(at as u32);
            }
        }
        ends.push(bytes.len() as u32);
        Self { bytes, ends }
    }

    /// A field without the blanks and quotes around it; none past the last.
    fn get(&self, index: usize) -> Option<&'a [u8]> {
        let end = *self.ends.get(index)? as usize;
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before] as usize + 1);
        let field = self.bytes[start..end].trim_ascii();
        Some(field.strip_prefix(b"\"").and_then(|field| field.strip_suffix(b"\"")).unwrap_or(field))
    }

    fn fields(&self) -> impl Iterator<Item = &'a [u8]> {
        (0..self.ends.len()).filter_map(|index| self.get(index))
    }
}

/// Where each column of a file stands.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) separator: u8,
    columns: [Option<usize>; Field::COUNT],
    /// The symbol of every row, in a file that has no such column.
    of_file: Option<String>,
    /// Stooq's header in angle brackets: its tickers carry a country, as in `AAPL.US`.
    stooq: bool,
}

/// What a table of bars must have besides a symbol.
const BARS: [Field; 6] = [Field::Date, Field::Open, Field::High, Field::Low, Field::Close, Field::Volume];

impl Layout {
    /// Reads the header of a table of bars. Without a symbol column, the rows are of `of_file`.
    ///
    /// # Errors
    /// Refuses a header that lacks a column, naming it, and then a file name that is no symbol.
    pub(super) fn of_bars(header: &[u8], map: &ColumnMap, of_file: &str) -> Result<Self, Refusal> {
        let mut layout = Self::of(header, map, &BARS)?;
        if layout.columns[Field::Symbol as usize].is_none() {
            check_symbol(of_file)?;
            layout.of_file = Some(of_file.to_owned());
        }
        Ok(layout)
    }

    /// Reads the header of any table that has the columns `needed`.
    pub(super) fn of(header: &[u8], map: &ColumnMap, needed: &[Field]) -> Result<Self, Refusal> {
        let separator = separator_of(header);
        let (mut ends, mut columns, mut stooq) = (Vec::new(), [None; Field::COUNT], false);
        for (index, name) in Line::split(header, separator, &mut ends).fields().enumerate() {
            let name = String::from_utf8_lossy(name);
            let bare = name.strip_prefix('<').and_then(|name| name.strip_suffix('>'));
            stooq |= bare.is_some();
            let name = bare.unwrap_or(&name).trim();
            for (field, _) in Field::ALL {
                let column = &mut columns[field as usize];
                if column.is_none() && map.is(field, name) {
                    *column = Some(index);
                }
            }
        }
        match needed.iter().find(|&&field| columns[field as usize].is_none()) {
            Some(&missing) => Err(Refusal::new("header", value::quoted(header), map.expected(missing))),
            None => Ok(Self { separator, columns, of_file: None, stooq }),
        }
    }

    /// Columns that are read, ascending.
    #[cfg(feature = "parquet")]
    pub(super) fn used(&self) -> Vec<usize> {
        let mut used: Vec<usize> = self.columns.iter().flatten().copied().collect();
        used.sort_unstable();
        used.dedup();
        used
    }

    /// Whose bar a row is, and of which date.
    pub(super) fn identity<'a>(&'a self, line: &Line<'a>) -> Result<(Date, &'a str), Refusal> {
        if let Some(period) = self.columns[Field::Period as usize].and_then(|column| line.get(column))
            && period != b"D"
        {
            return Err(Refusal::new("per", value::quoted(period), "D, a bar of a day"));
        }
        let date = value::date(self.field(line, Field::Date)?)?;
        Ok((date, self.symbol(line)?))
    }

    pub(super) fn symbol<'a>(&'a self, line: &Line<'a>) -> Result<&'a str, Refusal> {
        if let Some(symbol) = &self.of_file {
            return Ok(symbol);
        }
        let bytes = self.field(line, Field::Symbol)?;
        let symbol = std::str::from_utf8(bytes).map_err(|_| {
            Refusal::new("symbol", value::quoted(bytes), "1 to 32 printable ASCII characters without a space")
        })?;
        let symbol = if self.stooq { symbol.strip_suffix(".US").unwrap_or(symbol) } else { symbol };
        check_symbol(symbol)?;
        Ok(symbol)
    }

    /// The bar of a row.
    pub(super) fn bar(&self, line: &Line<'_>) -> Result<Bar, Refusal> {
        let number = |field| value::number(field, self.field(line, field)?);
        let bar = Bar {
            open: number(Field::Open)?,
            high: number(Field::High)?,
            low: number(Field::Low)?,
            close: number(Field::Close)?,
            volume: number(Field::Volume)?,
        };
        bar.eligible()?;
        Ok(bar)
    }

    pub(super) fn field<'a>(&self, line: &Line<'a>, field: Field) -> Result<&'a [u8], Refusal> {
        let column = self.columns[field as usize];
        let found = column.and_then(|column| line.get(column));
        found.ok_or_else(|| {
            let at = column.map_or(0, |column| column + 1);
            Refusal::new(field.name(), "missing", format!("a value in column {at}"))
        })
    }
}

/// The separator that occurs most in a header; a comma when none does.
fn separator_of(header: &[u8]) -> u8 {
    let count = |separator: u8| header.iter().filter(|&&byte| byte == separator).count();
    // The last of equals wins, and a comma is the likeliest.
    [b'\t', b';', b','].into_iter().max_by_key(|&separator| count(separator)).unwrap_or(b',')
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;

    fn read(header: &str, row: &str) -> Result<(Date, String, Bar), Refusal> {
        let layout = Layout::of_bars(header.as_bytes(), &ColumnMap::default(), "FILE")?;
        let mut ends = Vec::new();
        let line = Line::split(row.as_bytes(), layout.separator, &mut ends);
        let (date, symbol) = layout.identity(&line)?;
        Ok((date, symbol.to_owned(), layout.bar(&line)?))
    }

    const BAR: Bar = Bar { open: 1.0, high: 4.0, low: 0.5, close: 2.0, volume: 100.0 };

    #[test]
    fn columns_are_found_in_any_order_case_and_separator() {
        for (header, row) in [
            ("date,symbol,open,high,low,close,volume", "2020-01-02,AA,1,4,0.5,2,100"),
            ("Volume;CLOSE;Low;High;Open;Ticker;Date;Name", "100;2;0.5;4;1;AA;20200102;a, b"),
            ("Date\tSymbol\tO\tH\tL\tC\tV", "2020-01-02\tAA\t1\t4\t.5\t2.\t1e2"),
            (r#""date","symbol","open","high","low","close","volume""#, r#""2020-01-02","AA","1","4","0.5","2","100""#),
            (
                "<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>",
                "AA.US,D,20200102,000000,1,4,0.5,2,100,0",
            ),
        ] {
            assert_eq!(read(header, row).unwrap(), (date(2020, 1, 2), "AA".into(), BAR), "{header}");
        }
    }

    #[test]
    fn a_file_without_a_symbol_column_is_of_one_symbol() {
        let (_, symbol, bar) = read("Date,Open,High,Low,Close,Volume", "2020-01-02,1,4,0.5,2,100").unwrap();
        assert_eq!((symbol.as_str(), bar), ("FILE", BAR));
    }

    #[test]
    fn tickers_that_look_like_values_stay_text() {
        for ticker in ["NAN", "TRUE", "INF", "1E5", "null", "007"] {
            let row = format!("2020-01-02,{ticker},1,4,0.5,2,100");
            assert_eq!(read("date,symbol,open,high,low,close,volume", &row).unwrap().1, ticker);
        }
    }

    #[test]
    fn a_bad_row_names_its_field() {
        for (row, field) in [
            ("2020-13-02,AA,1,4,0.5,2,100", "date"),
            ("2020-01-02,,1,4,0.5,2,100", "symbol"),
            ("2020-01-02,A A,1,4,0.5,2,100", "symbol"),
            ("2020-01-02,AA,x,4,0.5,2,100", "open"),
            ("2020-01-02,AA,1,NAN,0.5,2,100", "high"),
            ("2020-01-02,AA,1,4,-0.5,2,100", "low"),
            ("2020-01-02,AA,1,4,0.5,0,100", "close"),
            ("2020-01-02,AA,1,4,0.5,inf,100", "close"),
            ("2020-01-02,AA,1,4,0.5,2,-1", "volume"),
            ("2020-01-02,AA,1,4,0.5,2", "volume"),
            ("2020-01-02,\"AA,1,4,0.5,2,100", "open"),
        ] {
            let refused = read("date,symbol,open,high,low,close,volume", row);
            assert!(refused.as_ref().is_err_and(|refusal| refusal.field.contains(field)), "{row}: {refused:?}");
        }
    }

    #[test]
    fn an_intraday_row_of_stooq_is_refused() {
        let header = "<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>";
        assert_eq!(read(header, "AA.US,5,20200102,153500,1,4,0.5,2,100").unwrap_err().field, "per");
    }

    #[test]
    fn a_header_that_lacks_a_column_says_which() {
        let refused = read("date,symbol,open,high,low,volume", "").unwrap_err();
        assert_eq!((refused.field.as_str(), refused.expected.as_str()), ("header", "a column \"close\""));
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_are_no_panic(header in proptest::collection::vec(any::<u8>(), 0..80), row in proptest::collection::vec(any::<u8>(), 0..120)) {
            for header in [header.as_slice(), b"date,symbol,open,high,low,close,volume", b"<TICKER>,<PER>,<DATE>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>"] {
                if let Ok(layout) = Layout::of_bars(header, &ColumnMap::default(), "FILE") {
                    let mut ends = Vec::new();
                    let line = Line::split(&row, layout.separator, &mut ends);
                    let _ = (layout.identity(&line).map(|(date, symbol)| (date, symbol.len())), layout.bar(&line));
                }
            }
        }

        #[test]
        fn a_row_of_numbers_reads_back(open in 0.0_f64..1e9, close in 1e-6_f64..1e9, volume in 0.0_f64..1e15) {
            let row = format!("2020-01-02,AA,{open},{open},{open},{close},{volume}");
            let (_, _, bar) = read("date,symbol,open,high,low,close,volume", &row).unwrap();
            prop_assert_eq!((bar.open, bar.close, bar.volume), (open, close, volume));
        }
    }
}

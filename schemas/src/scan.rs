//! One completed scan: what every symbol of a universe did at one instant.

mod wire;

use crate::{Date, Ordinal, Refusal, Symbol, Symbols, Timestamp, codec};
use serde::{Deserialize, Serialize};

/// Schema of [`Scan`].
pub const SCHEMA: &str = "scan/1";

/// Spans of the simple moving averages, in bars; the order of every per-average flag.
pub const SMA_SPANS: [usize; 6] = [5, 10, 20, 50, 100, 200];

/// Bars within which a high or low counts as a 252-bar extreme.
pub const EXTREME_SPAN: usize = 252;

/// Sector index of a symbol without a sector.
pub const NO_SECTOR: u8 = 255;

/// Bits of a symbol's flags: what its bar did.
pub mod flag {
    /// Close above the previous close.
    pub const ADVANCE: u32 = 1;
    /// Close below the previous close.
    pub const DECLINE: u32 = 1 << 1;
    /// Close equal to the previous close. None of the three is set on a symbol's first bar.
    pub const UNCHANGED: u32 = 1 << 2;
    /// First of six bits, in the order of [`super::SMA_SPANS`]: the average exists.
    pub const HAVE_SMA: u32 = 1 << 3;
    /// First of six bits, in the order of [`super::SMA_SPANS`]: close above the average × (1 + 1e-12).
    pub const ABOVE_SMA: u32 = 1 << 9;
    /// All twelve bits of the averages.
    pub const AVERAGES: u32 = 0xfff << 3;
    /// The symbol has at least 252 bars.
    pub const HAVE_EXTREMES: u32 = 1 << 15;
    /// High at or above the highest high of the last 252 bars including this one.
    pub const NEW_HIGH: u32 = 1 << 16;
    /// Low at or below the lowest low of the last 252 bars including this one.
    pub const NEW_LOW: u32 = 1 << 17;
    /// The same on closes.
    pub const NEW_HIGH_CLOSE: u32 = 1 << 18;
    /// The same on closes.
    pub const NEW_LOW_CLOSE: u32 = 1 << 19;
    /// The bar is implausible and kept as it stands.
    pub const SUSPECT: u32 = 1 << 20;

    /// Flag of "the average at `index` of [`super::SMA_SPANS`] exists".
    pub const fn have_sma(index: usize) -> u32 {
        HAVE_SMA << index
    }

    /// Flag of "close above the average at `index` of [`super::SMA_SPANS`]".
    pub const fn above_sma(index: usize) -> u32 {
        ABOVE_SMA << index
    }
}

/// Bits of a symbol's reversal rules. The low byte is the long side, the high byte its mirror, the short side.
pub mod rule {
    /// Close beyond the 20-session swing extreme before this bar.
    pub const SWING: u16 = 1;
    /// At least 2 of the last 3 bars point the rule's way.
    pub const BARS: u16 = 1 << 1;
    /// Mean body of the last 3 bars over 60 % of their range.
    pub const BODY: u16 = 1 << 2;
    /// Volume over 1.5 × its 20-bar average.
    pub const VOLUME: u16 = 1 << 3;
    /// Close on the rule's side of SMA20.
    pub const SMA20: u16 = 1 << 4;
    /// 5-bar rate of change beyond 2 % the rule's way.
    pub const ROC5: u16 = 1 << 5;
    /// Close in the outer 30 % of the bar's range.
    pub const CLOSE: u16 = 1 << 6;
    /// How far the short side's bits are shifted.
    pub const SHORT_SHIFT: u32 = 8;
    /// Score (number of rules met, of 7) from which a symbol is a hit.
    pub const HIT_SCORE: u32 = 5;
}

/// Whether the session a scan speaks of has closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Basis {
    /// After the close: final.
    Close,
    /// Bars so far of an unfinished session.
    Intraday,
}

/// Direction of a hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// Expects a rise.
    Long,
    /// Expects a fall.
    Short,
}

/// Who made a scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// Our scanner, from bars.
    Bars,
    /// Somebody else's scanner.
    Foreign,
}

/// How much of the universe the scan could see.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
pub struct Coverage {
    /// Symbols that should have had a bar.
    pub listed: u32,
    /// Symbols that had a usable one.
    pub eligible: u32,
    /// `eligible / listed`; 0 when nothing is listed.
    pub share: f64,
}

/// Symbols left out of a scan for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
pub struct Unavailable {
    /// In words, e.g. `no bar`.
    pub reason: String,
    /// The symbols it holds for.
    pub symbols: Symbols,
}

/// A symbol whose bar is kept though it is implausible.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
pub struct Suspect {
    /// The symbol.
    pub symbol: Symbol,
    /// In words, e.g. `high below close`.
    pub reason: String,
}

/// A symbol that met at least [`rule::HIT_SCORE`] of the reversal rules.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
pub struct Hit {
    /// The symbol.
    pub symbol: Symbol,
    /// Its direction.
    pub side: Side,
    /// Rules met, 0 to 7; a foreign scanner may leave it out.
    pub score: Option<u8>,
    /// Price of entry: the close; null when a foreign scanner gave none. It is not stored twice: a scan that is read
    /// takes it from the symbol's close.
    pub entry: Option<f64>,
    /// Entry ∓ 2.5 × ATR14; null before 15 bars.
    pub stop: Option<f64>,
}

/// How a followed hit ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Exit {
    /// The stop was touched.
    Stop,
    /// The target, 2 × the stop distance, was touched.
    Target,
    /// 10 sessions passed.
    Time,
    /// 20 sessions passed without a bar; left at the last close.
    Vanished,
}

/// A hit whose trade ended in this scan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
pub struct Outcome {
    /// The symbol.
    pub symbol: Symbol,
    /// Its direction.
    pub side: Side,
    /// Ordinal of the scan that carried the hit.
    pub hit_ordinal: Ordinal,
    /// Session of the hit.
    pub hit_session: Date,
    /// Session in which it ended.
    pub exit_session: Date,
    /// What ended it.
    pub exit: Exit,
    /// (exit − entry)/(entry − stop), signed by side, in units of the risk taken.
    pub r: f64,
    /// Stop distance over entry price, 0 … 1.
    pub stop_share: f64,
    /// Bars of the symbol from the hit to the exit.
    pub held: u32,
}

/// Bar and indicators of one benchmark, from its closed bars up to and including this one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Benchmark {
    /// The symbol.
    pub symbol: String,
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
    /// Bars so far, this one included.
    pub bars: u32,
    /// Close of the bar before.
    pub previous_close: Option<f64>,
    /// Simple moving averages in the order of [`SMA_SPANS`]; null until there are as many bars.
    pub sma: Vec<Option<f64>>,
    /// Wilder's relative strength index over 14 bars, 0 … 100.
    pub rsi14: Option<f64>,
    /// Wilder's average true range over 14 bars, in price.
    pub atr14: Option<f64>,
    /// Wilder's average directional index over 14 bars, 0 … 100.
    pub adx14: Option<f64>,
    /// EMA12 − EMA26 of closes.
    pub macd: Option<f64>,
    /// EMA9 of `macd`.
    pub macd_signal: Option<f64>,
    /// Rate of change over 5, 10, 20 and 60 bars: close/close[n] − 1.
    pub roc: Vec<Option<f64>>,
}

/// One pass of the rules over a universe at one instant.
///
/// Columns are indexed by the position of a symbol in `symbols`, which holds the eligible symbols only.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "wire::Wire")]
pub struct Scan {
    /// [`SCHEMA`].
    pub schema: String,
    /// `<universe>-<session>` for a close scan, `<universe>-<session>T<HHMM>Z` for an intraday one.
    pub id: String,
    /// Name of the universe.
    pub universe: String,
    /// Position within lane and universe, from 1.
    pub ordinal: Ordinal,
    /// Date of the session in the exchange's zone.
    pub session: Date,
    /// Instant the scan speaks of.
    pub as_of: Timestamp,
    /// Whether the session has closed.
    pub basis: Basis,
    /// Who made it.
    pub origin: Origin,
    /// Market identifier code of the exchange whose calendar rules the universe.
    pub exchange: String,
    /// Whether the exchange's calendar has this session; a stray date is still scanned, and said to be one.
    pub on_calendar: bool,
    /// Whether the data is made up for show.
    pub sample: bool,
    /// Symbols that should have had a bar: those seen in the last 20 sessions, this one included.
    pub listed: u32,
    /// The eligible symbols, sorted.
    pub symbols: Symbols,
    /// What each symbol's bar did: bits of [`flag`].
    pub flags: Vec<u32>,
    /// Of the symbol's previous bar: the bits of [`flag::AVERAGES`]; 0 on its first.
    pub previous: Vec<u32>,
    /// Close, in the currency of the universe.
    pub close: Vec<f64>,
    /// Units traded.
    pub volume: Vec<f64>,
    /// Reversal rules met: bits of [`rule`].
    pub rules: Vec<u16>,
    /// Index into `sectors`, [`NO_SECTOR`] for none.
    pub sector: Vec<u8>,
    /// Names of the sectors.
    pub sectors: Vec<String>,
    /// Listed symbols that are not eligible, by reason.
    pub failed: Vec<Unavailable>,
    /// Eligible symbols whose bar is implausible.
    pub suspects: Vec<Suspect>,
    /// Symbols that met enough rules, in symbol order, long before short.
    pub hits: Vec<Hit>,
    /// Earlier hits that ended here, in symbol order.
    pub outcomes: Vec<Outcome>,
    /// Benchmarks with a usable bar, in symbol order.
    pub benchmarks: Vec<Benchmark>,
    /// Mean of ln(close / previous close) over the eligible symbols that have a previous close.
    pub mean_log_return: Option<f64>,
}

impl Scan {
    /// Reads and checks a message.
    ///
    /// # Errors
    /// Refuses bytes that are not this schema and values out of range, naming the field; see [`Scan::check`].
    pub fn decode(bytes: &[u8]) -> Result<Self, Refusal> {
        let scan: Self = codec::decode(bytes)?;
        scan.check()?;
        Ok(scan)
    }

    /// Checks shape and ranges: what passes makes no worker divide by nothing or read past a column.
    ///
    /// # Errors
    /// Refuses another schema, no symbol, columns of unequal length, a number that is not finite, a close that is not
    /// positive, a negative volume, a count that contradicts another.
    pub fn check(&self) -> Result<(), Refusal> {
        if self.schema != SCHEMA {
            return Err(Refusal::new("schema", &self.schema, SCHEMA));
        }
        crate::Key::live(self.universe.as_str())?;
        if self.ordinal == 0 {
            return Err(Refusal::new("ordinal", 0, "1 or more"));
        }
        if self.id.is_empty() || self.id.len() > 96 || !self.id.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(Refusal::new("id", format!("{:?}", self.id), "1 to 96 printable ASCII characters"));
        }
        let symbols = self.symbols.len();
        if symbols == 0 && self.failed.is_empty() {
            return Err(Refusal::new("symbols", "empty", "at least one symbol"));
        }
        for (field, length) in [
            ("flags", self.flags.len()),
            ("previous", self.previous.len()),
            ("close", self.close.len()),
            ("volume", self.volume.len()),
            ("rules", self.rules.len()),
            ("sector", self.sector.len()),
        ] {
            check_length(field, length, symbols)?;
        }
        check_sectors(&self.sector, &self.sectors)?;
        if (self.listed as usize) < symbols {
            return Err(Refusal::new("listed", self.listed, format!("at least the {symbols} eligible symbols")));
        }
        check_each("close", &self.symbols, &self.close, |v| v.is_finite() & (v > 0.0), "a finite price above 0")?;
        check_each("volume", &self.symbols, &self.volume, |v| v.is_finite() & (v >= 0.0), "a finite volume from 0")?;
        for hit in &self.hits {
            check_finite(hit.entry, || format!("hits[{}].entry", hit.symbol))?;
            check_finite(hit.stop, || format!("hits[{}].stop", hit.symbol))?;
        }
        for outcome in &self.outcomes {
            check_finite(Some(outcome.r), || format!("outcomes[{}].r", outcome.symbol))?;
            check_finite(Some(outcome.stop_share), || format!("outcomes[{}].stop_share", outcome.symbol))?;
        }
        self.benchmarks.iter().try_for_each(Benchmark::check)?;
        check_finite(self.mean_log_return, || "mean_log_return".to_owned())
    }

    /// Listed and eligible symbols of this scan.
    pub fn coverage(&self) -> Coverage {
        let (listed, eligible) = (self.listed, self.symbols.len() as u32);
        let share = if listed == 0 { 0.0 } else { f64::from(eligible) / f64::from(listed) };
        Coverage { listed, eligible, share }
    }

    /// Long and short hits.
    pub fn hit_counts(&self) -> (u32, u32) {
        let long = self.hits.iter().filter(|hit| hit.side == Side::Long).count();
        (long as u32, (self.hits.len() - long) as u32)
    }
}

impl Benchmark {
    fn check(&self) -> Result<(), Refusal> {
        let prices = [("open", self.open), ("high", self.high), ("low", self.low), ("volume", self.volume)];
        for (field, value) in prices {
            check_finite(Some(value), || format!("benchmarks[{}].{field}", self.symbol))?;
        }
        if !(self.close.is_finite() && self.close > 0.0) {
            let field = format!("benchmarks[{}].close", self.symbol);
            return Err(Refusal::new(field, self.close, "a finite price above 0"));
        }
        let single = [
            ("previous_close", self.previous_close),
            ("rsi14", self.rsi14),
            ("atr14", self.atr14),
            ("adx14", self.adx14),
            ("macd", self.macd),
            ("macd_signal", self.macd_signal),
        ];
        let many = self.sma.iter().map(|v| ("sma", *v)).chain(self.roc.iter().map(|v| ("roc", *v)));
        for (field, value) in single.into_iter().chain(many) {
            check_finite(value, || format!("benchmarks[{}].{field}", self.symbol))?;
        }
        Ok(())
    }
}

pub(crate) fn check_length(field: &str, length: usize, symbols: usize) -> Result<(), Refusal> {
    if length == symbols {
        return Ok(());
    }
    Err(Refusal::new(field, format!("{length} values"), format!("{symbols}, one per symbol")))
}

pub(crate) fn check_sectors(sector: &[u8], sectors: &[String]) -> Result<(), Refusal> {
    let highest = sector.iter().fold(0, |highest, &s| if s == NO_SECTOR { highest } else { s.max(highest) });
    if usize::from(highest) < sectors.len() {
        return Ok(());
    }
    match sector.iter().find(|&&s| s != NO_SECTOR && usize::from(s) >= sectors.len()) {
        None => Ok(()),
        Some(index) => Err(Refusal::new("sector", index, format!("an index below {} or 255", sectors.len()))),
    }
}

fn check_each(
    field: &str,
    symbols: &Symbols,
    column: &[f64],
    fits: impl Fn(f64) -> bool,
    expected: &str,
) -> Result<(), Refusal> {
    // Without a way out in the middle, thousands are looked at several at a time.
    if column.iter().fold(true, |all, &value| all & fits(value)) {
        return Ok(());
    }
    match column.iter().position(|&value| !fits(value)) {
        None => Ok(()),
        Some(at) => Err(Refusal::new(format!("{field}[{}]", symbols.get(at)), column[at], expected)),
    }
}

/// The name is made only for a value that is refused: there are thousands that are not.
fn check_finite(value: Option<f64>, field: impl FnOnce() -> String) -> Result<(), Refusal> {
    match value {
        Some(value) if !value.is_finite() => Err(Refusal::new(field(), value, "a finite number or null")),
        _ => Ok(()),
    }
}

#[cfg(all(test, feature = "fixture"))]
mod tests {
    use super::*;
    use crate::fixture;

    fn busy() -> Scan {
        let mut scan = fixture::with_hits(fixture::scan(30, &fixture::moved(40, 20, 2)), 5, 3);
        scan.hits.push(Hit { symbol: Symbol::checked("ZZZ"), side: Side::Short, score: None, entry: None, stop: None });
        scan.previous[3] = flag::have_sma(2) | flag::above_sma(2);
        for (symbol, exit) in [("S00002", Exit::Target), ("GONE", Exit::Vanished)] {
            scan.outcomes.push(Outcome {
                symbol: Symbol::checked(symbol),
                side: Side::Long,
                hit_ordinal: 21,
                hit_session: fixture::session(21),
                exit_session: scan.session,
                exit,
                r: -0.123_456_789,
                stop_share: 0.05,
                held: 9,
            });
        }
        scan
    }

    #[test]
    fn a_scan_reads_back_as_written_with_wide_and_narrow_volumes() {
        let mut scan = busy();
        assert_eq!(Scan::decode(&codec::encode(&scan)).unwrap(), scan);
        let narrow = codec::encode(&scan).len();
        scan.volume[1] = 5_000_000_000.5;
        assert_eq!(Scan::decode(&codec::encode(&scan)).unwrap(), scan);
        assert!(codec::encode(&scan).len() >= narrow + 4 * scan.symbols.len());
    }

    #[test]
    fn a_hit_that_points_nowhere_is_refused() {
        let mut bytes = codec::encode(&busy());
        let named = bytes.windows(3).position(|window| window == b"ZZZ").unwrap();
        bytes[named + 1] = b' ';
        let refused = Scan::decode(&bytes).unwrap_err();
        assert!(refused.to_string().contains("symbol"), "{refused}");
    }

    #[test]
    fn bytes_cut_anywhere_are_refused_and_never_panic() {
        let bytes = codec::encode(&busy());
        for end in 0..bytes.len() {
            assert!(Scan::decode(&bytes[..end]).is_err(), "{end}");
        }
    }
}

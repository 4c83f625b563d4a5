//! A scan as it travels: packed columns, and hits and outcomes that point into them.
//!
//! Bytes are the largest lever on the latency of the chain, and on a busy day every seventh symbol is a hit. A hit is its
//! symbol's index, side, score and stop (its entry is the close); an outcome is 25 bytes; volumes are 32 bits wide as
//! long as all of them are whole and fit.

use super::{Benchmark, Exit, Hit, Origin, Outcome, Scan, Suspect, Unavailable};
use crate::{Basis, Date, Ordinal, Refusal, Side, Symbol, Symbols, Timestamp, column, column::Packed};
use jiff::Span;
use serde::{Deserialize, Serialize, Serializer, ser::SerializeStruct};

/// Index of a symbol that is not among the eligible; its name follows in `others`.
const OTHER: u16 = u16::MAX;
/// In a hit's or an outcome's tag: the short side.
const SHORT: u8 = 0x80;
/// In a hit's tag: the score is not known, or the stop.
const NO_SCORE: u8 = 0x40;
const NO_STOP: u8 = 0x20;
const SCORE: u8 = 0x0f;

impl Serialize for Scan {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_struct("Scan", 25 + usize::from(self.sample))?;
        map.serialize_field("schema", &self.schema)?;
        map.serialize_field("id", &self.id)?;
        map.serialize_field("universe", &self.universe)?;
        map.serialize_field("ordinal", &self.ordinal)?;
        map.serialize_field("session", &self.session)?;
        map.serialize_field("as_of", &self.as_of)?;
        map.serialize_field("basis", &self.basis)?;
        map.serialize_field("origin", &self.origin)?;
        map.serialize_field("exchange", &self.exchange)?;
        map.serialize_field("on_calendar", &self.on_calendar)?;
        if self.sample {
            map.serialize_field("sample", &true)?;
        }
        map.serialize_field("listed", &self.listed)?;
        map.serialize_field("symbols", &self.symbols)?;
        map.serialize_field("flags", &Packed(&self.flags))?;
        map.serialize_field("previous", &Packed(&previous_bits(&self.previous)))?;
        map.serialize_field("close", &Packed(&self.close))?;
        match whole(&self.volume) {
            Some(volume) => map.serialize_field("volume", &Packed(&volume))?,
            None => map.serialize_field("volume", &Packed(&self.volume))?,
        }
        map.serialize_field("rules", &Packed(&self.rules))?;
        map.serialize_field("sector", &Packed(&self.sector))?;
        map.serialize_field("sectors", &self.sectors)?;
        map.serialize_field("failed", &self.failed)?;
        map.serialize_field("suspects", &self.suspects)?;
        map.serialize_field("hits", &Hits::of(self))?;
        map.serialize_field("outcomes", &Outcomes::of(self))?;
        map.serialize_field("benchmarks", &self.benchmarks)?;
        map.serialize_field("mean_log_return", &self.mean_log_return)?;
        map.end()
    }
}

/// The averages of the previous bar are all that is asked of it: 12 bits.
fn previous_bits(previous: &[u32]) -> Vec<u16> {
    previous.iter().map(|flags| ((flags & super::flag::AVERAGES) >> 3) as u16).collect()
}

fn whole(volume: &[f64]) -> Option<Vec<u32>> {
    let narrow = |&value: &f64| Some(value as u32).filter(|&narrow| f64::from(narrow).to_bits() == value.to_bits());
    volume.iter().map(narrow).collect()
}

/// Hits, column by column.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Hits {
    #[serde(with = "column")]
    symbol: Vec<u16>,
    #[serde(with = "column")]
    tag: Vec<u8>,
    #[serde(with = "column")]
    stop: Vec<f64>,
    /// Names of the symbols that are not among the eligible, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    others: Vec<Symbol>,
}

impl Hits {
    fn of(scan: &Scan) -> Self {
        let mut hits = Self::default();
        for hit in &scan.hits {
            hits.symbol.push(index(scan, &hit.symbol, &mut hits.others));
            let side = if hit.side == Side::Short { SHORT } else { 0 };
            let stop = if hit.stop.is_none() { NO_STOP } else { 0 };
            hits.tag.push(side | stop | hit.score.map_or(NO_SCORE, |score| score & SCORE));
            hits.stop.push(hit.stop.unwrap_or(0.0));
        }
        hits
    }

    fn read(self, symbols: &Symbols, close: &[f64]) -> Result<Vec<Hit>, Refusal> {
        super::check_length("hits.tag", self.tag.len(), self.symbol.len())?;
        super::check_length("hits.stop", self.stop.len(), self.symbol.len())?;
        let mut others = self.others.into_iter();
        let columns = self.symbol.into_iter().zip(self.tag).zip(self.stop);
        columns
            .map(|((at, tag), stop)| {
                Ok(Hit {
                    symbol: name("hits.symbol", at, symbols, &mut others)?,
                    side: side(tag),
                    score: (tag & NO_SCORE == 0).then_some(tag & SCORE),
                    entry: close.get(usize::from(at)).copied(),
                    stop: (tag & NO_STOP == 0).then_some(stop),
                })
            })
            .collect()
    }
}

/// Outcomes, column by column. Days count back from the scan's own session, which is the session of the exit.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Outcomes {
    #[serde(with = "column")]
    symbol: Vec<u16>,
    #[serde(with = "column")]
    tag: Vec<u8>,
    #[serde(with = "column")]
    scans_ago: Vec<u16>,
    #[serde(with = "column")]
    days_ago: Vec<u16>,
    #[serde(with = "column")]
    r: Vec<f64>,
    #[serde(with = "column")]
    stop_share: Vec<f64>,
    #[serde(with = "column")]
    held: Vec<u16>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    others: Vec<Symbol>,
}

impl Outcomes {
    fn of(scan: &Scan) -> Self {
        let mut outcomes = Self::default();
        for outcome in &scan.outcomes {
            let days = outcome.hit_session.until(scan.session).map_or(0, |span| span.get_days());
            outcomes.symbol.push(index(scan, &outcome.symbol, &mut outcomes.others));
            outcomes.tag.push(if outcome.side == Side::Short { SHORT } else { 0 } | outcome.exit as u8);
            outcomes.scans_ago.push(narrow(scan.ordinal.saturating_sub(outcome.hit_ordinal)));
            outcomes.days_ago.push(narrow(u64::try_from(days).unwrap_or(0)));
            outcomes.r.push(outcome.r);
            outcomes.stop_share.push(outcome.stop_share);
            outcomes.held.push(narrow(u64::from(outcome.held)));
        }
        outcomes
    }

    fn read(self, symbols: &Symbols, ordinal: Ordinal, session: Date) -> Result<Vec<Outcome>, Refusal> {
        let count = self.symbol.len();
        for (field, length) in [
            ("outcomes.tag", self.tag.len()),
            ("outcomes.scans_ago", self.scans_ago.len()),
            ("outcomes.days_ago", self.days_ago.len()),
            ("outcomes.r", self.r.len()),
            ("outcomes.stop_share", self.stop_share.len()),
            ("outcomes.held", self.held.len()),
        ] {
            super::check_length(field, length, count)?;
        }
        let mut others = self.others.into_iter();
        let mut days = Days::before(session);
        (0..count)
            .map(|i| {
                Ok(Outcome {
                    symbol: name("outcomes.symbol", self.symbol[i], symbols, &mut others)?,
                    side: side(self.tag[i]),
                    hit_ordinal: ordinal.saturating_sub(self.scans_ago[i].into()),
                    hit_session: days.ago(self.days_ago[i]),
                    exit_session: session,
                    exit: exit(self.tag[i])?,
                    r: self.r[i],
                    stop_share: self.stop_share[i],
                    held: self.held[i].into(),
                })
            })
            .collect()
    }
}

/// Days before a session. Hits end within weeks, so a few dates serve a thousand outcomes.
struct Days {
    session: Date,
    known: [Option<Date>; 64],
}

impl Days {
    fn before(session: Date) -> Self {
        Self { session, known: [None; 64] }
    }

    fn ago(&mut self, days: u16) -> Date {
        let counted = || self.session.saturating_sub(Span::new().days(days));
        match self.known.get(usize::from(days)) {
            Some(&Some(known)) => known,
            Some(None) => *self.known[usize::from(days)].insert(counted()),
            None => counted(),
        }
    }
}

fn narrow(value: u64) -> u16 {
    u16::try_from(value).unwrap_or(u16::MAX)
}

fn index(scan: &Scan, symbol: &Symbol, others: &mut Vec<Symbol>) -> u16 {
    match scan.symbols.position(symbol).and_then(|at| u16::try_from(at).ok()) {
        Some(at) if at != OTHER => at,
        _ => {
            others.push(*symbol);
            OTHER
        }
    }
}

fn name(field: &str, at: u16, symbols: &Symbols, others: &mut impl Iterator<Item = Symbol>) -> Result<Symbol, Refusal> {
    if usize::from(at) < symbols.len() {
        return Ok(symbols.symbol(at.into()));
    }
    let other = if at == OTHER { others.next() } else { None };
    other.ok_or_else(|| Refusal::new(field, at, format!("an index below {}", symbols.len())))
}

fn side(tag: u8) -> Side {
    if tag & SHORT == 0 { Side::Long } else { Side::Short }
}

fn exit(tag: u8) -> Result<Exit, Refusal> {
    match tag & !SHORT {
        0 => Ok(Exit::Stop),
        1 => Ok(Exit::Target),
        2 => Ok(Exit::Time),
        3 => Ok(Exit::Vanished),
        other => Err(Refusal::new("outcomes.tag", other, "0 to 3")),
    }
}

/// A scan as it is read, before its parts are put together.
#[derive(Deserialize)]
pub(super) struct Wire {
    schema: String,
    id: String,
    universe: String,
    ordinal: Ordinal,
    session: Date,
    as_of: Timestamp,
    basis: Basis,
    origin: Origin,
    exchange: String,
    on_calendar: bool,
    #[serde(default)]
    sample: bool,
    listed: u32,
    symbols: Symbols,
    #[serde(with = "column")]
    flags: Vec<u32>,
    #[serde(with = "column")]
    previous: Vec<u16>,
    #[serde(with = "column")]
    close: Vec<f64>,
    #[serde(with = "column")]
    volume: Vec<u8>,
    #[serde(with = "column")]
    rules: Vec<u16>,
    #[serde(with = "column")]
    sector: Vec<u8>,
    sectors: Vec<String>,
    failed: Vec<Unavailable>,
    suspects: Vec<Suspect>,
    hits: Hits,
    outcomes: Outcomes,
    benchmarks: Vec<Benchmark>,
    mean_log_return: Option<f64>,
}

impl TryFrom<Wire> for Scan {
    type Error = Refusal;

    fn try_from(wire: Wire) -> Result<Self, Refusal> {
        // Named before anything is read by its rules: another schema may mean other columns.
        if wire.schema != super::SCHEMA {
            return Err(Refusal::new("schema", wire.schema, super::SCHEMA));
        }
        let symbols = wire.symbols.len();
        Ok(Self {
            volume: match wire.volume.len() {
                bytes if bytes == 4 * symbols => {
                    column::cells::<u32>(&wire.volume).into_iter().map(f64::from).collect()
                }
                bytes if bytes == 8 * symbols => column::cells(&wire.volume),
                bytes => {
                    let expected = format!("4 or 8 for each of {symbols} symbols");
                    return Err(Refusal::new("volume", format!("{bytes} bytes"), expected));
                }
            },
            hits: wire.hits.read(&wire.symbols, &wire.close)?,
            outcomes: wire.outcomes.read(&wire.symbols, wire.ordinal, wire.session)?,
            previous: wire.previous.into_iter().map(|bits| u32::from(bits) << 3).collect(),
            schema: wire.schema,
            id: wire.id,
            universe: wire.universe,
            ordinal: wire.ordinal,
            session: wire.session,
            as_of: wire.as_of,
            basis: wire.basis,
            origin: wire.origin,
            exchange: wire.exchange,
            on_calendar: wire.on_calendar,
            sample: wire.sample,
            listed: wire.listed,
            symbols: wire.symbols,
            flags: wire.flags,
            close: wire.close,
            rules: wire.rules,
            sector: wire.sector,
            sectors: wire.sectors,
            failed: wire.failed,
            suspects: wire.suspects,
            benchmarks: wire.benchmarks,
            mean_log_return: wire.mean_log_return,
        })
    }
}

//! Bars in, scan out.

use crate::{
    benchmarks::Benchmarks,
    log_mean::LogMean,
    order::{Order, scan_id},
    outcomes::{Day, Followed, Seen},
    roll::{self, Eligible},
    rules::scores,
    stocks::{Row, Stocks},
};
use bellwether_schemas::{
    Bars, Basis, Ordinal, Refusal, Side, Symbol,
    bars::Bar,
    calendar::Exchange,
    codec,
    scan::{self, Hit, Origin, Outcome, Scan, Suspect, rule},
};
use bellwether_worker::{Produced, Refold, Reject};

/// Sessions, the one at hand included, within which a symbol must have had a bar to be listed.
const LISTED_WITHIN: u32 = 20;
/// Distance of the stop from the entry, in units of ATR14.
const STOP_DISTANCE: f64 = 2.5;

/// Folds the sessions of one universe, in order, into scans.
///
/// Its state grows with every symbol ever seen, about 12 kB each, and is never stored: it is rebuilt by folding the
/// same bars again, which gives the same bytes.
#[derive(Debug, Clone)]
pub struct Scanner {
    order: Order,
    /// Closed sessions folded so far.
    sessions: u32,
    stocks: Stocks,
    followed: Vec<Followed>,
    benchmarks: Benchmarks,
}

impl Scanner {
    /// A scanner that has seen nothing of `universe` yet.
    pub fn new(universe: &str) -> Self {
        Self {
            order: Order::new(universe),
            sessions: 0,
            stocks: Stocks::default(),
            followed: Vec::new(),
            benchmarks: Benchmarks::default(),
        }
    }

    /// Makes the scan of the next session, or of the session so far.
    ///
    /// Intraday bars are scanned on top of the last close and carried no further: of them only the order is kept.
    ///
    /// # Errors
    /// Refuses another universe; another exchange, adjustment or origin of the data than before; a session that is
    /// not after the last closed one or is before the one under way; an intraday scan of a minute already scanned;
    /// and whatever [`Bars::check`] refuses. The state is then as before.
    pub fn fold(&mut self, ordinal: Ordinal, bars: &Bars) -> Result<Scan, Refusal> {
        bars.check()?;
        self.order.check(bars)?;
        let (eligible, mut failed) = roll::call(bars)?;
        let slots = self.stocks.join(&eligible.symbols, |symbol, slot| {
            if self.sessions - self.stocks.last_index(slot) < LISTED_WITHIN {
                failed.absent(symbol);
            }
        });
        let listed = (eligible.rows.len() + failed.len()) as u32;
        let mut scan = Scan { ordinal, listed, failed: failed.by_reason()?, ..blank(bars, &eligible) };
        match bars.basis {
            Basis::Close => self.close(bars, &eligible, slots, &mut scan),
            Basis::Intraday => self.peek(bars, &eligible, &slots, &mut scan),
        }
        self.order.note(bars);
        Ok(scan)
    }

    /// Fills `scan` from a closed session and moves the state on.
    fn close(&mut self, bars: &Bars, eligible: &Eligible, mut slots: Vec<Option<usize>>, scan: &mut Scan) {
        self.stocks.enrol(&eligible.symbols, &mut slots);
        let mut followed = std::mem::take(&mut self.followed);
        scan.outcomes = self.advance(&mut followed, bars, &days(eligible, &slots, self.stocks.len()));
        let (index, stocks) = (self.sessions, &mut self.stocks);
        let hits = fill(scan, bars, eligible, |at, bar| match slots[at] {
            Some(slot) => stocks.push(slot, bar, index),
            None => stocks.look(None, bar),
        });
        let seen = Seen { ordinal: scan.ordinal, session: scan.session, index };
        followed.extend(
            scan.hits
                .iter()
                .zip(hits)
                .filter_map(|(hit, at)| Followed::new(slots[at]?, hit.side, seen, hit.entry?, hit.stop?)),
        );
        self.followed = followed;
        scan.benchmarks = self.benchmarks.push(&bars.benchmarks);
        self.sessions += 1;
    }

    /// Fills `scan` from the session so far; the state stays that of the last close.
    fn peek(&self, bars: &Bars, eligible: &Eligible, slots: &[Option<usize>], scan: &mut Scan) {
        let days = days(eligible, slots, self.stocks.len());
        scan.outcomes = self.advance(&mut self.followed.clone(), bars, &days);
        fill(scan, bars, eligible, |at, bar| self.stocks.look(slots[at], bar));
        scan.benchmarks = self.benchmarks.look(&bars.benchmarks);
    }

    /// Moves the followed hits on by this session. Those that end are taken out and returned, in symbol order.
    fn advance(&self, followed: &mut Vec<Followed>, bars: &Bars, days: &[Option<usize>]) -> Vec<Outcome> {
        let mut ended = Vec::new();
        followed.retain_mut(|hit| {
            let day = match days[hit.slot] {
                Some(row) => Day::Traded(bars.stocks.bar(row)),
                None => self.stocks.absence(hit.slot),
            };
            let end = hit.step(day, self.sessions);
            ended.extend(end.map(|end| (*hit, end)));
            end.is_none()
        });
        ended.sort_unstable_by_key(|(hit, _)| (self.stocks.rank(hit.slot), hit.ordinal, hit.side));
        let outcome = |(hit, end): (Followed, _)| hit.outcome(*self.stocks.name(hit.slot), end, bars.session);
        ended.into_iter().map(outcome).collect()
    }
}

/// The row of today's bars of each slot, null where there is none.
fn days(eligible: &Eligible, slots: &[Option<usize>], count: usize) -> Vec<Option<usize>> {
    let mut days = vec![None; count];
    for (slot, &row) in slots.iter().zip(&eligible.rows) {
        if let Some(slot) = *slot {
            days[slot] = Some(row);
        }
    }
    days
}

/// Fills the columns of `scan` row by row from what `row` makes of each eligible bar. Returns the place of each hit.
fn fill(scan: &mut Scan, bars: &Bars, eligible: &Eligible, mut row: impl FnMut(usize, &Bar) -> Row) -> Vec<usize> {
    let (mut returns, mut hits) = (LogMean::EMPTY, Vec::new());
    for (at, &place) in eligible.rows.iter().enumerate() {
        let bar = bars.stocks.bar(place);
        let row = row(at, &bar);
        if let Some(before) = row.previous_close {
            returns.add(bar.close, before);
        }
        scan.flags.push(row.flags);
        scan.previous.push(row.previous);
        scan.close.push(bar.close);
        scan.volume.push(bar.volume);
        scan.rules.push(row.rules);
        scan.sector.push(bars.sector[place]);
        if let Some(suspicion) = row.suspicion {
            let symbol = eligible.symbols.symbol(at);
            scan.suspects.push(Suspect { symbol, reason: suspicion.to_string() });
        }
        let (long, short) = scores(row.rules);
        for (side, score) in [(Side::Long, long), (Side::Short, short)] {
            if u32::from(score) >= rule::HIT_SCORE {
                scan.hits.push(hit(eligible.symbols.symbol(at), side, score, &bar, row.atr14));
                hits.push(at);
            }
        }
    }
    scan.mean_log_return = returns.mean();
    hits
}

fn hit(symbol: Symbol, side: Side, score: u8, bar: &Bar, atr14: Option<f64>) -> Hit {
    let distance = atr14.map(|atr| STOP_DISTANCE * atr);
    let stop = match side {
        Side::Long => distance.map(|distance| bar.close - distance),
        Side::Short => distance.map(|distance| bar.close + distance),
    };
    Hit { symbol, side, score: Some(score), entry: Some(bar.close), stop: stop.filter(|stop| stop.is_finite()) }
}

/// A scan of these bars with everything in it but what has to be computed.
fn blank(bars: &Bars, eligible: &Eligible) -> Scan {
    let rows = eligible.rows.len();
    Scan {
        schema: scan::SCHEMA.to_owned(),
        id: scan_id(&bars.universe, bars.session, bars.basis, bars.as_of),
        universe: bars.universe.clone(),
        ordinal: 0,
        session: bars.session,
        as_of: bars.as_of,
        basis: bars.basis,
        origin: Origin::Bars,
        exchange: bars.exchange.clone(),
        on_calendar: Exchange::by_code(&bars.exchange).is_none_or(|exchange| exchange.is_session(bars.session)),
        sample: bars.sample,
        listed: 0,
        symbols: eligible.symbols.clone(),
        flags: Vec::with_capacity(rows),
        previous: Vec::with_capacity(rows),
        close: Vec::with_capacity(rows),
        volume: Vec::with_capacity(rows),
        rules: Vec::with_capacity(rows),
        sector: Vec::with_capacity(rows),
        sectors: bars.sectors.clone(),
        failed: Vec::new(),
        suspects: Vec::new(),
        hits: Vec::new(),
        outcomes: Vec::new(),
        benchmarks: Vec::new(),
        mean_log_return: None,
    }
}

impl Refold for Scanner {
    fn fold(&mut self, ordinal: Ordinal, body: &[u8]) -> Result<Produced, Reject> {
        let bars = Bars::decode(body)?;
        let scan = Self::fold(self, ordinal, &bars)?;
        Ok(Produced { schema: scan::SCHEMA, body: codec::encode(&scan), scan_id: scan.id })
    }
}

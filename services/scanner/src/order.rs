//! What a universe's bars must agree with: its name, its kind, and the order of time.

use bellwether_schemas::{Bars, Basis, Date, Refusal, Timestamp};

/// Where a universe stands in time, and what kind of bars it takes.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    universe: String,
    closed: Option<Date>,
    newest: Option<(Date, Basis, Timestamp)>,
    kind: Option<Kind>,
}

/// What stays the same over the life of a universe: bars of another kind would spoil every average.
#[derive(Debug, Clone, PartialEq)]
struct Kind {
    exchange: String,
    adjusted: bool,
    sample: bool,
}

impl Order {
    pub(crate) fn new(universe: &str) -> Self {
        Self { universe: universe.to_owned(), closed: None, newest: None, kind: None }
    }

    /// Whether `bars` may be folded now.
    pub(crate) fn check(&self, bars: &Bars) -> Result<(), Refusal> {
        if bars.universe != self.universe {
            return Err(Refusal::new("universe", &bars.universe, &self.universe));
        }
        self.check_kind(bars)?;
        self.check_session(bars)?;
        match bars.basis {
            Basis::Close => Ok(()),
            Basis::Intraday => self.check_instant(bars),
        }
    }

    /// Remembers what was folded.
    pub(crate) fn note(&mut self, bars: &Bars) {
        if bars.basis == Basis::Close {
            self.closed = Some(bars.session);
        }
        self.newest = Some((bars.session, bars.basis, bars.as_of));
        self.kind.get_or_insert_with(|| Kind::of(bars));
    }

    fn check_kind(&self, bars: &Bars) -> Result<(), Refusal> {
        let Some(kind) = &self.kind else { return Ok(()) };
        let same = "as in the universe's bars so far";
        if bars.exchange != kind.exchange {
            return Err(Refusal::new("exchange", &bars.exchange, format!("{}, {same}", kind.exchange)));
        }
        if bars.adjusted != kind.adjusted {
            return Err(Refusal::new("adjusted", bars.adjusted, format!("{}, {same}", kind.adjusted)));
        }
        if bars.sample != kind.sample {
            return Err(Refusal::new("sample", bars.sample, format!("{}, {same}", kind.sample)));
        }
        Ok(())
    }

    fn check_session(&self, bars: &Bars) -> Result<(), Refusal> {
        let Bars { session, .. } = bars;
        if let Some(closed) = self.closed.filter(|closed| session <= closed) {
            return Err(Refusal::new("session", session, format!("a date after {closed}, the last closed session")));
        }
        if let Some((newest, ..)) = self.newest.filter(|(newest, ..)| session < newest) {
            return Err(Refusal::new("session", session, format!("{newest}, the session under way, or later")));
        }
        Ok(())
    }

    /// Intraday scans of one session come minute by minute: the minute is all their id tells them apart by.
    fn check_instant(&self, bars: &Bars) -> Result<(), Refusal> {
        let minute = |at: Timestamp| at.as_second().div_euclid(60);
        let (as_of, session) = (bars.as_of, bars.session);
        match self.newest {
            Some((date, Basis::Intraday, last)) if date == session && minute(as_of) <= minute(last) => {
                Err(Refusal::new("as_of", as_of, format!("a later minute than {last}, the last scan of the session")))
            }
            _ => Ok(()),
        }
    }
}

impl Kind {
    fn of(bars: &Bars) -> Self {
        Self { exchange: bars.exchange.clone(), adjusted: bars.adjusted, sample: bars.sample }
    }
}

/// `<universe>-<session>`, and `T<HHMM>Z` after it for an intraday scan.
pub(crate) fn scan_id(universe: &str, session: Date, basis: Basis, as_of: Timestamp) -> String {
    match basis {
        Basis::Close => format!("{universe}-{session}"),
        Basis::Intraday => {
            let minute = as_of.as_second().div_euclid(60).rem_euclid(24 * 60);
            format!("{universe}-{session}T{:02}{:02}Z", minute / 60, minute % 60)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_names_universe_session_and_minute() {
        let (session, as_of) = (Date::constant(2024, 3, 8), "2024-03-08T14:05:59Z".parse().unwrap());
        assert_eq!(scan_id("us", session, Basis::Close, as_of), "us-2024-03-08");
        assert_eq!(scan_id("us", session, Basis::Intraday, as_of), "us-2024-03-08T1405Z");
    }
}

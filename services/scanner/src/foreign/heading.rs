use super::faults::Faults;
use bellwether_schemas::{Basis, Date, Key, Refusal, Timestamp, calendar::Exchange};

/// What a foreign scan says of itself beside its rows, as it was written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Heading {
    /// Name of the universe.
    pub universe: Option<String>,
    /// Date of the session, `YYYY-MM-DD`.
    pub session: Option<String>,
    /// Instant it speaks of, e.g. `2024-03-08T21:00:00Z`; by default the session's close.
    pub as_of: Option<String>,
    /// Market identifier code; by default `XNYS`.
    pub exchange: Option<String>,
    /// `close` or `intraday`; by default intraday when `as_of` is before the session's close.
    pub basis: Option<String>,
}

/// A heading that passed every check.
#[derive(Debug, Clone)]
pub(super) struct Checked {
    pub(super) universe: String,
    pub(super) session: Date,
    pub(super) as_of: Timestamp,
    pub(super) exchange: String,
    pub(super) basis: Basis,
    pub(super) on_calendar: bool,
}

impl Heading {
    /// The checked heading, or null and the faults noted.
    pub(super) fn check(&self, faults: &mut Faults) -> Option<Checked> {
        let universe = faults.keep(self.read_universe());
        let exchange = faults.keep(self.read_exchange());
        let basis = faults.keep(self.read_basis());
        let session = faults.keep(read(self.session.as_deref(), "session", "a date, YYYY-MM-DD"));
        let (exchange, session) = (exchange?, session?);
        let calendar = Exchange::by_code(&exchange);
        let as_of = faults.keep(self.read_as_of(&exchange, calendar, session))?;
        let early = calendar.is_some_and(|calendar| as_of < calendar.close_of(session));
        Some(Checked {
            universe: universe?,
            session,
            as_of,
            basis: basis?.unwrap_or(if early { Basis::Intraday } else { Basis::Close }),
            on_calendar: calendar.is_none_or(|calendar| calendar.is_session(session)),
            exchange,
        })
    }

    fn read_universe(&self) -> Result<String, Refusal> {
        let universe = self.universe.as_deref().unwrap_or_default();
        Key::live(universe).map(|key| key.universe().to_owned())
    }

    fn read_exchange(&self) -> Result<String, Refusal> {
        let code = self.exchange.as_deref().unwrap_or("XNYS");
        if (1..=16).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Ok(code.to_owned());
        }
        Err(Refusal::new("exchange", format!("{code:?}"), "a market identifier code such as XNYS"))
    }

    fn read_basis(&self) -> Result<Option<Basis>, Refusal> {
        match self.basis.as_deref() {
            None => Ok(None),
            Some("close") => Ok(Some(Basis::Close)),
            Some("intraday") => Ok(Some(Basis::Intraday)),
            Some(other) => Err(Refusal::new("basis", format!("{other:?}"), "close or intraday")),
        }
    }

    fn read_as_of(&self, code: &str, calendar: Option<&Exchange>, session: Date) -> Result<Timestamp, Refusal> {
        let Some(text) = self.as_of.as_deref() else {
            let missing = || Refusal::new("as_of", "missing", format!("an instant: {code} has no calendar here"));
            return calendar.map(|calendar| calendar.close_of(session)).ok_or_else(missing);
        };
        let as_of = read(Some(text), "as_of", "an instant such as 2024-03-08T21:00:00Z")?;
        match calendar {
            Some(calendar) if calendar.date_of(as_of) < session => {
                Err(Refusal::new("as_of", as_of, format!("an instant not before the session, {session}")))
            }
            _ => Ok(as_of),
        }
    }
}

fn read<T: std::str::FromStr>(text: Option<&str>, field: &str, expected: &str) -> Result<T, Refusal> {
    let Some(text) = text else { return Err(Refusal::new(field, "missing", expected)) };
    text.parse().map_err(|_| Refusal::new(field, format!("{text:?}"), expected))
}

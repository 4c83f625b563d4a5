//! Exchange calendars: on which dates an exchange trades, and when a session opens and closes.
//!
//! Rules and tables are part of the program and the time zones are compiled in, so every machine answers alike,
//! whatever its clock, zone files and settings.

mod nse;
mod nyse;

use crate::{Date, Refusal, Timestamp};
use jiff::{
    civil::{Time, Weekday, time},
    tz::TimeZone,
};

/// What an exchange does on one date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Day {
    /// No session.
    Closed,
    /// A session of the usual hours.
    Regular,
    /// A session that keeps other hours.
    Special { open: Time, close: Time },
}

/// One exchange and its calendar.
///
/// Hours are the announced ones: a late opening or a trading halt within a session is not part of the calendar.
#[derive(Debug)]
pub struct Exchange {
    /// Market identifier code (ISO 10383).
    pub code: &'static str,
    /// Name in words.
    pub name: &'static str,
    /// Wall-clock time of the usual opening.
    pub open: Time,
    /// Wall-clock time of the usual close.
    pub close: Time,
    zone: &'static TimeZone,
    known: (Date, Date),
    day: fn(Date) -> Day,
}

static NEW_YORK: TimeZone = jiff::tz::get!("America/New_York");
static KOLKATA: TimeZone = jiff::tz::get!("Asia/Kolkata");

static XNYS: Exchange = american("XNYS", "New York Stock Exchange");
static XNAS: Exchange = american("XNAS", "Nasdaq");
static XASE: Exchange = american("XASE", "NYSE American");
static XNSE: Exchange = Exchange {
    code: "XNSE",
    name: "National Stock Exchange of India",
    open: time(9, 15, 0, 0),
    close: time(15, 30, 0, 0),
    zone: &KOLKATA,
    known: nse::KNOWN,
    day: nse::day,
};

static ALL: [&Exchange; 4] = [&XASE, &XNAS, &XNSE, &XNYS];

/// The American exchanges keep one calendar.
const fn american(code: &'static str, name: &'static str) -> Exchange {
    let (open, close) = (time(9, 30, 0, 0), time(16, 0, 0, 0));
    Exchange { code, name, open, close, zone: &NEW_YORK, known: nyse::KNOWN, day: nyse::day }
}

impl Exchange {
    /// The exchange with this market identifier code, in capitals.
    pub fn by_code(code: &str) -> Option<&'static Self> {
        ALL.into_iter().find(|exchange| exchange.code == code)
    }

    /// As [`Exchange::by_code`], for a code that came from outside.
    ///
    /// # Errors
    /// Refuses a code without a calendar and names those that have one.
    pub fn of(code: &str) -> Result<&'static Self, Refusal> {
        let codes = || ALL.map(|exchange| exchange.code).join(", ");
        Self::by_code(code).ok_or_else(|| Refusal::new("exchange", format!("{code:?}"), format!("one of {}", codes())))
    }

    /// Whether the exchange trades on `date`.
    pub fn is_session(&self, date: Date) -> bool {
        (self.day)(date) != Day::Closed
    }

    /// Whether `date` is a session shorter than usual.
    pub fn is_half_day(&self, date: Date) -> bool {
        match (self.day)(date) {
            Day::Special { open, close } => close.duration_since(open) < self.close.duration_since(self.open),
            Day::Closed | Day::Regular => false,
        }
    }

    /// Instant trading opens on `date`; of a date that is no session, when it usually would.
    pub fn open_of(&self, date: Date) -> Timestamp {
        match (self.day)(date) {
            Day::Special { open, .. } => self.instant(date, open),
            Day::Closed | Day::Regular => self.instant(date, self.open),
        }
    }

    /// Instant trading closes on `date`; of a date that is no session, when it usually would, so that a stray row
    /// has an instant, too.
    pub fn close_of(&self, date: Date) -> Timestamp {
        match (self.day)(date) {
            Day::Special { close, .. } => self.instant(date, close),
            Day::Closed | Day::Regular => self.instant(date, self.close),
        }
    }

    /// The first session after `date`; none past the year 9999.
    pub fn next_session(&self, date: Date) -> Option<Date> {
        days_after(date).find(|&day| self.is_session(day))
    }

    /// The last session before `date`; none before the year -9999.
    pub fn previous_session(&self, date: Date) -> Option<Date> {
        let before = date.yesterday().ok();
        std::iter::successors(before, |day| day.yesterday().ok()).find(|&day| self.is_session(day))
    }

    /// All sessions in order, beginning with `from` if it is one.
    pub fn sessions(&self, from: Date) -> impl Iterator<Item = Date> + '_ {
        std::iter::once(from).chain(days_after(from)).filter(|&day| self.is_session(day))
    }

    /// IANA name of the exchange's zone.
    pub fn zone_name(&self) -> &'static str {
        self.zone.iana_name().unwrap_or("UTC")
    }

    /// Date in the exchange's zone at an instant.
    pub fn date_of(&self, at: Timestamp) -> Date {
        self.zone.to_datetime(at).date()
    }

    /// First date the calendar is complete from. Before it, rules and tables may miss a closure.
    pub fn known_from(&self) -> Date {
        self.known.0
    }

    /// Last date the exchange has announced and the calendar was checked for. After it, holidays that follow a rule
    /// are still observed; those that are decreed year by year are missing.
    pub fn known_through(&self) -> Date {
        self.known.1
    }

    /// Ends at the last representable instant rather than fail in the year 9999.
    fn instant(&self, date: Date, at: Time) -> Timestamp {
        self.zone.to_timestamp(date.to_datetime(at)).unwrap_or(Timestamp::MAX)
    }
}

fn days_after(date: Date) -> impl Iterator<Item = Date> {
    std::iter::successors(date.tomorrow().ok(), |day| day.tomorrow().ok())
}

fn is_weekend(date: Date) -> bool {
    matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_close_is_an_instant_of_the_exchange_s_zone() {
        let nyse = Exchange::of("XNYS").unwrap();
        assert_eq!(nyse.close_of(date(2024, 1, 5)).to_string(), "2024-01-05T21:00:00Z");
        assert_eq!(nyse.close_of(date(2024, 7, 5)).to_string(), "2024-07-05T20:00:00Z");
        assert_eq!(nyse.close_of(date(2024, 7, 3)).to_string(), "2024-07-03T17:00:00Z");
        assert_eq!(nyse.open_of(date(2024, 7, 3)).to_string(), "2024-07-03T13:30:00Z");
        let nse = Exchange::of("XNSE").unwrap();
        assert_eq!(nse.close_of(date(2024, 7, 5)).to_string(), "2024-07-05T10:00:00Z");
        assert_eq!(nse.open_of(date(2024, 7, 5)).to_string(), "2024-07-05T03:45:00Z");
    }

    #[test]
    fn a_date_that_is_no_session_still_has_a_usual_close() {
        let nyse = Exchange::of("XNYS").unwrap();
        let stray = date(2015, 7, 3);
        assert!(!nyse.is_session(stray));
        assert_eq!(nyse.close_of(stray).to_string(), "2015-07-03T20:00:00Z");
    }

    #[test]
    fn sessions_run_in_order_and_meet_their_neighbours() {
        for exchange in ALL {
            let sessions: Vec<Date> = exchange.sessions(date(2024, 1, 1)).take(600).collect();
            for pair in sessions.windows(2) {
                assert_eq!(exchange.next_session(pair[0]), Some(pair[1]), "{}", exchange.code);
                assert_eq!(exchange.previous_session(pair[1]), Some(pair[0]), "{}", exchange.code);
            }
        }
    }

    #[test]
    fn the_ends_of_time_are_no_panic() {
        for exchange in ALL {
            for edge in [Date::MIN, Date::MAX] {
                let _ = (exchange.open_of(edge), exchange.close_of(edge));
                let _ = (exchange.next_session(edge), exchange.previous_session(edge));
            }
            assert_eq!(exchange.next_session(Date::MAX), None);
            assert_eq!(exchange.sessions(Date::MAX).count(), 1);
        }
    }

    #[test]
    fn exchanges_are_found_by_code_only() {
        for exchange in ALL {
            assert_eq!(Exchange::by_code(exchange.code).unwrap().name, exchange.name);
        }
        let refused = Exchange::of("nyse").unwrap_err();
        assert_eq!(refused.to_string(), "exchange is \"nyse\"; expected one of XASE, XNAS, XNSE, XNYS");
    }

    #[test]
    fn an_instant_falls_on_the_exchange_s_date() {
        let at: Timestamp = "2024-01-05T20:00:00Z".parse().unwrap();
        assert_eq!(Exchange::of("XNYS").unwrap().date_of(at), date(2024, 1, 5));
        assert_eq!(Exchange::of("XNSE").unwrap().date_of(at), date(2024, 1, 6));
    }
}

//! When a bar of a session, a week or a month ends.

use bellwether_schemas::{Basis, Date, Scan, calendar::Exchange};
use std::time::Duration;

const DAY: Duration = Duration::from_secs(86_400);

/// Length of a bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Length {
    Session,
    /// Monday to Sunday (ISO 8601).
    Week,
    Month,
}

impl Length {
    /// Shortest first.
    pub(crate) const ALL: [Self; 3] = [Self::Session, Self::Week, Self::Month];

    /// Name of the frame.
    pub(crate) const fn frame(self) -> &'static str {
        match self {
            Self::Session => "daily",
            Self::Week => "weekly",
            Self::Month => "monthly",
        }
    }

    /// What a bar spans.
    pub(crate) const fn noun(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    /// First day of the period a date is in: the period's name.
    pub(crate) fn period(self, date: Date) -> Date {
        match self {
            Self::Session => date,
            Self::Week => date.saturating_sub(DAY * date.weekday().to_monday_zero_offset().unsigned_abs().into()),
            Self::Month => date.first_of_month(),
        }
    }

    /// Whether the scan's session closes its period: it has closed, and the exchange's next one is in another.
    ///
    /// Without a calendar nobody can know; the period then ends when a session of another comes.
    pub(crate) fn ends_with(self, scan: &Scan) -> bool {
        if scan.basis == Basis::Intraday {
            return false;
        }
        let next = Exchange::by_code(&scan.exchange).and_then(|exchange| exchange.next_session(scan.session));
        self == Self::Session || next.is_some_and(|next| self.period(next) != self.period(scan.session))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bellwether_schemas::fixture::{intraday, moved, scan};

    fn closes(length: Length, exchange: &str, session: &str) -> bool {
        let mut scan = scan(1, &moved(1, 0, 0));
        (scan.session, scan.exchange) = (session.parse().unwrap(), exchange.to_owned());
        length.ends_with(&scan)
    }

    #[test]
    fn a_week_ends_with_its_last_session_whatever_its_day() {
        assert!(closes(Length::Week, "XNYS", "2024-01-05"));
        assert!(!closes(Length::Week, "XNYS", "2024-01-04"));
        assert!(closes(Length::Week, "XNYS", "2024-03-28"), "the Thursday before Good Friday");
        assert!(!closes(Length::Week, "XNSE", "2024-03-01"), "a Saturday session followed");
    }

    #[test]
    fn a_month_ends_with_its_last_session() {
        assert!(closes(Length::Month, "XNYS", "2024-03-28"), "the 29th was Good Friday");
        assert!(!closes(Length::Month, "XNYS", "2024-01-30"));
        assert!(closes(Length::Month, "XNYS", "2024-01-31"));
    }

    #[test]
    fn without_a_calendar_only_the_session_is_known_to_end() {
        assert!(!closes(Length::Week, "XXXX", "2024-01-05"));
        assert!(closes(Length::Session, "XXXX", "2024-01-05"));
        assert!(!Length::Session.ends_with(&intraday(scan(1, &moved(1, 0, 0)), 30)));
    }

    #[test]
    fn periods_are_named_by_their_first_day() {
        let date = |text: &str| text.parse::<Date>().unwrap();
        for day in ["2024-02-26", "2024-02-29", "2024-03-03"] {
            assert_eq!(Length::Week.period(date(day)), date("2024-02-26"));
        }
        assert_eq!(Length::Month.period(date("2024-02-29")), date("2024-02-01"));
        assert_eq!(Length::Week.period(Date::MIN), Date::MIN);
    }
}

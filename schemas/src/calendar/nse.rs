//! Holidays of the National Stock Exchange of India.
//!
//! Most of them follow the moon or a decree, so they are a table: the exchange's yearly circulars, weekday by weekday
//! equal to two independent public calendars from 2015 to 2026.

use super::{Day, is_weekend};
use crate::Date;
use jiff::civil::{Time, date, time};

/// Ends before the Muhurat session of 8 November 2026, whose hours are announced shortly before.
pub(super) const KNOWN: (Date, Date) = (date(2015, 1, 1), date(2026, 11, 7));

/// Weekdays without a session: year, then month and day.
#[rustfmt::skip] // A paragraph a year, not a line a day.
const CLOSURES: [(i16, &[(i8, i8)]); 12] = [
    (2015, &[
        (1, 26), (2, 17), (3, 6), (4, 2), (4, 3), (4, 14), (5, 1), (9, 17),
        (9, 25), (10, 2), (10, 22), (11, 12), (11, 25), (12, 25),
    ]),
    (2016, &[
        (1, 26), (3, 7), (3, 24), (3, 25), (4, 14), (4, 15), (4, 19), (7, 6),
        (8, 15), (9, 5), (9, 13), (10, 11), (10, 12), (10, 31), (11, 14),
    ]),
    (2017, &[
        (1, 26), (2, 24), (3, 13), (4, 4), (4, 14), (5, 1), (6, 26),
        (8, 15), (8, 25), (10, 2), (10, 20), (12, 25),
    ]),
    (2018, &[
        (1, 26), (2, 13), (3, 2), (3, 29), (3, 30), (5, 1), (8, 15), (8, 22),
        (9, 13), (9, 20), (10, 2), (10, 18), (11, 8), (11, 23), (12, 25),
    ]),
    (2019, &[
        (3, 4), (3, 21), (4, 17), (4, 19), (4, 29), (5, 1), (6, 5), (8, 12), (8, 15),
        (9, 2), (9, 10), (10, 2), (10, 8), (10, 21), (10, 28), (11, 12), (12, 25),
    ]),
    (2020, &[
        (2, 21), (3, 10), (4, 2), (4, 6), (4, 10), (4, 14), (5, 1),
        (5, 25), (10, 2), (11, 16), (11, 30), (12, 25),
    ]),
    (2021, &[
        (1, 26), (3, 11), (3, 29), (4, 2), (4, 14), (4, 21), (5, 13),
        (7, 21), (8, 19), (9, 10), (10, 15), (11, 5), (11, 19),
    ]),
    (2022, &[(1, 26), (3, 1), (3, 18), (4, 14), (4, 15), (5, 3), (8, 9), (8, 15), (8, 31), (10, 5), (10, 26), (11, 8)]),
    (2023, &[
        (1, 26), (3, 7), (3, 30), (4, 4), (4, 7), (4, 14), (5, 1), (6, 29),
        (8, 15), (9, 19), (10, 2), (10, 24), (11, 14), (11, 27), (12, 25),
    ]),
    (2024, &[
        (1, 22), (1, 26), (3, 8), (3, 25), (3, 29), (4, 11), (4, 17), (5, 1), (5, 20),
        (6, 17), (7, 17), (8, 15), (10, 2), (11, 15), (11, 20), (12, 25),
    ]),
    (2025, &[
        (2, 26), (3, 14), (3, 31), (4, 10), (4, 14), (4, 18), (5, 1),
        (8, 15), (8, 27), (10, 2), (10, 22), (11, 5), (12, 25),
    ]),
    (2026, &[
        (1, 15), (1, 26), (3, 3), (3, 26), (3, 31), (4, 3), (4, 14), (5, 1), (5, 28),
        (6, 26), (9, 14), (10, 2), (10, 20), (11, 10), (11, 24), (12, 25),
    ]),
];

/// Sessions at a weekend and sessions of other hours.
///
/// Muhurat sessions are the hour of trading on the evening of Diwali. The two-part sessions that tested the standby
/// site (2024-03-02 and 2024-05-18) run from the first part's opening to the second part's close.
const SPECIAL: [(Date, Time, Time); 20] = [
    (date(2015, 2, 28), time(9, 15, 0, 0), time(15, 30, 0, 0)), // budget
    (date(2015, 11, 11), time(17, 45, 0, 0), time(18, 45, 0, 0)), // Muhurat
    (date(2016, 10, 30), time(18, 30, 0, 0), time(19, 30, 0, 0)), // Muhurat
    (date(2017, 10, 19), time(18, 30, 0, 0), time(19, 30, 0, 0)), // Muhurat
    (date(2018, 11, 7), time(17, 30, 0, 0), time(18, 30, 0, 0)), // Muhurat
    (date(2019, 10, 27), time(18, 15, 0, 0), time(19, 15, 0, 0)), // Muhurat
    (date(2020, 2, 1), time(9, 15, 0, 0), time(15, 30, 0, 0)),  // budget
    (date(2020, 11, 14), time(18, 15, 0, 0), time(19, 15, 0, 0)), // Muhurat
    (date(2021, 2, 24), time(9, 15, 0, 0), time(17, 0, 0, 0)),  // extended after a failure of the exchange's lines
    (date(2021, 11, 4), time(18, 15, 0, 0), time(19, 15, 0, 0)), // Muhurat
    (date(2022, 10, 24), time(18, 15, 0, 0), time(19, 15, 0, 0)), // Muhurat
    (date(2023, 11, 12), time(18, 15, 0, 0), time(19, 15, 0, 0)), // Muhurat
    (date(2024, 1, 20), time(9, 15, 0, 0), time(15, 30, 0, 0)), // in place of the Monday after it
    (date(2024, 3, 2), time(9, 15, 0, 0), time(12, 30, 0, 0)),  // standby site
    (date(2024, 5, 18), time(9, 15, 0, 0), time(12, 30, 0, 0)), // standby site
    (date(2024, 11, 1), time(18, 0, 0, 0), time(19, 0, 0, 0)),  // Muhurat
    (date(2025, 2, 1), time(9, 15, 0, 0), time(15, 30, 0, 0)),  // budget
    (date(2025, 10, 21), time(13, 45, 0, 0), time(14, 45, 0, 0)), // Muhurat
    (date(2026, 2, 1), time(9, 15, 0, 0), time(15, 30, 0, 0)),  // budget
    (date(2026, 11, 8), time(9, 15, 0, 0), time(15, 30, 0, 0)), // Muhurat, hours not yet announced
];

pub(super) fn day(date: Date) -> Day {
    if let Some(&(_, open, close)) = SPECIAL.iter().find(|(day, ..)| *day == date) {
        return Day::Special { open, close };
    }
    if is_weekend(date) || is_closure(date) { Day::Closed } else { Day::Regular }
}

fn is_closure(date: Date) -> bool {
    let listed = CLOSURES.iter().find(|(year, _)| *year == date.year());
    match listed {
        Some((_, days)) => days.contains(&(date.month(), date.day())),
        None => is_fixed(date),
    }
}

/// Holidays on the same day of every year, for the years without a circular.
fn is_fixed(date: Date) -> bool {
    matches!((date.month(), date.day()), (1, 26) | (5, 1) | (8, 15) | (10, 2) | (12, 25))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::Exchange;

    #[test]
    fn every_closure_in_the_table_is_a_weekday_and_in_order() {
        for (year, days) in CLOSURES {
            assert!(days.is_sorted(), "{year}");
            for &(month, day) in days {
                assert!(!is_weekend(date(year, month, day)), "{year}-{month}-{day}");
            }
        }
        assert!(SPECIAL.is_sorted());
    }

    /// Counted with two independent calendars, plus the weekend sessions.
    #[test]
    fn each_year_has_as_many_sessions_as_were_held() {
        let held = [248, 247, 248, 246, 245, 252, 248, 248, 246, 249, 249, 247];
        let nse = Exchange::by_code("XNSE").unwrap();
        for (year, held) in (2015..).zip(held) {
            let sessions = nse.sessions(date(year, 1, 1)).take_while(|day| day.year() == year).count();
            assert_eq!(sessions, held, "{year}");
        }
    }

    #[test]
    fn a_muhurat_session_is_an_evening_hour_on_a_holiday() {
        let nse = Exchange::by_code("XNSE").unwrap();
        let diwali = date(2024, 11, 1);
        assert!(nse.is_session(diwali) && nse.is_half_day(diwali));
        assert_eq!(nse.open_of(diwali).to_string(), "2024-11-01T12:30:00Z");
        assert_eq!(nse.close_of(diwali).to_string(), "2024-11-01T13:30:00Z");
    }

    #[test]
    fn a_budget_is_traded_even_on_a_sunday() {
        let nse = Exchange::by_code("XNSE").unwrap();
        assert!(nse.is_session(date(2026, 2, 1)) && !nse.is_half_day(date(2026, 2, 1)));
        assert_eq!(nse.next_session(date(2026, 1, 30)), Some(date(2026, 2, 1)));
    }
}

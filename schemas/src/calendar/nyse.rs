//! Holidays of the New York Stock Exchange, which Nasdaq and NYSE American share.
//!
//! Source: NYSE Rule 7.2 and the exchange's holiday announcements; session by session equal to two independent public
//! calendars from 1990 to 2027.

use super::{Day, is_weekend};
use crate::Date;
use jiff::civil::{Time, Weekday, date, time};

pub(super) const KNOWN: (Date, Date) = (date(1990, 1, 1), date(2027, 12, 31));

/// Days without a session that no rule foretells.
const CLOSURES: [Date; 11] = [
    date(1994, 4, 27), // mourning for Richard Nixon
    date(2001, 9, 11), // terrorist attacks
    date(2001, 9, 12),
    date(2001, 9, 13),
    date(2001, 9, 14),
    date(2004, 6, 11),  // mourning for Ronald Reagan
    date(2007, 1, 2),   // mourning for Gerald Ford
    date(2012, 10, 29), // hurricane Sandy
    date(2012, 10, 30),
    date(2018, 12, 5), // mourning for George H. W. Bush
    date(2025, 1, 9),  // mourning for Jimmy Carter
];

/// Closes that no rule foretells, some of them decided during the session.
///
/// An early close on 1999-12-31 was proposed and is in some lists; the exchange's own record has a full day.
const CLOSES: [(Date, Time); 6] = [
    (date(1994, 2, 11), time(14, 30, 0, 0)),  // snow
    (date(1996, 1, 8), time(14, 0, 0, 0)),    // snow
    (date(1997, 10, 27), time(15, 30, 0, 0)), // market-wide circuit breaker
    (date(1997, 12, 26), time(13, 0, 0, 0)),
    (date(2003, 12, 26), time(13, 0, 0, 0)),
    (date(2005, 6, 1), time(15, 56, 0, 0)), // failure of communications
];

pub(super) fn day(date: Date) -> Day {
    if is_weekend(date) || is_holiday(date) || CLOSURES.contains(&date) {
        return Day::Closed;
    }
    match early_close(date) {
        Some(close) => Day::Special { open: time(9, 30, 0, 0), close },
        None => Day::Regular,
    }
}

/// Whether a weekday is one of the yearly holidays.
fn is_holiday(date: Date) -> bool {
    let (year, day) = (date.year(), date.day());
    match date.month() {
        // Rule 7.2 keeps the exchange open on the last day of a year, so a New Year's Saturday is not made up for.
        1 => day == 1 || on_monday_after(date, 1) || (year >= 1998 && is_nth(date, Weekday::Monday, 3)),
        2 => is_nth(date, Weekday::Monday, 3),
        3 | 4 => easter(year).and_then(|easter| easter.checked_sub(jiff::Span::new().days(2)).ok()) == Some(date),
        5 => date.weekday() == Weekday::Monday && day > 24,
        6 => year >= 2022 && is_observed(date, 19),
        7 => is_observed(date, 4),
        9 => is_nth(date, Weekday::Monday, 1),
        11 => is_nth(date, Weekday::Thursday, 4),
        12 => is_observed(date, 25),
        _ => false,
    }
}

/// When trading ends early on a session, if it does.
fn early_close(date: Date) -> Option<Time> {
    if let Some(&(_, close)) = CLOSES.iter().find(|(day, _)| *day == date) {
        return Some(close);
    }
    let (year, day, weekday) = (date.year(), date.day(), date.weekday());
    let early = match date.month() {
        7 => year >= 1995 && is_next_to_independence_day(date),
        // The day after the fourth Thursday.
        11 => year >= 1992 && weekday == Weekday::Friday && (23..=29).contains(&day),
        12 => day == 24 && year >= 1990,
        _ => false,
    };
    early.then_some(if year < 1993 { time(14, 0, 0, 0) } else { time(13, 0, 0, 0) })
}

/// July 3, except that until 2012 a Thursday holiday shortened the Friday after it instead.
fn is_next_to_independence_day(date: Date) -> bool {
    match (date.day(), date.weekday()) {
        (3, Weekday::Wednesday) => date.year() >= 2013,
        (3, _) => true,
        (5, Weekday::Friday) => date.year() < 2013,
        _ => false,
    }
}

/// Whether a holiday of this month and day is kept on `date`: on its own day, the Friday before a Saturday, or the
/// Monday after a Sunday.
fn is_observed(date: Date, holiday: i8) -> bool {
    let on_friday_before = date.weekday() == Weekday::Friday && date.day() + 1 == holiday;
    date.day() == holiday || on_friday_before || on_monday_after(date, holiday)
}

fn on_monday_after(date: Date, holiday: i8) -> bool {
    date.weekday() == Weekday::Monday && date.day() == holiday + 1
}

fn is_nth(date: Date, weekday: Weekday, nth: i8) -> bool {
    date.weekday() == weekday && (date.day() - 1) / 7 + 1 == nth
}

/// Easter Sunday of the Gregorian calendar. None for years before the calendar.
///
/// Source: the anonymous algorithm published in Nature, 20 April 1876, p. 487.
fn easter(year: i16) -> Option<Date> {
    if year < 1583 {
        return None;
    }
    let year = i32::from(year);
    let (a, b, c) = (year % 19, year / 100, year % 100);
    let (d, e) = (b / 4, b % 4);
    let f = (b + 8) / 25;
    let g = (b - f + 1) / 3;
    let h = (19 * a + b - d - g + 15) % 30;
    let (i, k) = (c / 4, c % 4);
    let l = (32 + 2 * e + 2 * i - h - k) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let n = h + l - 7 * m + 114;
    Date::new(year as i16, (n / 31) as i8, (n % 31 + 1) as i8).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::Exchange;

    fn nyse() -> &'static Exchange {
        Exchange::by_code("XNYS").unwrap()
    }

    /// Counted with two independent calendars.
    #[test]
    fn each_year_has_as_many_sessions_as_were_held() {
        let held = [
            253, 253, 254, 253, 252, 252, 254, 253, 252, 252, 252, 248, 252, 252, 252, 252, 251, 251, 253, 252, 252,
            252, 250, 252, 252, 252, 252, 251, 251, 252, 253, 252, 251, 250, 252, 250, 251, 251,
        ];
        for (year, held) in (1990..).zip(held) {
            let sessions = nyse().sessions(date(year, 1, 1)).take_while(|day| day.year() == year).count();
            assert_eq!(sessions, held, "{year}");
        }
    }

    #[test]
    fn holidays_at_a_weekend_move_except_new_year_s() {
        let closed = [
            date(1992, 7, 3),
            date(1993, 12, 24),
            date(1995, 1, 2),
            date(2015, 7, 3),
            date(2021, 7, 5),
            date(2022, 6, 20),
            date(2022, 12, 26),
            date(2027, 6, 18),
        ];
        for day in closed {
            assert!(!nyse().is_session(day), "{day}");
        }
        for new_year_s_eve in [date(1999, 12, 31), date(2010, 12, 31), date(2021, 12, 31)] {
            assert!(nyse().is_session(new_year_s_eve), "{new_year_s_eve}");
        }
    }

    #[test]
    fn holidays_begin_in_the_year_they_were_introduced() {
        assert!(nyse().is_session(date(1997, 1, 20)));
        assert!(!nyse().is_session(date(1998, 1, 19)));
        assert!(nyse().is_session(date(2021, 6, 18)));
        assert!(!nyse().is_session(date(2023, 6, 19)));
    }

    #[test]
    fn good_friday_follows_easter() {
        for good_friday in
            [date(1990, 4, 13), date(1991, 3, 29), date(2008, 3, 21), date(2011, 4, 22), date(2024, 3, 29)]
        {
            assert!(!nyse().is_session(good_friday), "{good_friday}");
            assert!(nyse().is_session(good_friday.yesterday().unwrap()), "{good_friday}");
        }
        assert_eq!(easter(1943), Some(date(1943, 4, 25)));
        assert_eq!(easter(1818), Some(date(1818, 3, 22)));
        assert_eq!(easter(2038), Some(date(2038, 4, 25)));
    }

    #[test]
    fn unforeseen_closures_are_known() {
        for day in CLOSURES {
            assert!(!nyse().is_session(day) && !is_weekend(day) && !is_holiday(day), "{day}");
        }
        assert_eq!(nyse().next_session(date(2001, 9, 10)), Some(date(2001, 9, 17)));
    }

    /// All early closes of these years, from two independent calendars.
    #[test]
    fn half_days_are_those_that_were_held() {
        let half_days = |year: i16| -> Vec<String> {
            let sessions = nyse().sessions(date(year, 1, 1)).take_while(|day| day.year() == year);
            sessions.filter(|&day| nyse().is_half_day(day)).map(|day| day.strftime("%m-%d").to_string()).collect()
        };
        assert_eq!(half_days(1991), ["12-24"]);
        assert_eq!(half_days(1992), ["11-27", "12-24"]);
        assert_eq!(half_days(1996), ["01-08", "07-05", "11-29", "12-24"]);
        assert_eq!(half_days(1997), ["07-03", "10-27", "11-28", "12-24", "12-26"]);
        assert_eq!(half_days(2002), ["07-05", "11-29", "12-24"]);
        assert_eq!(half_days(2003), ["07-03", "11-28", "12-24", "12-26"]);
        assert_eq!(half_days(2009), ["11-27", "12-24"]);
        assert_eq!(half_days(2012), ["07-03", "11-23", "12-24"]);
        assert_eq!(half_days(2013), ["07-03", "11-29", "12-24"]);
        assert_eq!(half_days(2015), ["11-27", "12-24"]);
        assert_eq!(half_days(2024), ["07-03", "11-29", "12-24"]);
        assert_eq!(half_days(2027), ["11-26"]);
    }

    #[test]
    fn half_days_closed_an_hour_later_until_1992() {
        assert_eq!(nyse().close_of(date(1992, 12, 24)).to_string(), "1992-12-24T19:00:00Z");
        assert_eq!(nyse().close_of(date(1993, 11, 26)).to_string(), "1993-11-26T18:00:00Z");
    }
}

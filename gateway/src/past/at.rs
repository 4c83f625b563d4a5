//! The instant a request is about: `?at=<scan id | session | ordinal>`.

use bellwether_schemas::{Date, Ordinal, Refusal};
use std::{fmt, str::FromStr};

/// How a scan is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum At {
    /// By its position, from 1.
    Ordinal(Ordinal),
    /// By the session, whose last scan it is.
    Session(Date),
    /// By its id.
    Id(String),
}

const EXPECTED: &str = "a scan id such as sp500-2024-03-14, a session such as 2024-03-14, or an ordinal from 1";

impl FromStr for At {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Self, Refusal> {
        if !(1..=96).contains(&text.len()) || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Refusal::new("at", format!("{text:?}"), EXPECTED));
        }
        let plain = text.bytes().all(|byte| byte.is_ascii_digit());
        if let Some(ordinal) = text.parse().ok().filter(|_| plain) {
            return Ok(Self::Ordinal(ordinal));
        }
        if let Some(session) = is_date(text).then(|| text.parse().ok()).flatten() {
            return Ok(Self::Session(session));
        }
        Ok(Self::Id(text.to_owned()))
    }
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ordinal(ordinal) => ordinal.fmt(f),
            Self::Session(session) => session.fmt(f),
            Self::Id(id) => id.fmt(f),
        }
    }
}

/// The session a scan id ends in: `<universe>-<session>`, or with `T<HHMM>Z` behind it.
pub(crate) fn session_of(id: &str) -> Option<Date> {
    let day = match id.as_bytes() {
        [.., b'T', a, b, c, d, b'Z'] if [a, b, c, d].iter().all(|byte| byte.is_ascii_digit()) => &id[..id.len() - 6],
        _ => id,
    };
    let day = day.get(day.len().checked_sub(10)?..)?;
    if is_date(day) { day.parse().ok() } else { None }
}

/// `YYYY-MM-DD`: jiff would take other forms of a date, too.
fn is_date(text: &str) -> bool {
    let fits = |(index, byte): (usize, u8)| if matches!(index, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() };
    text.len() == 10 && text.bytes().enumerate().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_three_names_of_a_scan_are_told_apart() {
        let day: Date = "2024-03-14".parse().unwrap();
        for (text, expected) in [
            ("17", At::Ordinal(17)),
            ("2024-03-14", At::Session(day)),
            ("sp500-2024-03-14", At::Id("sp500-2024-03-14".into())),
            ("17-2024-03-14T1530Z", At::Id("17-2024-03-14T1530Z".into())),
        ] {
            assert_eq!(text.parse(), Ok(expected), "{text}");
        }
        for none in ["99999999999999999999", "2024-02-30"] {
            assert_eq!(none.parse(), Ok(At::Id(none.to_owned())), "there is no such scan, which is no fault of form");
        }
        for bad in ["", "a b", "é", "a\n", &"x".repeat(97)] {
            assert!(bad.parse::<At>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn an_id_says_its_session() {
        let day = Some("2024-03-14".parse().unwrap());
        for id in ["sp500-2024-03-14", "a-b-2024-03-14T1530Z", "2024-03-14"] {
            assert_eq!(session_of(id), day, "{id}");
        }
        for id in ["", "sp500", "sp500-2024-13-14", "éééééé", "T1530Z", "x-2024-03-14T15300Z"] {
            assert_eq!(session_of(id), None, "{id}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "\\PC*") {
            let _ = session_of(&text);
            if let Ok(at) = text.parse::<At>() {
                prop_assert_eq!(at.to_string().parse::<At>(), Ok(at));
            }
        }

        #[test]
        fn an_ordinal_reads_back(ordinal: u64) {
            prop_assert_eq!(ordinal.to_string().parse::<At>(), Ok(At::Ordinal(ordinal)));
        }
    }
}

//! Whether the newest scan that should exist by now is there.

use crate::server::Shared;
use bellwether_schemas::{Date, Key, Timestamp, calendar::Exchange};
use jiff::SignedDuration;
use serde::Serialize;
use std::collections::BTreeMap;

/// Bars of a session need a while to come in after its close.
const GRACE: SignedDuration = SignedDuration::from_mins(30);
/// Sessions that are looked back for.
const FURTHEST: usize = 260;

/// A universe of the running market, held against its exchange's calendar.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Due {
    pub(crate) universe: String,
    exchange: Option<String>,
    /// Session of the newest scan that any section shows.
    session: Option<Date>,
    /// Session that should be scanned by now, 30 minutes after its close.
    expected: Option<Date>,
    /// Sessions that are missing.
    missing: usize,
    /// `ok`, `late`, `sample` (made up: no calendar rules it) or `unknown`.
    pub(crate) status: &'static str,
}

impl Due {
    /// Why it is late, in one sentence.
    pub(crate) fn why(&self) -> String {
        let day = |day: Option<Date>| day.map_or_else(|| "none".to_owned(), |day| day.to_string());
        let (newest, expected) = (day(self.session), day(self.expected));
        format!("{} sessions are missing: the newest scan is of {newest}, that of {expected} is due", self.missing)
    }
}

/// Every universe of the running market.
pub(crate) fn due(app: &Shared) -> Vec<Due> {
    let now = (app.now)();
    let mut newest: BTreeMap<Key, bellwether_schemas::ScanRef> = BTreeMap::new();
    for section in app.board().sections() {
        for (key, entry) in section.entries.iter().filter(|(key, _)| key.lane() == bellwether_schemas::key::LIVE) {
            let scan = &entry.head.scan;
            if newest.get(key).is_none_or(|held| held.ordinal < scan.ordinal) {
                newest.insert(key.clone(), scan.clone());
            }
        }
    }
    newest.into_iter().map(|(key, scan)| of(&key, &scan, now)).collect()
}

/// Universes of the running market: sessions that are missing, and the share the newest scan could see.
pub(crate) fn missing_sessions(app: &Shared) -> Vec<(String, usize, Option<f64>)> {
    let coverage = |universe: &str| {
        let sections: Vec<_> = app.board().sections().collect();
        let entries = sections.iter().flat_map(|section| &section.entries);
        let newest =
            entries.filter(|(key, _)| key.lane() == bellwether_schemas::key::LIVE && key.universe() == universe);
        newest.max_by_key(|(_, entry)| entry.head.scan.ordinal).and_then(|(_, entry)| Some(entry.head.coverage?.share))
    };
    due(app).into_iter().map(|due| (due.universe.clone(), due.missing, coverage(&due.universe))).collect()
}

fn of(key: &Key, scan: &bellwether_schemas::ScanRef, now: Timestamp) -> Due {
    let exchange = scan.exchange.as_deref().and_then(Exchange::by_code);
    let expected = exchange.and_then(|exchange| last_closed(exchange, now));
    let missing = match (exchange, scan.session, expected) {
        (Some(exchange), Some(session), Some(expected)) => exchange
            .sessions(session)
            .take_while(|day| *day <= expected)
            .take(FURTHEST)
            .filter(|day| *day > session)
            .count(),
        _ => 0,
    };
    let status = match (scan.sample, expected.and(scan.session), missing) {
        (true, ..) => "sample",
        (false, None, _) => "unknown",
        (false, Some(_), 0) => "ok",
        (false, Some(_), _) => "late",
    };
    Due {
        universe: key.universe().to_owned(),
        exchange: scan.exchange.clone(),
        session: scan.session,
        expected: expected.filter(|_| !scan.sample),
        missing: if scan.sample { 0 } else { missing },
        status,
    }
}

/// The last session that closed long enough ago.
fn last_closed(exchange: &Exchange, now: Timestamp) -> Option<Date> {
    let today = exchange.date_of(now);
    let closed = |day: Date| exchange.close_of(day).checked_add(GRACE).is_ok_and(|due| due <= now);
    if exchange.is_session(today) && closed(today) {
        return Some(today);
    }
    exchange.previous_session(today)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bellwether_schemas::{Basis, ScanRef};

    fn due_at(session: &str, now: &str, sample: bool) -> Due {
        let scan = ScanRef {
            ordinal: 7,
            id: None,
            session: Some(session.parse().unwrap()),
            as_of: None,
            basis: Some(Basis::Close),
            exchange: Some("XNYS".to_owned()),
            sample,
        };
        of(&Key::live("sp500").unwrap(), &scan, now.parse().unwrap())
    }

    #[test]
    fn a_scan_is_late_half_an_hour_after_the_close_and_not_over_a_weekend() {
        // 2024-03-14 is a Thursday; New York closes at 20:00 UTC.
        assert_eq!(due_at("2024-03-13", "2024-03-14T20:29:00Z", false).status, "ok");
        let late = due_at("2024-03-13", "2024-03-14T20:31:00Z", false);
        assert_eq!((late.status, late.missing, late.expected), ("late", 1, Some("2024-03-14".parse().unwrap())));
        assert_eq!(due_at("2024-03-15", "2024-03-17T12:00:00Z", false).status, "ok", "a Sunday");
        assert_eq!(due_at("2024-03-08", "2024-03-14T21:00:00Z", false).missing, 4);
        assert_eq!(due_at("2020-03-08", "2024-03-14T21:00:00Z", true).status, "sample");
    }
}

//! The scanner from outside: order, refusals, coverage, hits and their ends.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod shared;

use bellwether_scanner::Scanner;
use bellwether_schemas::{
    Bars, Basis, Date, Panel, Scan, Side, Symbols,
    bars::Bar,
    codec,
    scan::{Exit, Unavailable, flag},
};
use bellwether_worker::Refold;
use std::collections::BTreeMap;

/// The 1st of January 2024 and the days after it.
fn date(number: i64) -> Date {
    Date::constant(2024, 1, 1).checked_add(jiff::SignedDuration::from_hours(24 * number)).unwrap()
}

fn quiet() -> Bar {
    Bar { open: 100.0, high: 101.0, low: 99.0, close: 100.0, volume: 1000.0 }
}

fn session(number: i64, bars: &[(&str, Bar)]) -> Bars {
    let bars: BTreeMap<_, _> = bars.iter().map(|(symbol, bar)| ((*symbol).to_owned(), *bar)).collect();
    shared::session("u", date(number), &bars)
}

fn intraday(number: i64, minute: i8, bars: &[(&str, Bar)]) -> Bars {
    let as_of = format!("{}T15:{minute:02}:00Z", date(number)).parse().unwrap();
    Bars { basis: Basis::Intraday, as_of, ..session(number, bars) }
}

/// A year of a small market with gaps, late listings, a delisting and an unusable bar.
fn market() -> Vec<Bars> {
    let mut seed = 7_u64;
    let mut random = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 40) as f64 / (1_u64 << 24) as f64
    };
    let names = ["A", "B", "C", "D", "E", "F", "G", "NAN"];
    let mut closes = [50.0; 8];
    let mut sessions = Vec::new();
    for number in 0..330 {
        let mut bars = Vec::new();
        for (i, name) in names.into_iter().enumerate() {
            let open = closes[i];
            closes[i] = (open * (0.95 + 0.1 * random()) * 100.0).round() / 100.0;
            let (high, low) = (open.max(closes[i]) * (1.0 + 0.01 * random()), open.min(closes[i]) * 0.995);
            let volume = (1e6 * random()).round();
            let listed = (i != 6 || number > 40) && (i != 5 || number < 250);
            if listed && random() > 0.05 {
                bars.push((name, Bar { open, high, low, close: closes[i], volume }));
            }
        }
        bars.push(("Z", if number == 100 { Bar { close: -1.0, ..quiet() } } else { quiet() }));
        let mut session = session(number, &bars);
        session.benchmarks.push("SPY", bars[bars.len() - 1].1).unwrap();
        sessions.push(session);
    }
    sessions
}

fn fold_all(scanner: &mut Scanner, sessions: &[Bars]) -> Vec<Vec<u8>> {
    let bodies = sessions.iter().map(codec::encode);
    (1..).zip(bodies).map(|(ordinal, body)| Refold::fold(scanner, ordinal, &body).unwrap().body).collect()
}

#[test]
fn folding_again_gives_the_same_bytes_and_no_scan_knows_the_future() {
    let sessions = market();
    let whole = fold_all(&mut Scanner::new("u"), &sessions);
    assert_eq!(fold_all(&mut Scanner::new("u"), &sessions), whole);
    for length in [1, 20, 251, 300] {
        assert_eq!(fold_all(&mut Scanner::new("u"), &sessions[..length]), whole[..length]);
    }
    whole.iter().for_each(|body| Scan::decode(body).unwrap().check().unwrap());
}

#[test]
fn a_refusal_leaves_the_state_as_it_was() {
    let sessions = market();
    let whole = fold_all(&mut Scanner::new("u"), &sessions);
    let mut scanner = Scanner::new("u");
    for (number, bars) in sessions.iter().enumerate() {
        let ordinal = number as u64 + 1;
        assert_eq!(codec::encode(&scanner.fold(ordinal, bars).unwrap()), whole[number]);
        let again = scanner.fold(ordinal + 1, bars).unwrap_err();
        let expected = format!("a date after {}, the last closed session", bars.session);
        assert_eq!((again.field.as_str(), again.expected), ("session", expected));
        let later = session(number as i64 + 1, &[("A", quiet())]);
        for (field, bad) in [
            ("universe", Bars { universe: "other".to_owned(), ..later.clone() }),
            ("exchange", Bars { exchange: "XNSE".to_owned(), ..later.clone() }),
            ("adjusted", Bars { adjusted: false, ..later.clone() }),
            ("sample", Bars { sample: true, ..later.clone() }),
            ("sector", Bars { sector: Vec::new(), ..later.clone() }),
            ("schema", Bars { schema: "bars/0".to_owned(), ..later.clone() }),
            ("stocks.symbols", Bars { stocks: Panel::default(), sector: Vec::new(), ..later.clone() }),
        ] {
            assert_eq!(scanner.fold(ordinal + 1, &bad).unwrap_err().field, field);
        }
    }
}

#[test]
fn an_intraday_scan_is_made_on_top_of_the_last_close_and_forgotten() {
    let sessions = market();
    let whole = fold_all(&mut Scanner::new("u"), &sessions);
    let mut scanner = Scanner::new("u");
    for (number, bars) in sessions.iter().enumerate() {
        let ordinal = number as u64 + 1;
        let as_of = format!("{}T15:30:00Z", bars.session).parse().unwrap();
        let so_far = Bars { basis: Basis::Intraday, as_of, ..bars.clone() };
        let early = scanner.fold(ordinal, &so_far).unwrap();
        let close = scanner.fold(ordinal, bars).unwrap();
        assert_eq!(codec::encode(&close), whole[number]);
        let id = format!("u-{}T1530Z", bars.session);
        assert_eq!(early, Scan { basis: Basis::Intraday, as_of, id, ..close });
    }
}

#[test]
fn intraday_scans_come_minute_by_minute_and_before_the_close() {
    let mut scanner = Scanner::new("u");
    let one = [("A", quiet())];
    scanner.fold(1, &intraday(1, 30, &one)).unwrap();
    assert_eq!(scanner.fold(2, &intraday(1, 30, &one)).unwrap_err().field, "as_of");
    assert_eq!(scanner.fold(2, &session(0, &one)).unwrap_err().field, "session");
    scanner.fold(2, &intraday(1, 31, &one)).unwrap();
    scanner.fold(3, &session(1, &one)).unwrap();
    assert_eq!(scanner.fold(4, &intraday(1, 59, &one)).unwrap_err().field, "session");
}

#[test]
fn a_symbol_is_listed_for_twenty_sessions_after_its_last_bar_began() {
    let mut scanner = Scanner::new("u");
    let both = [("A", quiet()), ("B", quiet())];
    scanner.fold(1, &session(1, &both)).unwrap();
    for number in 2..=20 {
        let scan = scanner.fold(number, &session(number as i64, &both[..1])).unwrap();
        let no_bar = Unavailable { reason: "no bar".to_owned(), symbols: Symbols::new(["B"]).unwrap() };
        assert_eq!((scan.listed, scan.failed), (2, vec![no_bar]), "session {number}");
    }
    let scan = scanner.fold(21, &session(21, &both[..1])).unwrap();
    assert_eq!((scan.listed, scan.failed), (1, vec![]));
    let back = scanner.fold(22, &session(22, &both)).unwrap();
    assert_eq!((back.listed, back.flags[1]), (2, flag::UNCHANGED));
}

#[test]
fn what_cannot_be_counted_is_failed_with_its_reason() {
    let mut scanner = Scanner::new("u");
    let mut bars = session(1, &[("A", quiet()), ("B", Bar { high: f64::NAN, ..quiet() })]);
    bars.refused = vec![Unavailable { reason: "close is \"x\"".to_owned(), symbols: Symbols::new(["C"]).unwrap() }];
    let scan = scanner.fold(1, &bars).unwrap();
    assert_eq!(scan.symbols.iter().collect::<Vec<_>>(), ["A"]);
    assert_eq!((scan.listed, scan.coverage().eligible), (3, 1));
    let reasons: Vec<_> = scan.failed.iter().map(|f| (f.reason.as_str(), f.symbols.get(0))).collect();
    assert_eq!(reasons, [("close is \"x\"", "C"), ("high is NaN; expected a finite price, not negative", "B")]);
}

#[test]
fn a_suspect_bar_is_counted_and_marked() {
    let mut scanner = Scanner::new("u");
    scanner.fold(1, &session(1, &[("A", quiet())])).unwrap();
    let slipped = Bar { open: 10.0, high: 10.1, low: 9.9, close: 10.0, volume: 1000.0 };
    let scan = scanner.fold(2, &session(2, &[("A", slipped)])).unwrap();
    assert_eq!(scan.flags, [flag::DECLINE | flag::SUSPECT]);
    assert_eq!(scan.suspects[0].reason, "close is 0.1000 of the one before, near a decimal slip of 10");
    assert_eq!(scan.previous, [0]);
}

#[test]
fn a_date_without_a_session_is_scanned_and_said_to_be_one() {
    let mut scanner = Scanner::new("u");
    assert!(!scanner.fold(1, &session(5, &[("A", quiet())])).unwrap().on_calendar, "a Saturday");
    assert!(scanner.fold(2, &session(7, &[("A", quiet())])).unwrap().on_calendar, "a Monday");
}

/// Twenty quiet sessions of A and B and three of rise, the last of which is a hit of A.
fn after_a_hit() -> (Scanner, Scan) {
    let mut scanner = Scanner::new("u");
    for number in 0..20 {
        scanner.fold(number + 1, &session(number as i64, &[("A", quiet()), ("B", quiet())])).unwrap();
    }
    let mut last = None;
    for (number, close) in [(20, 100.5), (21, 101.0), (22, 105.0)] {
        let open = close - if number == 22 { 3.0 } else { 1.0 };
        let volume = if number == 22 { 5000.0 } else { 1000.0 };
        let bar = Bar { open, high: close, low: open, close, volume };
        last = Some(scanner.fold(number + 1, &session(number as i64, &[("A", bar), ("B", quiet())])).unwrap());
    }
    (scanner, last.unwrap())
}

#[test]
fn a_hit_carries_its_entry_and_a_stop_two_and_a_half_ranges_away() {
    let (_, scan) = after_a_hit();
    assert_eq!(scan.hits.len(), 1);
    let hit = &scan.hits[0];
    assert_eq!((hit.symbol.as_str(), hit.side, hit.score, hit.entry), ("A", Side::Long, Some(7), Some(105.0)));
    // ATR14 stood at 2, then ranges 1, 1 and, over a gap, 4 came.
    let atr = [1.0, 1.0, 4.0].into_iter().fold(2.0, |atr, range| (13.0 * atr + range) / 14.0);
    assert!((hit.stop.unwrap() - (105.0 - 2.5 * atr)).abs() < 1e-9);
}

#[test]
fn the_scan_in_which_a_hit_ends_carries_its_outcome_once() {
    let (mut scanner, hit_scan) = after_a_hit();
    let crash = Bar { open: 104.0, high: 104.0, low: 50.0, close: 60.0, volume: 1000.0 };
    let scan = scanner.fold(24, &session(23, &[("A", crash), ("B", quiet())])).unwrap();
    assert_eq!(scan.outcomes.len(), 1);
    let outcome = &scan.outcomes[0];
    assert_eq!((outcome.exit, outcome.held, outcome.hit_ordinal), (Exit::Stop, 1, 23));
    assert_eq!((outcome.hit_session, outcome.exit_session), (hit_scan.session, scan.session));
    assert!((outcome.r + 1.0).abs() < 1e-12);
    let next = scanner.fold(25, &session(24, &[("A", crash), ("B", quiet())])).unwrap();
    assert!(next.outcomes.iter().all(|outcome| outcome.hit_ordinal != 23));
}

#[test]
fn a_vanished_symbol_keeps_its_hit_open_for_twenty_sessions() {
    let (mut scanner, _) = after_a_hit();
    for number in 23..42 {
        assert!(scanner.fold(number + 1, &session(number as i64, &[("B", quiet())])).unwrap().outcomes.is_empty());
    }
    let scan = scanner.fold(43, &session(42, &[("B", quiet())])).unwrap();
    let outcome = &scan.outcomes[0];
    assert_eq!((outcome.exit, outcome.r, outcome.held), (Exit::Vanished, 0.0, 0));
}

#[test]
fn a_benchmark_shows_its_indicators_once_there_are_bars_for_them() {
    let mut scanner = Scanner::new("u");
    let mut last = None;
    for number in 0..61 {
        let mut bars = session(number, &[("A", quiet())]);
        let close = 100.0 + number as f64;
        bars.benchmarks.push("SPY", Bar { open: close, high: close, low: close, close, volume: 1.0 }).unwrap();
        last = scanner.fold(number as u64 + 1, &bars).unwrap().benchmarks.pop();
    }
    let spy = last.unwrap();
    assert_eq!((spy.bars, spy.previous_close, spy.sma[0], spy.sma[5]), (61, Some(159.0), Some(158.0), None));
    assert_eq!(spy.roc, [5, 10, 20, 60].map(|ago| Some(160.0 / f64::from(160 - ago) - 1.0)));
    assert_eq!(spy.rsi14, Some(100.0));
    assert!((spy.atr14.unwrap() - 1.0).abs() < 1e-12);
}

//! Scans of other scanners: what is taken, and how what is wrong is said.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use bellwether_scanner::foreign::{Heading, parse_csv, parse_json};
use bellwether_schemas::{
    Basis, Refusal, Scan, Side, codec,
    scan::{Origin, flag},
};

fn heading() -> Heading {
    Heading { universe: Some("mine".to_owned()), session: Some("2024-03-08".to_owned()), ..Heading::default() }
}

fn refusals(json: &str) -> Vec<(String, String, String)> {
    let refused = parse_json(json.as_bytes()).unwrap_err();
    refused.into_iter().map(|Refusal { field, value, expected }| (field, value, expected)).collect()
}

const GOOD: &str = r#"{"universe":"mine","session":"2024-03-08","rows":[
    {"symbol":"NAN","side":"SHORT","close":9.5,"previous_close":10,"volume":100,"score":5},
    {"symbol":"AAA","side":"Long","close":11,"previous_close":10},
    {"symbol":"AAA","side":"short","score":6},
    {"symbol":"ZZZ","side":"long"},
    {"symbol":"FLAT","close":1,"previous_close":1,"volume":7,"mood":"ignored"}]}"#;

#[test]
fn rows_become_a_scan_that_every_worker_can_read() {
    let scan = parse_json(GOOD.as_bytes()).unwrap().into_scan(7);
    assert_eq!(Scan::decode(&codec::encode(&scan)).unwrap(), scan);
    assert_eq!((scan.ordinal, scan.origin, scan.basis), (7, Origin::Foreign, Basis::Close));
    assert_eq!((scan.id.as_str(), scan.as_of.to_string().as_str()), ("mine-2024-03-08", "2024-03-08T21:00:00Z"));
    assert_eq!(scan.symbols.iter().collect::<Vec<_>>(), ["AAA", "FLAT", "NAN"]);
    assert_eq!(scan.flags, [flag::ADVANCE, flag::UNCHANGED, flag::DECLINE]);
    assert_eq!(scan.volume, [0.0, 7.0, 100.0]);
    assert_eq!((scan.listed, scan.failed[0].reason.as_str()), (4, "no close"));
    let hits: Vec<_> = scan.hits.iter().map(|h| (h.symbol.as_str(), h.side, h.score, h.entry)).collect();
    assert_eq!(
        hits,
        [
            ("AAA", Side::Long, None, Some(11.0)),
            ("AAA", Side::Short, Some(6), Some(11.0)),
            ("NAN", Side::Short, Some(5), Some(9.5)),
            ("ZZZ", Side::Long, None, None),
        ]
    );
}

#[test]
fn csv_says_the_same_as_json() {
    let csv = "\u{feff}Symbol, SIDE ,close,previous_close,volume,score,other\r\n\
        NAN,short,9.5,10,100,5,x\r\nAAA,long,11,10,,,\r\nAAA,SHORT,,,,6,\r\nZZZ,long,,,,,\r\nFLAT,none,1,1,7,,\r\n";
    let from_csv = parse_csv(csv.as_bytes(), &heading()).unwrap();
    assert_eq!(from_csv, parse_json(GOOD.as_bytes()).unwrap());
}

#[test]
fn every_fault_is_named_by_its_path() {
    let found = refusals(
        r#"{"universe":"a.b","session":"2024-3-8","exchange":"NEW YORK","basis":"half","rows":[
        {"symbol":"A B","side":"up","close":-1,"previous_close":"x","volume":-5,"score":8},
        {"symbol":7,"close":true},
        5]}"#,
    );
    let fields: Vec<_> = found.iter().map(|(field, ..)| field.as_str()).collect();
    assert_eq!(
        fields,
        [
            "universe",
            "exchange",
            "basis",
            "session",
            "rows[0].symbol",
            "rows[0].side",
            "rows[0].close",
            "rows[0].previous_close",
            "rows[0].volume",
            "rows[0].score",
            "rows[1].symbol",
            "rows[1].close",
            "rows[2]",
        ]
    );
    assert_eq!(found[6], ("rows[0].close".into(), "-1".into(), "a finite price above 0, or nothing".into()));
}

#[test]
fn no_more_than_twenty_faults_are_told() {
    let rows = vec![r#"{"side":"up"}"#; 50].join(",");
    assert_eq!(refusals(&format!(r#"{{"universe":"u","session":"2024-03-08","rows":[{rows}]}}"#)).len(), 20);
}

#[test]
fn a_symbol_comes_once_per_side_and_agrees_with_itself() {
    let with = |rows: &str| refusals(&format!(r#"{{"universe":"u","session":"2024-03-08","rows":[{rows}]}}"#));
    let twice = with(r#"{"symbol":"A","side":"long"},{"symbol":"A","side":"LONG"}"#);
    assert_eq!(twice, [("rows[1].symbol".into(), "\"A\" again".into(), "each symbol once per side".into())]);
    let torn = with(r#"{"symbol":"A","side":"long","close":2},{"symbol":"A","side":"short","close":3}"#);
    assert_eq!(torn, [("rows[1].close".into(), "3".into(), "2, as in the other row of A".into())]);
}

#[test]
fn empty_missing_and_endless_rows_are_refused() {
    assert_eq!(refusals(r#"{"universe":"u","session":"2024-03-08","rows":[]}"#)[0].0, "rows");
    assert_eq!(refusals(r#"{"universe":"u","session":"2024-03-08"}"#)[0].1, "missing");
    assert_eq!(refusals("no json")[0].0, "body");
    let rows: Vec<_> = (0..20_001).map(|i| format!(r#"{{"symbol":"S{i}"}}"#)).collect();
    let found = refusals(&format!(r#"{{"universe":"u","session":"2024-03-08","rows":[{}]}}"#, rows.join(",")));
    assert_eq!(found, [("rows".into(), "more than 20000 symbols".into(), "at most 20000".into())]);
    let found = parse_csv(b"ticker,side\nA,long\n", &heading()).unwrap_err();
    assert_eq!(found[0].to_string(), "header is \"ticker,side\"; expected a column \"symbol\"");
    assert_eq!(parse_csv(b"symbol,side\nA,long,3\n", &heading()).unwrap_err()[0].field, "rows[0]");
}

#[test]
fn the_instant_decides_between_close_and_intraday() {
    let with = |as_of: &str, exchange: &str| {
        let heading = Heading { as_of: Some(as_of.to_owned()), exchange: Some(exchange.to_owned()), ..heading() };
        parse_csv(b"symbol,side,close\nA,long,1\n", &heading).map(|scan| scan.into_scan(1))
    };
    let early = with("2024-03-08T15:30:00Z", "XNYS").unwrap();
    assert_eq!((early.id.as_str(), early.basis), ("mine-2024-03-08T1530Z", Basis::Intraday));
    assert_eq!(with("2024-03-08T21:30:00Z", "XNYS").unwrap().basis, Basis::Close);
    assert_eq!(with("2024-03-07T21:00:00Z", "XNYS").unwrap_err()[0].field, "as_of");
    assert_eq!(with("2024-03-08T15:30:00Z", "XXXX").unwrap().basis, Basis::Close);
    let unknown = Heading { exchange: Some("XXXX".to_owned()), ..heading() };
    assert_eq!(parse_csv(b"symbol,side\nA,long\n", &unknown).unwrap_err()[0].field, "as_of");
}

#[test]
fn a_day_off_the_calendar_is_taken_and_said_to_be_one() {
    let sunday = Heading { session: Some("2024-03-10".to_owned()), ..heading() };
    assert!(!parse_csv(b"symbol,side\nA,long\n", &sunday).unwrap().into_scan(1).on_calendar);
}

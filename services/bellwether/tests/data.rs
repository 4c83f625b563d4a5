//! Bars and scans in, readable messages out, through a broker that dies.

#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use common::{Up, bellwether, refused, said, server, until};
use serde_json::Value;
use std::{fmt::Write, fs, io::Write as _, process::Stdio};

/// A table of `days` sessions from 2026-01-05 on, three symbols, with one bad row.
fn table(days: u32) -> String {
    let mut text = "date,symbol,open,high,low,close,volume\n".to_owned();
    for day in 0..days {
        let date = jiff::civil::date(2026, 1, 5).saturating_add(jiff::Span::new().days(i64::from(day)));
        for (at, symbol) in ["AA", "BB", "NAN"].into_iter().enumerate() {
            let price = 10 + at as u32 * 10 + day;
            let close = if day == 1 && symbol == "BB" { "-5".to_owned() } else { price.to_string() };
            let _ = writeln!(text, "{date},{symbol},{price},{},{},{close},1000", price + 1, price - 1);
        }
    }
    text
}

fn import(up: &Up, file: &str) -> Value {
    let path = up.path().join(file);
    let said = said(up.path(), &["import", path.to_str().unwrap(), "--universe", "three", "--json"]);
    serde_json::from_str(&said).unwrap()
}

#[test]
fn an_import_is_stored_once_reaches_the_workers_and_outlives_the_broker() {
    if server().is_none() {
        return;
    }
    let up = Up::start(&["--no-sample"]);
    fs::write(up.path().join("four.csv"), table(4)).unwrap();
    let first = import(&up, "four.csv");
    assert_eq!((first["new"].as_u64(), first["unchanged"].as_u64()), (Some(4), Some(0)), "{first}");
    assert_eq!((first["rows"].as_u64(), first["bad_rows"].as_u64()), (Some(11), Some(1)));
    assert!(first["bad_rows_by_reason"].as_object().unwrap().keys().next().unwrap().contains("close"));

    let port_before = up.record()["broker"].clone();
    up.kill_and_wait("broker");
    let again = until("the broker answers again", || {
        let path = up.path().join("four.csv");
        let args = ["import", path.to_str().unwrap(), "--universe", "three", "--json"];
        let output = common::run(up.path(), &args);
        output.status.success().then(|| serde_json::from_slice::<Value>(&output.stdout).unwrap())
    });
    assert_eq!((again["new"].as_u64(), again["unchanged"].as_u64()), (Some(0), Some(4)), "{again}");
    assert_eq!(up.record()["broker"], port_before);

    let rejects = |n: &'static str| {
        common::run(up.path(), &["decode", "--form", "raw", "--subject", "reject.import.live.three", "--sequence", n])
    };
    assert!(String::from_utf8_lossy(&rejects("2").stderr).contains("no such message"), "written once");

    for (subject, field) in
        [("bars.live.three", "stocks"), ("$KV.regime.live.three", "parts"), ("$KV.breadth.live.three", "parts")]
    {
        let message: Value = until(subject, || {
            let output = common::run(up.path(), &["decode", "--subject", subject]);
            let message: Value = serde_json::from_slice(&output.stdout).ok()?;
            (subject.starts_with("bars") || message["scan"]["ordinal"] == 4).then_some(message)
        });
        assert!(message[field].is_object(), "{message}");
    }
}

#[test]
fn changed_and_late_sessions_are_refused_and_the_rest_goes_on() {
    if server().is_none() {
        return;
    }
    let up = Up::start(&["--no-sample", "--one-process"]);
    fs::write(up.path().join("a.csv"), table(3)).unwrap();
    import(&up, "a.csv");
    let changed = table(4).replace("2026-01-07,AA,12,13,11,12", "2026-01-07,AA,12,13,11,12.5");
    fs::write(up.path().join("b.csv"), changed + "2026-01-02,AA,9,9,9,9,1\n").unwrap();
    let second = import(&up, "b.csv");
    let counts = ["new", "unchanged", "refused"].map(|name| second[name].as_u64().unwrap());
    assert_eq!(counts, [1, 2, 2], "{second}");
    let path = up.path().join("b.csv");
    let strict = refused(up.path(), &["import", path.to_str().unwrap(), "--universe", "three", "--strict"]);
    assert!(strict.contains("close") && strict.contains(":6:"), "{strict}");
}

#[test]
fn a_scan_of_another_scanner_is_taken_once_but_not_beside_bars() {
    if server().is_none() {
        return;
    }
    let up = Up::start(&["--no-sample"]);
    let path = up.path().join("hits.csv");
    fs::write(&path, "symbol,side,close\nAA,long,10\nBB,,20\n").unwrap();
    let file = path.to_str().unwrap();
    let submit = |universe: &str| {
        common::run(up.path(), &["scan", "submit", file, "--universe", universe, "--session", "2026-01-05"])
    };
    let first = String::from_utf8(submit("theirs").stdout).unwrap();
    assert!(first.contains("is scan 1 of universe theirs") && !first.contains("already"), "{first}");
    let again = String::from_utf8(submit("theirs").stdout).unwrap();
    assert!(again.contains("it was there already"), "{again}");

    fs::write(up.path().join("a.csv"), table(2)).unwrap();
    import(&up, "a.csv");
    let beside = submit("three");
    assert!(!beside.status.success() && String::from_utf8_lossy(&beside.stderr).contains("scanned here"));
    let table = up.path().join("a.csv");
    let error = refused(up.path(), &["import", table.to_str().unwrap(), "--universe", "theirs"]);
    assert!(error.contains("another scanner"), "{error}");
}

#[test]
fn an_import_without_up_starts_a_broker_for_its_duration() {
    if server().is_none() {
        return;
    }
    let data = tempfile::tempdir().unwrap();
    let path = data.path().join("a.csv");
    fs::write(&path, table(2)).unwrap();
    for (new, unchanged) in [(2, 0), (0, 2)] {
        let args = ["import", path.to_str().unwrap(), "--universe", "three", "--json", "--nats-port", "0"];
        let summary: Value = serde_json::from_str(&said(data.path(), &args)).unwrap();
        assert_eq!((summary["new"].as_u64(), summary["unchanged"].as_u64()), (Some(new), Some(unchanged)));
    }
}

#[test]
fn the_made_up_market_is_there_at_once_and_goes_on() {
    if server().is_none() {
        return;
    }
    let up = Up::start(&["--sample-pace", "0.05"]);
    assert!(up.log().contains("MADE UP"));
    let newest = || {
        let output = common::run(up.path(), &["decode", "--subject", "$KV.breadth.live.sample"]);
        let message: Value = serde_json::from_slice(&output.stdout).ok()?;
        message["scan"]["ordinal"].as_u64()
    };
    let first = until("the first sessions", || newest().filter(|&ordinal| ordinal >= 1_200));
    up.kill_and_wait("sample");
    until("it goes on", || newest().filter(|&ordinal| ordinal > first + 3));
}

#[test]
fn decode_reads_its_standard_input_as_nats_sub_translate_does() {
    let data = tempfile::tempdir().unwrap();
    let mut decode =
        bellwether(data.path(), &["decode", "--compact"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    decode.stdin.take().unwrap().write_all(&[0x81, 0xa1, b'a', 0x93, 1, 2, 0xc0]).unwrap();
    let output = decode.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "{\"a\":[1,2,null]}\n");
}

//! The worker as the harness drives it.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod shared;

use bellwether_breadth::BreadthWorker;
use bellwether_index::{BreadthResult, IndexWorker};
use bellwether_schemas::{
    Quality, Scan, Status, Stored,
    bars::Bar,
    codec,
    fixture::{self, intraday, moved},
    index::{CrossKind, Output},
    scan::flag,
};
use bellwether_worker::{Carry, Event, FromSettings, OnScan, Reject, Settings, Trigger, Verdict, Worker, decide};
use serde::de::IgnoredAny;
use shared::{Chain, Made, put};

/// A scan with these benchmarks, which close at 10.
fn day(ordinal: u64, symbols: &[&str]) -> Scan {
    let mut scan = fixture::scan(ordinal, &moved(30, 20, 2));
    scan.benchmarks = symbols.iter().map(|symbol| fixture::benchmark(symbol, &[10.0])).collect();
    scan
}

fn bar(close: f64) -> Bar {
    Bar { open: close, high: close + 1.0, low: close - 1.0, close, volume: 1.0 }
}

/// The result of breadth for a scan, by itself.
fn breadth(scan: &Scan) -> Vec<u8> {
    put(&BreadthWorker::default(), &mut Carry { ordinal: scan.ordinal - 1, state: None }, &[], scan)
}

fn rejected(worker: &IndexWorker, body: &[u8], scan: &Scan) -> Reject {
    let event = Event { ordinal: scan.ordinal, body, scan: Ok(scan), deaths: None };
    match decide(worker, &Carry { ordinal: scan.ordinal - 1, state: None }, &event) {
        Verdict::Put { rejected: Some(reject), .. } => reject,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_cross_is_dated_and_a_slope_and_streak_follow_the_closes() {
    let (mut chain, mut made) = (Chain::default(), Made::new("SPY"));
    let mut crosses = Vec::new();
    let mut last = None;
    for ordinal in 1..=600_u64 {
        // A rise, a fall from session 251 on, a rise from session 401 on.
        let close = 500.0 + [0.0, 1.0, -1.0, 1.0][1 + (ordinal / 201).min(2) as usize] * (ordinal % 201) as f64;
        let mut scan = fixture::scan(ordinal, &moved(3, 2, 0));
        scan.benchmarks = vec![made.push(bar(close))];
        let parts = chain.fold(&scan).parts.unwrap();
        let row = parts.sma.benchmarks.into_iter().next().unwrap();
        let (fast, slow) = (row.sma[1].value, row.sma[3].value);
        if let Some(cross) = row.cross.filter(|cross| cross.sessions == 0) {
            assert_eq!(fast > slow, cross.kind == CrossKind::Golden, "session {ordinal}");
            crosses.push(cross.kind);
        }
        last = Some(row);
    }
    assert_eq!(crosses, [CrossKind::Death, CrossKind::Golden]);
    let last = last.unwrap();
    assert!((last.sma[0].slope.unwrap() - 5.0 / (last.sma[0].value.unwrap() - 5.0)).abs() < 1e-9, "1 a session");
    assert!(last.sma[0].streak.unwrap() > 100);
    assert!((last.change.unwrap() - 1.0 / (last.close - 1.0)).abs() < 1e-12);
}

#[test]
fn an_intraday_scan_is_shown_on_top_of_the_last_close_and_carried_no_further() {
    let mut chain = Chain::default();
    let closed = |chain: &mut Chain, ordinal| chain.fold(&day(ordinal, &["SPY"]));
    (1..=3).for_each(|ordinal| drop(closed(&mut chain, ordinal)));
    let before = chain.index.state.clone();
    let mut so_far = intraday(day(4, &["SPY", "QQQ"]), 60);
    so_far.benchmarks[0].close = 11.0;
    let shown = chain.fold(&so_far).parts.unwrap();
    assert_eq!(shown.sma.benchmarks.len(), 2);
    assert_eq!((shown.sma.benchmarks[0].close, &chain.index.state), (11.0, &before));
}

#[test]
fn a_session_is_not_folded_twice() {
    let mut chain = Chain::default();
    chain.fold(&day(1, &["SPY"]));
    let again = Scan { ordinal: 2, ..day(1, &["SPY"]) };
    let event = BreadthResult::read(&breadth(&again)).unwrap();
    match IndexWorker::default().step(chain.index.state.as_ref(), &event, &again) {
        Err(Reject::Invalid(refusal)) => assert_eq!(refusal.field, "session"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_scan_that_breadth_rejected_is_rejected_with_its_reason() {
    let mut carry = Carry::default();
    put(&BreadthWorker::default(), &mut carry, &[], &day(1, &["SPY"]));
    let again = Scan { ordinal: 2, ..day(1, &["SPY"]) };
    let event = Event { ordinal: 2, body: &[], scan: Ok(&again), deaths: None };
    let Verdict::Put { body, .. } = decide(&BreadthWorker::default(), &carry, &event) else { panic!("not put") };
    match rejected(&IndexWorker::default(), &body, &again) {
        Reject::Upstream { worker, reason } => assert!(worker == "breadth" && reason.starts_with("session is")),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_breadth_must_be_that_of_the_scan() {
    let worker = IndexWorker::default();
    let event = breadth(&day(2, &["SPY"]));
    assert!(matches!(rejected(&worker, &event, &day(3, &["SPY"])), Reject::Invalid(r) if r.field == "scan.ordinal"));
    let other = Scan { id: "other".to_owned(), ..day(2, &["SPY"]) };
    assert!(matches!(rejected(&worker, &event, &other), Reject::Invalid(r) if r.field == "scan.id"));
    assert!(matches!(rejected(&worker, &event[..9], &day(2, &["SPY"])), Reject::Invalid(_)));
}

#[test]
fn at_most_eight_benchmarks_are_carried_and_a_list_is_kept_to() {
    let names: Vec<String> = (0..23).map(|i| format!("B{i:02}")).collect();
    let mut names: Vec<&str> = names.iter().map(String::as_str).collect();
    names.push("SPY");
    let shown = Chain::default().fold(&day(1, &names)).parts.unwrap();
    let symbols: Vec<_> = shown.momentum.benchmarks.iter().map(|row| row.symbol.as_str()).collect();
    assert_eq!(symbols, ["SPY", "B00", "B01", "B02", "B03", "B04", "B05", "B06"]);

    let listed = IndexWorker::from_settings(&Settings::parse(["index.benchmarks=B09,SPY"]).unwrap()).unwrap();
    let scan = day(1, &names);
    let event = BreadthResult::read(&breadth(&scan)).unwrap();
    let output = listed.step(None, &event, &scan).unwrap().output;
    let symbols: Vec<_> = output.divergence.benchmarks.iter().map(|row| row.symbol.as_str()).collect();
    assert_eq!(symbols, ["B09", "SPY"]);
    assert!(IndexWorker::from_settings(&Settings::parse(["index.benchmarks=A,A"]).unwrap()).is_err());
}

#[test]
fn a_benchmark_without_a_bar_degrades_the_result_until_it_is_given_up() {
    let mut chain = Chain::default();
    chain.fold(&day(1, &["SPY", "QQQ"]));
    let quality: Vec<_> = (2..=21).map(|ordinal| chain.fold(&day(ordinal, &["SPY"]))).collect();
    assert_eq!(quality[0].quality_reason.as_deref(), Some("no bar of QQQ"));
    assert!(quality[..19].iter().all(|stored| stored.quality == Quality::Degraded));
    assert_eq!(quality[19].quality, Quality::Ok);
    assert_eq!(chain.fold(&day(22, &[])).quality, Quality::Insufficient);
}

/// Eight benchmarks that swing as often as pivots are kept, with every measure against them.
#[test]
fn a_stored_result_stays_under_16_kb() {
    let symbols = ["^GSPC", "^IXIC", "^NSEI", "^RUT", "^VIX", "DIA", "QQQ", "SPY"];
    let (mut chain, mut largest, mut divergences) = (Chain::default(), 0, 0);
    for ordinal in 1..=400_u64 {
        let mut scan = fixture::scan(ordinal, &moved(2_499, 3_111, 0));
        let above = |i: usize| flag::have_sma(3) | if i as u64 + 10 * ordinal < 5_000 { flag::above_sma(3) } else { 0 };
        scan.flags.iter_mut().enumerate().for_each(|(i, flags)| *flags |= above(i));
        let swing = [0.0, 1.1, 2.2, 3.3, 2.2, 1.1][ordinal as usize % 6];
        let benchmark = |(at, symbol): (usize, &&str)| {
            let bars: Vec<_> = (0..ordinal).map(|_| 1.0).collect();
            let close = 1234.567 + swing + 0.013 * ordinal as f64 + 0.1 * at as f64;
            let mut row = fixture::benchmark(symbol, &bars);
            (row.high, row.low, row.close) = (close + 0.3, close - 0.3, close);
            row.sma = vec![Some(1200.0 + ordinal as f64 / 7.0); 6];
            row.roc = vec![Some(0.01 / 3.0); 4];
            row.rsi14 = Some(90.0 - ordinal as f64 / 7.0);
            let value = Some(10.0 / 3.0);
            (row.atr14, row.adx14, row.macd, row.macd_signal) = (value, value, value, value);
            row
        };
        scan.benchmarks = symbols.iter().enumerate().map(benchmark).collect();
        let body = chain.put(&scan);
        let stored: Stored<Output, IgnoredAny> = codec::decode(&body).unwrap();
        assert_eq!(stored.status, Status::Ok);
        let rows = stored.parts.unwrap().divergence.benchmarks;
        divergences = divergences.max(rows.iter().map(|row| row.divergences.len()).sum());
        largest = largest.max(body.len());
    }
    assert_eq!(divergences, 18, "all there is room for");
    assert!(largest < 16_000, "{largest} bytes");
}

#[test]
fn the_trigger_reads_only_results_of_breadth() {
    assert!(OnScan::read(&[]).is_ok());
    assert!(BreadthResult::read(&[]).is_err());
}

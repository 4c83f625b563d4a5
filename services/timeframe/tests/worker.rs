//! The worker as the harness drives it.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod shared;

use bellwether_schemas::{
    Quality, Scan,
    bars::Bar,
    calendar::Exchange,
    fixture::{intraday, moved, scan, with_hits},
    timeframe::{Label, Output},
};
use bellwether_timeframe::TimeframeWorker;
use bellwether_worker::{Carry, FromSettings, OnScan, Reject, Settings, Worker};
use shared::{benchmark, fold, market, put};

fn bar(close: f64) -> Bar {
    Bar { open: close - 0.5, high: close + 1.0, low: close - 1.0, close, volume: 1.0 }
}

/// The sessions of the New York Stock Exchange from 2024 on, one benchmark that closes as `close` says.
fn sessions(count: usize, close: impl Fn(usize) -> f64) -> Vec<Scan> {
    let exchange = Exchange::of("XNYS").unwrap();
    let dates = exchange.sessions("2024-01-02".parse().unwrap()).take(count);
    let day = |(at, date): (usize, bellwether_schemas::Date)| {
        let change = (at > 0).then(|| (close(at) / close(at.saturating_sub(1)) - 1.0) * 0.9);
        let scan = market(at as u64 + 1, &date.to_string(), vec![benchmark("SPY", bar(close(at)))]);
        Scan { mean_log_return: change, ..scan }
    };
    dates.enumerate().map(day).collect()
}

fn outputs(scans: &[Scan]) -> Vec<Output> {
    let mut carry = Carry::default();
    scans.iter().map(|scan| fold(&mut carry, scan).parts.unwrap()).collect()
}

#[test]
fn completed_bars_and_the_forming_one_stay_apart() {
    // 2024-01-02 was a Tuesday, the 15th a holiday.
    let outputs = outputs(&sessions(10, |at| 100.0 + at as f64));
    let weekly = |at: usize| outputs[at].weekly.benchmarks[0].clone();
    let (tuesday, thursday, friday, monday) = (weekly(0), weekly(2), weekly(3), weekly(4));
    assert_eq!((tuesday.bars, tuesday.completed_reason.as_deref()), (0, Some("no week completed yet")));
    let forming = thursday.forming.unwrap();
    assert_eq!(
        (forming.sessions, forming.open, forming.high, forming.low, forming.close),
        (3, 99.5, 103.0, 99.0, 102.0)
    );
    let whole = friday.completed.unwrap();
    assert_eq!((friday.bars, whole.sessions, whole.close), (1, 4, 103.0));
    assert_eq!((friday.forming, friday.forming_reason.as_deref()), (None, Some("the week has closed")));
    assert_eq!((monday.bars, monday.completed, monday.forming.unwrap().sessions), (1, Some(whole), 1));
    assert!(outputs.iter().all(|output| output.daily.benchmarks[0].forming.is_none()));
    assert_eq!(outputs[9].daily.benchmarks[0].bars, 10);
}

#[test]
fn a_steady_rise_points_up_in_every_frame() {
    let scans: Vec<_> = sessions(340, |at| 100.0 + at as f64).into_iter().map(|scan| with_hits(scan, 9, 1)).collect();
    let outputs = outputs(&scans);
    let last = outputs.last().unwrap();
    for frame in [&last.daily, &last.weekly, &last.monthly] {
        assert_eq!(frame.hits_share, Some(0.9));
        for row in [&frame.benchmarks[0], &frame.universe] {
            assert!((row.strength.unwrap() - 0.95).abs() < 1e-9 && row.label == Some(Label::Up), "{row:?}");
            assert!((row.rsi14.unwrap() - 100.0).abs() < 1e-9);
        }
    }
    let all = &last.all;
    assert_eq!(all.frames.iter().map(|part| part.frame.as_str()).collect::<Vec<_>>(), ["daily", "weekly", "monthly"]);
    assert!((all.alignment.alignment.unwrap() - 100.0).abs() < 1e-9);
    assert_eq!((all.alignment.flat, all.benchmarks[0].symbol.as_str()), (Some(false), "SPY"));
    // Daily from session 15 on; nothing to align before the weekly frame has 15 bars, too.
    assert_eq!((outputs[13].all.frames[0].strength, outputs[14].all.frames[0].strength.is_some()), (None, true));
    assert_eq!(outputs[14].all.alignment.direction_reason.as_deref(), Some("1 of 3 frames have a strength"));
}

#[test]
fn a_market_that_never_moves_is_flat_and_not_in_full_agreement() {
    let last = outputs(&sessions(340, |_| 50.0)).pop().unwrap();
    for aligned in [&last.all.alignment, &last.all.benchmarks[0].alignment] {
        assert_eq!(
            (aligned.flat, aligned.direction, aligned.alignment, aligned.agreement),
            (Some(true), None, None, None)
        );
    }
    assert!(last.all.frames.iter().all(|part| part.label == Some(Label::Flat) && part.strength == Some(0.0)));
}

#[test]
fn the_universe_starts_at_100_and_moves_by_its_mean_log_return() {
    let mut scans = sessions(3, |_| 50.0);
    scans[1].mean_log_return = Some(0.01);
    scans[2].mean_log_return = Some(-0.02);
    let outputs = outputs(&scans);
    let closes: Vec<f64> = outputs.iter().map(|output| output.daily.universe.completed.unwrap().close).collect();
    assert_eq!(closes[0], 100.0);
    assert!((closes[1] - 101.00501670841679).abs() < 1e-9 && (closes[2] - 99.004_983_374_9).abs() < 1e-9);
    let week = outputs[2].weekly.universe.forming.unwrap();
    assert_eq!((week.open, week.high, week.low, week.close), (100.0, closes[1], closes[2], closes[2]));
    assert_eq!(outputs[0].daily.universe.symbol, "test");
}

#[test]
fn an_intraday_scan_is_shown_on_top_of_the_last_close_and_carried_no_further() {
    let (mut carry, days) = (Carry::default(), sessions(5, |at| 100.0 + at as f64));
    days[..4].iter().for_each(|scan| drop(put(&mut carry, scan)));
    let before = carry.state.clone();
    let shown = fold(&mut carry, &intraday(days[4].clone(), 60)).parts.unwrap();
    assert_eq!(carry.state, before);
    let (daily, weekly) = (&shown.daily.benchmarks[0], &shown.weekly.benchmarks[0]);
    assert_eq!((daily.bars, daily.forming.unwrap().close), (4, 104.0));
    assert_eq!((weekly.bars, weekly.forming.unwrap().sessions), (1, 1));
}

#[test]
fn an_exchange_without_a_calendar_completes_a_week_when_the_next_one_comes() {
    let mut scans = sessions(5, |at| 100.0 + at as f64);
    scans.iter_mut().for_each(|scan| scan.exchange = "XXXX".to_owned());
    let outputs = outputs(&scans);
    let weekly = |at: usize| &outputs[at].weekly.benchmarks[0];
    assert_eq!((weekly(3).bars, weekly(3).forming.unwrap().sessions), (0, 4));
    assert_eq!((weekly(4).bars, weekly(4).completed.unwrap().sessions), (1, 4));
}

#[test]
fn a_benchmark_without_a_bar_on_friday_still_has_its_week_completed() {
    let mut scans = sessions(4, |at| 100.0 + at as f64);
    scans[3].benchmarks.clear();
    let mut carry = Carry::default();
    let last = scans.iter().map(|scan| fold(&mut carry, scan)).last().unwrap();
    assert_eq!((last.quality, last.quality_reason.as_deref()), (Quality::Degraded, Some("no bar of SPY")));
    let monday = fold(&mut carry, &sessions(5, |at| 100.0 + at as f64)[4]).parts.unwrap();
    assert_eq!(monday.weekly.benchmarks[0].completed.unwrap().sessions, 3);
}

#[test]
fn a_session_is_not_folded_twice() {
    let worker = TimeframeWorker::default();
    let day = scan(5, &moved(3, 2, 0));
    let state = worker.step(None, &OnScan, &day).unwrap().state;
    match worker.step(Some(&state), &OnScan, &day) {
        Err(Reject::Invalid(refusal)) => assert_eq!(refusal.field, "session"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn at_most_five_benchmarks_are_carried_and_a_list_is_kept_to() {
    let mut day = scan(1, &moved(3, 2, 0));
    day.benchmarks = ["A", "B", "C", "D", "E", "SPY"].map(|symbol| benchmark(symbol, bar(10.0))).to_vec();
    let symbols = |worker: &TimeframeWorker| {
        let output = worker.step(None, &OnScan, &day).unwrap().output;
        output.monthly.benchmarks.into_iter().map(|row| row.symbol).collect::<Vec<_>>()
    };
    assert_eq!(symbols(&TimeframeWorker::default()), ["SPY", "A", "B", "C", "D"]);
    let settings = Settings::parse(["timeframe.benchmarks=E,B"]).unwrap();
    assert_eq!(symbols(&TimeframeWorker::from_settings(&settings).unwrap()), ["E", "B"]);
    assert!(TimeframeWorker::from_settings(&Settings::parse(["timeframe.benchmarks="]).unwrap()).is_err());
}

#[test]
fn a_stored_result_stays_under_16_kb() {
    let (mut carry, mut largest) = (Carry::default(), 0);
    for mut scan in sessions(700, |at| 1234.567 + (at * 7919 % 101) as f64 / 7.0) {
        let close = scan.benchmarks[0].close;
        scan.benchmarks =
            ["^GSPC", "^IXIC", "^NSEI", "^NSEBANK", "SPY"].map(|symbol| benchmark(symbol, bar(close))).to_vec();
        largest = largest.max(put(&mut carry, &with_hits(scan, 7, 5)).len());
    }
    assert!(largest < 16_000, "{largest} bytes");
}

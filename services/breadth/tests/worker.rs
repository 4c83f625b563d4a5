//! The worker as the harness sees it: scans in, results out.
#![expect(clippy::unwrap_used, reason = "a test may stop and tell why")]

use bellwether_breadth::{BreadthWorker, State};
use bellwether_schemas::{
    Quality, Scan,
    breadth::Output,
    fixture::{Row, intraday, moved, scan, session},
    scan::flag,
};
use bellwether_worker::{Carry, Event, OnScan, Reject, Step, Verdict, Worker, decide};

fn fold(scans: &[Scan]) -> Vec<Step<State, Output>> {
    let mut steps: Vec<Step<State, Output>> = Vec::new();
    for scan in scans {
        steps.push(BreadthWorker::default().step(steps.last().map(|step| &step.state), &OnScan, scan).unwrap());
    }
    steps
}

fn day(ordinal: u64, advances: usize, declines: usize) -> Scan {
    scan(ordinal, &moved(advances, declines, 0))
}

/// 60 symbols that all advance, at their highs, above every average.
fn broken_feed(ordinal: u64) -> Scan {
    let averages = (0..6).fold(0, |bits, i| bits | flag::have_sma(i) | flag::above_sma(i));
    scan(ordinal, &[Row::with(flag::ADVANCE | flag::HAVE_EXTREMES | flag::NEW_HIGH | averages); 60])
}

#[test]
fn all_shares_at_100_percent_move_no_line() {
    let steps = fold(&[day(1, 40, 20), day(2, 35, 25), broken_feed(3), day(4, 30, 30)]);
    let (sound, broken) = (&steps[1].output, &steps[2].output);
    assert_eq!(steps[2].assessment.quality, Quality::Insufficient);
    assert!(steps[2].assessment.reason.as_deref().unwrap().contains("every share is exactly 0 or 1"));
    assert_eq!(broken.current.advances, 60);
    assert_eq!(broken.current.ad_line, sound.current.ad_line);
    assert_eq!(broken.current.mcclellan_summation, sound.current.mcclellan_summation);
    assert_eq!(broken.current.zweig_ema10, sound.current.zweig_ema10);
    assert_eq!(broken.volume.volume_line, sound.volume.volume_line);
    assert_eq!(steps[3].output.current.ad_line, sound.current.ad_line);
    let change = &steps[3].output.sma.averages[0];
    assert_eq!(change.change_share, None);
}

#[test]
fn over_30_percent_unchanged_move_no_line() {
    let steps = fold(&[day(1, 40, 20), scan(2, &moved(30, 10, 20))]);
    assert_eq!(steps[1].assessment.quality, Quality::Insufficient);
    assert_eq!(steps[1].output.current.ad_line, 20);
}

#[test]
fn the_first_day_of_a_market_has_no_advances_and_seeds_nothing() {
    let steps = fold(&[scan(1, &[Row::with(0); 80]), day(2, 50, 30)]);
    let first = &steps[0].output;
    assert_eq!(steps[0].assessment.quality, Quality::Ok);
    assert_eq!((first.current.ad_line, first.current.rana, first.current.mcclellan_ema19), (0, None, None));
    assert_eq!(first.current.rana_reason.as_deref(), Some("no symbol advanced or declined"));
    assert_eq!((first.volume.trin, first.volume.up_volume_share), (None, None));
    let second = &steps[1].output.current;
    assert_eq!((second.mcclellan_ema19, second.mcclellan_summation), (Some(250.0), Some(0.0)));
}

#[test]
fn without_declines_there_is_no_trin() {
    let volume = &fold(&[day(1, 30, 0)])[0].output.volume;
    assert_eq!((volume.trin, volume.trin_reason.as_deref()), (None, Some("no symbol declined")));
    assert_eq!(volume.up_volume_share, Some(1.0));
}

/// A straight climb of the average from 0.39 to 0.62 in so many sessions, from shares of 2,000 symbols.
fn climb(sessions: usize) -> Vec<Scan> {
    let at = |i: usize| 0.39 + (0.62 - 0.39) * i as f64 / sessions as f64;
    let share = |i: usize| if i == 0 { at(0) } else { at(i - 1) + 5.5 * (at(i) - at(i - 1)) };
    let advances = (0..=sessions).map(|i| (2000.0 * share(i)).round() as usize);
    advances.zip(1..).map(|(advances, ordinal)| day(ordinal, advances, 2000 - advances)).collect()
}

#[test]
fn a_thrust_on_session_10_counts_and_on_session_11_does_not() {
    for (sessions, active) in [(10, true), (11, false)] {
        let steps = fold(&climb(sessions));
        let thrust_before = steps[sessions - 1].output.current.zweig_thrust.active;
        let current = &steps[sessions].output.current;
        assert!(current.zweig_ema10.unwrap() > 0.615);
        assert_eq!((thrust_before, current.zweig_thrust.active), (false, active), "{sessions} sessions");
        assert_eq!(current.zweig_thrust.session, active.then(|| session(11)));
    }
}

#[test]
fn an_intraday_scan_is_shown_on_top_of_the_last_close_and_carried_no_further() {
    let steps = fold(&[day(1, 40, 20), intraday(day(2, 5, 55), 90), intraday(day(2, 6, 54), 30), day(2, 10, 50)]);
    let lines: Vec<_> = steps.iter().map(|step| step.output.current.ad_line).collect();
    assert_eq!(lines, [20, -30, -28, -20]);
    assert_eq!(steps[1].state, steps[0].state);
}

#[test]
fn a_session_does_not_enter_the_lines_twice() {
    let worker = BreadthWorker::default();
    let state = worker.step(None, &OnScan, &day(5, 40, 20)).unwrap().state;
    for again in [day(5, 40, 20), day(4, 40, 20), intraday(day(5, 40, 20), 30)] {
        match worker.step(Some(&state), &OnScan, &again) {
            Err(Reject::Invalid(refusal)) => assert_eq!(refusal.field, "session"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn the_change_of_a_share_is_to_the_last_close() {
    let above = |count: usize| {
        let row = |i| Row::with(flag::ADVANCE | flag::have_sma(1) | if i < count { flag::above_sma(1) } else { 0 });
        (0..10).map(row).collect::<Vec<_>>()
    };
    let steps = fold(&[scan(1, &above(4)), intraday(scan(2, &above(9)), 60), scan(2, &above(7))]);
    let average = |step: &Step<State, Output>| step.output.sma.averages[1].clone();
    assert_eq!(
        (average(&steps[0]).n, average(&steps[0]).share, average(&steps[0]).change_share),
        (10, Some(0.4), None)
    );
    assert_eq!(average(&steps[2]).change_share, Some(0.7 - 0.4));
}

#[test]
fn the_high_low_index_is_the_mean_of_ten_sessions_that_have_a_new_high_or_low() {
    let highs = |ordinal, highs: usize| {
        let row = |i| Row::with(flag::HAVE_EXTREMES | if i < highs { flag::NEW_HIGH } else { flag::NEW_LOW });
        scan(ordinal, &(0..10).map(row).collect::<Vec<_>>())
    };
    let mut scans: Vec<_> = (1..=9).map(|i| highs(i, i as usize)).collect();
    scans.push(scan(10, &[Row::with(flag::HAVE_EXTREMES)]));
    scans.push(highs(11, 10));
    let steps = fold(&scans);
    let index = |at: usize| steps[at].output.current.high_low_index;
    assert_eq!((index(8), index(9), index(10)), (None, None, Some(0.55)));
}

#[test]
fn a_stored_result_of_6000_symbols_stays_under_16_kb() {
    let (all_have, all_above) =
        (0..6).fold((0, 0), |(have, above), i| (have | flag::have_sma(i), above | flag::above_sma(i)));
    let row = |i: usize| {
        let (flags, previous) = if i.is_multiple_of(2) { (all_above, 0) } else { (0, all_above) };
        Row {
            previous: all_have | previous,
            volume: 1e6 + i as f64,
            sector: (i % 11) as u8,
            ..Row::with(all_have | flags | 1)
        }
    };
    let rows: Vec<_> = (0..6000).map(row).collect();
    let mut carry = Carry::default();
    for ordinal in 1..=15 {
        let mut scan = scan(ordinal, &rows);
        scan.sectors = (0..11).map(|i| format!("Consumer Discretionary Sector {i}")).collect();
        match decide(&BreadthWorker::default(), &carry, &Event { ordinal, body: &[], scan: Ok(&scan), deaths: None }) {
            Verdict::Put { body, carry: next, rejected: None } => {
                assert!(body.len() < 16_000, "{} bytes", body.len());
                carry = next;
            }
            other => panic!("{other:?}"),
        }
    }
}

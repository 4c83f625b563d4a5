//! The worker as the harness sees it: scans in, results out.
#![expect(clippy::unwrap_used, reason = "a test may stop and tell why")]

mod common;

use bellwether_regime::{RegimeWorker, State};
use bellwether_schemas::{
    Quality, Scan, Side,
    fixture::{intraday, moved, scan, with_hits},
    regime::{Class, Forecaster, Output},
};
use bellwether_worker::{FromSettings, OnScan, Reject, Settings, Step, Worker};

fn fold(worker: &RegimeWorker, scans: &[Scan]) -> Vec<Step<State, Output>> {
    let mut steps: Vec<Step<State, Output>> = Vec::new();
    for scan in scans {
        let step = worker.step(steps.last().map(|step| &step.state), &OnScan, scan).unwrap();
        steps.push(step);
    }
    steps
}

fn last(scans: &[Scan]) -> Step<State, Output> {
    fold(&RegimeWorker::default(), scans).pop().unwrap()
}

/// 1,000 symbols, half of which advance.
fn hits(ordinal: u64, long: u32, short: u32) -> Scan {
    with_hits(scan(ordinal, &moved(500, 500, 0)), long, short)
}

#[test]
fn the_first_scan_gives_a_class_and_says_since_when() {
    let step = last(&[hits(1, 70, 30)]);
    let current = step.output.current;
    assert_eq!(current.class, Some(Class::Uptrend));
    assert_eq!((current.share, current.smoothed_share, current.ratio), (Some(0.7), Some(0.7), Some(70.0 / 30.0)));
    assert_eq!(current.since.unwrap().scan, "test-2020-01-01");
    assert_eq!(current.scans_in_class, Some(1));
    assert_eq!(step.assessment.quality, Quality::Ok);
    assert_eq!(step.output.history.changes[0].from_reason.as_deref(), Some("no class stood before"));
}

#[test]
fn fewer_than_5_hits_give_no_class_and_say_why() {
    let step = last(&[hits(1, 2, 1)]);
    let current = step.output.current;
    assert_eq!((current.class, current.confidence, current.posterior.clone()), (None, None, None));
    assert_eq!(current.class_reason.as_deref(), Some("3.00 hits in the smoothed window, 5 needed"));
    assert_eq!(step.assessment.quality, Quality::Insufficient);
    assert_eq!(current.flip.map(|flip| (flip.side, flip.hits)), Some((Side::Long, 2)));
}

#[test]
fn without_short_hits_the_ratio_is_missing_and_the_share_is_one() {
    let current = last(&[hits(1, 40, 0)]).output.current;
    assert_eq!((current.ratio, current.share), (None, Some(1.0)));
    assert_eq!(current.ratio_reason.as_deref(), Some("no short hits in this scan"));
    assert_eq!(current.class, Some(Class::StrongUptrend));
}

#[test]
fn an_uptrend_in_which_71_2_percent_fall_is_a_conflict_at_half_the_confidence() {
    let falling = with_hits(scan(1, &moved(288, 712, 0)), 70, 30);
    let (conflicting, sound) = (last(&[falling]).output.current, last(&[hits(1, 70, 30)]).output.current);
    assert_eq!(conflicting.class, sound.class);
    assert_eq!(conflicting.confidence, sound.confidence.map(|confidence| confidence * 0.5));
    let breadth = conflicting.breadth.unwrap();
    assert_eq!((breadth.opposing_share, breadth.factor, breadth.conflict), (Some(0.712), 0.5, true));
}

#[test]
fn hits_of_a_scan_with_too_little_coverage_are_not_folded() {
    let mut thin = hits(2, 0, 300);
    thin.listed = 2001;
    let steps = fold(&RegimeWorker::default(), &[hits(1, 70, 30), thin, hits(3, 70, 30)]);
    let current = &steps[1].output.current;
    assert_eq!(
        (current.class, current.smoothed_share, current.scans_in_class),
        (Some(Class::Uptrend), Some(0.7), Some(1))
    );
    assert_eq!((current.long_hits, current.short_hits, current.flip), (0, 300, None));
    assert_eq!(current.flip_reason.as_deref(), Some("the hits do not count: coverage is under 0.50"));
    assert_eq!(steps[1].assessment.quality, Quality::Insufficient);
    assert_eq!(steps[2].output.current.scans_in_class, Some(2));
    assert_eq!(steps[2].output.history.entropy.n, 2);
}

#[test]
fn an_older_scan_is_refused_by_name() {
    let worker = RegimeWorker::default();
    let first = worker.step(None, &OnScan, &hits(5, 70, 30)).unwrap();
    let refused = |scan: &Scan| match worker.step(Some(&first.state), &OnScan, scan) {
        Err(Reject::Invalid(refusal)) => refusal.field,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(&hits(4, 70, 30)), "session");
    assert_eq!(refused(&intraday(hits(5, 70, 30), 60)), "as_of");
}

#[test]
fn intraday_scans_are_folded_too() {
    let steps = fold(
        &RegimeWorker::default(),
        &[intraday(hits(1, 70, 30), 120), intraday(hits(1, 70, 30), 60), hits(1, 70, 30)],
    );
    assert_eq!(steps[2].output.current.scans_in_class, Some(3));
    assert_eq!(steps[2].output.current.since.as_ref().unwrap().scan, "test-2020-01-01T1900Z");
}

#[test]
fn a_plain_turn_is_noted_with_both_classes() {
    let settings = Settings::parse(["regime.span=1"]).unwrap();
    let worker = RegimeWorker::from_settings(&settings).unwrap();
    let output = fold(&worker, &[hits(1, 90, 10), hits(2, 10, 90)]).pop().unwrap().output;
    let change = output.history.changes.last().unwrap();
    assert_eq!((change.from, change.to), (Some(Class::StrongUptrend), Some(Class::StrongDowntrend)));
    assert_eq!(change.confidence, output.current.confidence);
}

/// Shares that wander as a market does, with a benchmark; the same every time.
fn market(sessions: u64, id: &str) -> Vec<Scan> {
    let (mut seed, mut share, mut price) = (9_u64, 0.5_f64, 100.0_f64);
    let mut random = move || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 11) as f64 / (1_u64 << 53) as f64 - 0.5
    };
    let day = |i: u64| {
        share = (share + 0.3 * random() - 0.02 * (share - 0.5)).clamp(0.0, 1.0);
        let before = price;
        price *= 1.0 + 0.02 * (share - 0.5) + 0.01 * random();
        let long = (100.0 * share) as u32;
        let mut scan = hits(i, long, 100 - long);
        scan.id = format!("{id}-{}", scan.session);
        scan.benchmarks = vec![common::benchmark("SPY", price, before)];
        scan
    };
    (1..=sessions).map(day).collect()
}

fn bytes(step: &Step<State, Output>) -> usize {
    bellwether_schemas::codec::encode(&step.state).len() + bellwether_schemas::codec::encode(&step.output).len()
}

#[test]
fn the_last_20_changes_are_kept_and_a_result_stays_under_16_kb() {
    let settings = Settings::parse(["regime.span=1", "regime.confirm_scans=1", "regime.horizon=7"]).unwrap();
    let worker = RegimeWorker::from_settings(&settings).unwrap();
    let scans = market(400, "a-universe-of-quite-a-long-name");
    let step = fold(&worker, &scans).pop().unwrap();
    assert_eq!(step.output.history.changes.len(), 20);
    assert_eq!(step.output.history.changes[19].to, step.output.current.class);
    // The envelope around both takes about 500.
    assert!(bytes(&step) < 15_500, "{} bytes", bytes(&step));
    let usual = fold(&RegimeWorker::default(), &market(400, "test")).pop().unwrap();
    assert!(bytes(&usual) < 14_500, "{} bytes", bytes(&usual));
}

#[test]
fn only_closes_make_and_settle_forecasts() {
    let scans = market(60, "test");
    let with_intraday = scans.iter().flat_map(|scan| [intraday(scan.clone(), 60), scan.clone()]).collect::<Vec<_>>();
    // One smoothed scan, so that intraday scans leave the class at the close as it is.
    let settings = Settings::parse(["regime.span=1", "regime.confirm_scans=1"]).unwrap();
    let worker = RegimeWorker::from_settings(&settings).unwrap();
    let (closes, all) = (fold(&worker, &scans), fold(&worker, &with_intraday));
    for (at, close) in closes.iter().enumerate() {
        assert_eq!(close.output.prediction, all[2 * at + 1].output.prediction, "session {at}");
        let (before, during) = (at.saturating_sub(1), &all[2 * at].output.prediction);
        let n = |forecaster| during.forecasters[&forecaster].n;
        assert_eq!(n(Forecaster::Logistic), before.saturating_sub(4) as u64, "before session {at}");
        assert_eq!(during.forecasters[&Forecaster::Logistic].probabilities.is_some(), at > 0);
    }
}

#[test]
fn sessions_that_cannot_be_trusted_make_no_forecast_and_settle_none() {
    let mut scans = market(40, "test");
    scans[20].on_calendar = false;
    scans[30].listed = 2001;
    let steps = fold(&RegimeWorker::default(), &scans);
    let shown = |at: usize| &steps[at].output.prediction.forecasters[&Forecaster::Transition];
    assert_eq!(shown(20).probabilities_reason.as_deref(), Some("2020-01-21 is no session of XNYS"));
    assert_eq!(shown(30).probabilities_reason.as_deref(), Some("coverage 0.500, under 0.50"));
    // Of 35 that are due, two were never made and two were never settled.
    assert_eq!(shown(39).n, 31);
}

#[test]
fn a_label_stuck_for_913_of_933_scans_raises_the_alarm_and_no_skill_is_claimed() {
    let settings = Settings::parse(["regime.span=1", "regime.confirm_scans=1"]).unwrap();
    let worker = RegimeWorker::from_settings(&settings).unwrap();
    let long = |i: u64| if i <= 20 { [95, 72, 60, 50, 40, 28, 5][i as usize % 7] } else { 5 };
    let scans: Vec<_> = (1..=933).map(|i| with_hits(scan(i, &moved(5, 5, 0)), long(i), 100 - long(i))).collect();
    let output = fold(&worker, &scans).pop().unwrap().output;
    assert_eq!((output.history.entropy.n, output.history.entropy.alarm), (933, true));
    assert_eq!((output.prediction.best, output.prediction.skilful), (Forecaster::Persistence, false));
}

#[test]
fn odd_labels_strewn_among_913_equal_ones_are_no_skill_either() {
    let settings = Settings::parse(["regime.span=1", "regime.confirm_scans=1"]).unwrap();
    let worker = RegimeWorker::from_settings(&settings).unwrap();
    // Distances between odd labels follow a quadratic, so that they come to no rhythm.
    let odd: Vec<u64> = (0..20).map(|i| 17 + 45 * i + (i * i * 7) % 23).collect();
    let long = |i: u64| if odd.contains(&i) { [95, 72, 60, 50, 40, 28][i as usize % 6] } else { 5 };
    let scans: Vec<_> = (1..=933).map(|i| with_hits(scan(i, &moved(5, 5, 0)), long(i), 100 - long(i))).collect();
    for step in fold(&worker, &scans) {
        let prediction = step.output.prediction;
        assert_eq!((prediction.best, prediction.skilful), (Forecaster::Persistence, false));
    }
}

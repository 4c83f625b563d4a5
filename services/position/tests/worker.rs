//! The worker as the harness sees it: regimes and scans in, results out.

mod shared;

use bellwether_position::{OnRegime, PositionWorker};
use bellwether_schemas::{
    Quality, Scan, Side, Status, codec,
    fixture::intraday,
    position::{BrakeName, StopSource},
    regime::Class,
    scan::Suspect,
};
use bellwether_worker::{Carry, Event, FromSettings, Reject, Settings, Trigger, Verdict, Worker, decide};
use shared::{Stance, after, event, fold, last, market, outcome, regime, results};

const UP: Class = Class::Uptrend;

#[test]
fn an_edge_becomes_a_size_a_stop_and_a_count() {
    // 60 wins of 1 R, 40 losses of 1 R: g = 0.2 · 100/130, half of it, capped at 2 %.
    let kelly = after(results(Side::Long, 5, 100, 60, 1.0), Stance::calm(UP)).output.kelly;
    assert_eq!((kelly.class, kelly.side, kelly.n, kelly.wins), (Some(UP), Some(Side::Long), Some(100), Some(60)));
    assert!((kelly.kelly_raw.unwrap() - 0.2).abs() < 1e-12);
    assert!((kelly.kelly_shrunk.unwrap() - 0.2 * 100.0 / 130.0).abs() < 1e-12);
    assert_eq!((kelly.risk_fraction, kelly.binding), (Some(0.02), Some(BrakeName::Cap)));
    assert!((kelly.stop_distance.unwrap() - 0.1).abs() < 1e-12);
    assert_eq!(kelly.stop_distance_from, Some(StopSource::Hits));
    assert!((kelly.notional_fraction.unwrap() - 0.2).abs() < 1e-12);
    assert_eq!(kelly.positions, Some(10));
    assert!((kelly.effective_positions.unwrap() - 10.0 / 3.7).abs() < 1e-12);
    assert!((kelly.risk_fraction_each.unwrap() - 0.02 / 3.7).abs() < 1e-12);
    assert_eq!(kelly.pooled, None);
}

#[test]
fn an_uptrend_in_which_71_2_percent_fall_halves_the_size_and_says_so() {
    let outcomes = || results(Side::Long, 5, 100, 51, 1.0);
    let calm = after(outcomes(), Stance::calm(UP)).output;
    let conflict = after(outcomes(), Stance { class: Some(UP), opposing: Some(0.712) }).output;
    assert_eq!(conflict.kelly.risk_fraction, calm.kelly.risk_fraction.map(|size| size * 0.5));
    assert_eq!(conflict.kelly.binding, Some(BrakeName::Breadth));
    let said = conflict.guidance.sentences.last().unwrap();
    assert_eq!(said.text, "71.20 % of the symbols move against the class: the size is halved until they turn.");
    assert!(said.fields.contains(&"kelly.brakes[3].measured".to_owned()));
}

#[test]
fn a_conflict_under_the_cap_is_still_told() {
    let output = after(results(Side::Long, 5, 100, 80, 1.0), Stance { class: Some(UP), opposing: Some(0.712) }).output;
    assert_eq!(output.kelly.binding, Some(BrakeName::Cap));
    let text = &output.guidance.sentences.last().unwrap().text;
    assert!(text.starts_with("The cap of 2.00 % sets the size"), "{text}");
    assert!(text.ends_with("71.20 % of the symbols move against the class, which halved it before."), "{text}");
}

#[test]
fn a_negative_edge_means_no_position_and_says_so() {
    let step = after(results(Side::Long, 5, 100, 40, 1.0), Stance::calm(UP));
    let kelly = step.output.kelly;
    assert_eq!((kelly.risk_fraction, kelly.notional_fraction, kelly.binding), (Some(0.0), Some(0.0), None));
    assert!(kelly.kelly_shrunk.unwrap() < 0.0 && kelly.negative_edge_probability.unwrap() > 0.9);
    let texts: Vec<_> = step.output.guidance.sentences.iter().map(|sentence| sentence.text.as_str()).collect();
    let expected = [
        "No position: the edge of long hits in an uptrend is negative (g -15.38 %).",
        "It turns positive once more than 50.00 % of them win; 40.00 % did.",
    ];
    assert_eq!(texts, expected);
    assert_eq!(step.assessment.quality, Quality::Ok);
}

#[test]
fn break_even_means_no_position() {
    let output = after(results(Side::Long, 5, 90, 30, 2.0), Stance::calm(UP)).output;
    assert_eq!((output.kelly.kelly_raw, output.kelly.risk_fraction), (Some(0.0), Some(0.0)));
    assert!(output.guidance.sentences[0].text.contains("is nil"));
}

#[test]
fn an_outcome_belongs_to_the_class_that_stood_at_its_hit() {
    let scans = [
        (market(1, vec![]), Stance::calm(UP)),
        (market(2, vec![]), Stance::none()),
        (market(3, vec![]), Stance::calm(Class::Downtrend)),
        (
            market(4, vec![outcome(Side::Long, 1, 1.0), outcome(Side::Long, 2, 1.0), outcome(Side::Long, 77, 1.0)]),
            Stance::calm(UP),
        ),
    ];
    let kelly = last(&scans).output.kelly;
    assert_eq!(kelly.n, Some(1), "one hit was made while no class stood, one in a scan nobody saw");
    assert_eq!(kelly.pooled.unwrap().n, 3);
    assert_eq!(
        kelly.by_class.iter().map(|row| (row.class, row.side, row.record.n)).collect::<Vec<_>>(),
        [(UP, Side::Long, 1)]
    );
}

#[test]
fn the_size_that_is_scored_is_the_one_known_at_the_hit() {
    let first = results(Side::Long, 1, 100, 60, 1.0);
    let scans = [
        (market(1, vec![]), Stance::calm(UP)),
        (market(2, first), Stance::calm(UP)),
        // By now the hits of scan 2 turn out well; what was advised for them rests on scan 2 alone.
        (market(3, vec![outcome(Side::Long, 2, 2.0)]), Stance::calm(UP)),
    ];
    let steps = fold(&PositionWorker::default(), &scans);
    let score = |at: usize| steps[at].output.guidance.score.clone();
    assert_eq!((score(1).n, score(1).half_kelly), (0, None), "no size was known at the first hits");
    let (known, scored) = (&steps[1].output.kelly, score(2));
    let grown = |size: Option<f64>| size.map(|size| libm::log1p(2.0 * size));
    assert_eq!(scored.full_kelly, grown(known.kelly_shrunk));
    assert_eq!(scored.half_kelly, grown(known.kelly_shrunk.map(|size| 0.5 * size)));
    assert_eq!(scored.advised, grown(known.risk_fraction_each));
    assert_eq!((scored.fixed_1pct, scored.nothing, scored.n), (grown(Some(0.01)), Some(0.0), 1));
    assert_ne!(steps[2].output.kelly.kelly_shrunk, known.kelly_shrunk);
}

#[test]
fn an_outcome_on_a_suspect_bar_counts_but_is_not_scored() {
    let mut scans = vec![
        (market(1, vec![]), Stance::calm(UP)),
        (market(2, results(Side::Long, 1, 100, 60, 1.0)), Stance::calm(UP)),
        (market(3, vec![outcome(Side::Long, 2, -40.0)]), Stance::calm(UP)),
    ];
    scans[2].0.suspects =
        vec![Suspect { symbol: "S00000".try_into().unwrap(), reason: "off by a factor of 10".to_owned() }];
    let output = last(&scans).output;
    assert_eq!((output.kelly.n, output.guidance.score.n), (Some(101), 0));
}

#[test]
fn an_intraday_scan_is_shown_and_carried_no_further() {
    let scans =
        [(market(1, vec![]), Stance::calm(UP)), (market(2, results(Side::Long, 1, 50, 30, 1.0)), Stance::calm(UP))];
    let before = last(&scans).state;
    let between = intraday(market(3, results(Side::Long, 1, 50, 50, 1.0)), 60);
    let step = PositionWorker::default().step(Some(&before), &event(&between, Stance::calm(UP)), &between).unwrap();
    assert_eq!(step.output.kelly.n, Some(100));
    assert_eq!(codec::encode(&step.state), codec::encode(&before));
}

#[test]
fn a_scan_the_regime_rejected_is_rejected_and_carried_over() {
    let scan = market(1, vec![]);
    let mut refused = regime(&scan, Stance::none());
    (refused.status, refused.parts, refused.reason) = (Status::Rejected, None, Some("session is too old".to_owned()));
    let body = codec::encode(&refused);
    let event = Event { ordinal: 1, body: &body, scan: Ok(&scan), deaths: None };
    let Verdict::Put { rejected, carry, .. } = decide(&PositionWorker::default(), &Carry::default(), &event) else {
        panic!("not put")
    };
    assert_eq!(rejected.unwrap().to_string(), "regime rejected the scan: session is too old");
    assert_eq!((carry.ordinal, carry.state), (1, None));
}

#[test]
fn the_regime_of_another_scan_and_an_older_scan_are_refused() {
    let worker = PositionWorker::default();
    let refused = |state, event: &OnRegime, scan: &Scan| match worker.step(state, event, scan) {
        Err(Reject::Invalid(refusal)) => refusal.field,
        other => panic!("{other:?}"),
    };
    let (first, later) = (market(1, vec![]), market(5, vec![]));
    let calm = |scan: &Scan| event(scan, Stance::calm(UP));
    assert_eq!(refused(None, &calm(&first), &later), "scan.ordinal of the regime");
    let state = worker.step(None, &calm(&later), &later).unwrap().state;
    assert_eq!(refused(Some(&state), &calm(&first), &first), "session");
    let earlier = intraday(market(5, vec![]), 60);
    assert_eq!(refused(Some(&state), &calm(&earlier), &earlier), "session");
    assert!(OnRegime::read(b"").is_err());
}

#[test]
fn without_a_class_there_is_no_advice_but_the_risk_is_known() {
    let step = last(&[(market(1, vec![]), Stance::none())]);
    let output = step.output;
    assert_eq!((output.kelly.class, output.kelly.side, output.kelly.risk_fraction), (None, None, None));
    assert_eq!(output.kelly.risk_fraction_reason.as_deref(), Some("3 hits in the smoothed window, 5 needed"));
    assert_eq!(output.guidance.sentences[0].text, "No advice: no regime class stands.");
    assert_eq!((output.risk.benchmark.as_deref(), output.risk.drawdown), (Some("SPY"), Some(0.0)));
    assert_eq!(step.assessment.quality, Quality::Insufficient);
}

#[test]
fn a_class_with_few_outcomes_shows_the_pooled_figure_beside_its_own() {
    let scans = [
        (market(1, vec![]), Stance::calm(Class::StrongUptrend)),
        (market(2, results(Side::Long, 1, 40, 25, 1.0)), Stance::calm(UP)),
        (market(3, results(Side::Long, 2, 10, 4, 1.0)), Stance::calm(UP)),
    ];
    let kelly = last(&scans).output.kelly;
    let pooled = kelly.pooled.unwrap();
    assert_eq!((kelly.n, pooled.n, pooled.wins), (Some(10), 50, 29));
    assert!(kelly.kelly_shrunk.unwrap() < 0.0 && pooled.kelly_shrunk.unwrap() > 0.0);
    assert_eq!(kelly.by_class[0].pooled_kelly_shrunk, pooled.kelly_shrunk);
    assert_eq!(kelly.by_class[1].pooled_kelly_shrunk_reason.as_deref(), Some("the class has 30 outcomes or more"));
}

#[test]
fn without_hits_the_stop_is_that_of_recent_outcomes_and_it_says_so() {
    let mut scan = market(2, results(Side::Long, 1, 60, 40, 1.0));
    scan.hits.clear();
    let output = last(&[(market(1, vec![]), Stance::calm(UP)), (scan, Stance::calm(UP))]).output;
    assert_eq!(output.kelly.stop_distance, Some(0.08));
    assert_eq!(output.kelly.stop_distance_from, Some(StopSource::RecentOutcomes));
    assert_eq!((output.kelly.positions, output.kelly.effective_positions), (Some(0), None));
    assert!(output.guidance.sentences[1].text.contains("8.00 % away, as with the latest outcomes"));
    assert_eq!(output.guidance.sentences[2].text, "This scan has no long hit to enter.");
}

#[test]
fn without_a_benchmark_its_brakes_are_off_and_the_result_says_so() {
    let bare = |mut scan: Scan| {
        scan.benchmarks.clear();
        (scan, Stance::calm(UP))
    };
    let step = last(&[bare(market(1, vec![])), bare(market(2, results(Side::Long, 1, 100, 51, 1.0)))]);
    assert_eq!(step.assessment.quality, Quality::Degraded);
    let kelly = &step.output.kelly;
    assert_eq!((kelly.brakes[1].factor, kelly.brakes[1].result), (None, kelly.brakes[0].result));
    assert_eq!(kelly.brakes[2].factor_reason.as_deref(), Some("no usable benchmark"));
    let text = &step.output.guidance.sentences[3].text;
    assert!(text.ends_with("Unknown, and so not braking: volatility, drawdown."), "{text}");
}

#[test]
fn settings_reach_the_figures() {
    let settings = Settings::parse(["position.fraction=0.25", "position.cap=0.5", "position.correlation=0"]).unwrap();
    let worker = PositionWorker::from_settings(&settings).unwrap();
    let scans =
        [(market(1, vec![]), Stance::calm(UP)), (market(2, results(Side::Long, 1, 100, 60, 1.0)), Stance::calm(UP))];
    let output = fold(&worker, &scans).pop().unwrap().output;
    assert!((output.kelly.risk_fraction.unwrap() - 0.25 * 0.2 * 100.0 / 130.0).abs() < 1e-12);
    assert_eq!(output.kelly.effective_positions, Some(10.0));
    assert!((output.risk.fall_to_50_probability - 1.0 / 128.0).abs() < 1e-15);
}

#[test]
fn a_full_state_stays_under_10_kb_and_its_result_under_16_kb() {
    let class = |ordinal: u64| Class::ALL[ordinal as usize % 7];
    let scans: Vec<_> = (1..=300)
        .map(|ordinal: u64| {
            let hit = ordinal.saturating_sub(7).max(1);
            let mut outcomes = results(Side::Long, hit, 3, 1, 1.37);
            outcomes.extend(results(Side::Short, hit, 3, 1, 0.71));
            let mut scan = market(ordinal, if ordinal > 7 { outcomes } else { Vec::new() });
            let close = |at: u64| 100.0 + (at * 7 % 13) as f64;
            scan.benchmarks =
                vec![bellwether_schemas::fixture::benchmark("SPY", &[close(ordinal - 1), close(ordinal)])];
            (scan, Stance { class: Some(class(ordinal)), opposing: Some(0.75) })
        })
        .collect();
    let step = last(&scans);
    assert_eq!(step.output.kelly.by_class.len(), 14);
    let (state, output) = (codec::encode(&step.state).len(), codec::encode(&step.output).len());
    assert!(state < 10_000, "{state} bytes");
    assert!(state + output < 15_500, "{state} + {output} bytes");
    assert_eq!(codec::decode::<bellwether_position::State>(&codec::encode(&step.state)).unwrap(), step.state);
    let read: bellwether_schemas::position::Output = codec::decode(&codec::encode(&step.output)).unwrap();
    assert_eq!(read, step.output);
}

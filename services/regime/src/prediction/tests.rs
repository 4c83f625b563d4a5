use super::*;
use bellwether_schemas::fixture::{intraday, moved, scan, with_hits};

const CLASSES: [Option<Class>; 9] = [
    Some(Class::Choppy),
    Some(Class::Uptrend),
    None,
    Some(Class::Uptrend),
    Some(Class::Downtrend),
    Some(Class::StrongDowntrend),
    Some(Class::Choppy),
    None,
    Some(Class::ChoppyBullish),
];

fn step(
    predictor: &Predictor,
    rules: &Rules,
    scan: &Scan,
    class: Option<Class>,
) -> (Predictor, Result<Forecasts, String>) {
    let class = class.ok_or_else(|| "too few hits".to_owned());
    predictor.clone().step(rules, &Session { scan, class, smoothed_share: Some(0.5) })
}

fn close(ordinal: u64) -> Scan {
    with_hits(scan(ordinal, &moved(5, 3, 2)), 3 + ordinal as u32 % 7, 4)
}

/// Every predictor and what it forecast, session by session.
fn fold(
    rules: &Rules,
    classes: impl IntoIterator<Item = Option<Class>>,
) -> Vec<(Predictor, Result<Forecasts, String>)> {
    let mut steps: Vec<(Predictor, Result<Forecasts, String>)> = Vec::new();
    for (class, ordinal) in classes.into_iter().zip(1..) {
        let before = steps.last().map(|(predictor, _)| predictor.clone()).unwrap_or_default();
        steps.push(step(&before, rules, &close(ordinal), class));
    }
    steps
}

fn varied(n: usize) -> impl Iterator<Item = Option<Class>> {
    (0..n).map(|i| Some(Class::ALL[(i / 4 + (i * i) % 3) % 7]))
}

#[test]
fn a_forecast_is_scored_when_its_session_closes_and_not_before() {
    let steps = fold(&Rules::default(), varied(12));
    for (at, (predictor, _)) in steps.iter().enumerate() {
        assert_eq!(
            predictor.tallies.map(|tally| tally.n),
            [at.saturating_sub(4) as u64; 4],
            "after session {}",
            at + 1
        );
    }
}

#[test]
fn all_four_are_scored_on_what_they_said_five_sessions_ago() {
    let steps = fold(&Rules::default(), varied(60));
    let came: Vec<Class> = varied(60).flatten().collect();
    for forecaster in Forecaster::ALL {
        let scored = steps.iter().zip(&came[5..]);
        let scores: Vec<f64> =
            scored.map(|((_, said), came)| score::rps(&said.as_ref().unwrap()[forecaster as usize], *came)).collect();
        let mean = scores.iter().sum::<f64>() / scores.len() as f64;
        let running = steps[59].0.tallies[forecaster as usize].rps().unwrap();
        assert!((running - mean).abs() < 1e-12, "{forecaster:?}: {running} is not {mean}");
    }
}

#[test]
fn a_session_without_a_class_makes_no_forecast_and_settles_none() {
    let steps = fold(&Rules { horizon: 2, ..Rules::default() }, CLASSES);
    // Pairs two sessions apart with a class on both: 1-3 no, 2-4, 3-5 no, 4-6, 5-7, 6-8 no, 7-9.
    let (predictor, _) = &steps[8];
    assert_eq!(predictor.tallies.map(|tally| tally.n), [4; 4]);
    assert_eq!(predictor.pending.iter().map(Option::is_some).collect::<Vec<_>>(), [false, true]);
    assert_eq!(steps[7].1, Err("too few hits".to_owned()));
}

#[test]
fn an_intraday_scan_is_forecast_from_and_carried_no_further() {
    let rules = Rules::default();
    let (predictor, _) = fold(&rules, varied(40)).pop().unwrap();
    let (after, forecasts) = step(&predictor, &rules, &intraday(close(41), 60), Some(Class::Uptrend));
    assert_eq!(after, predictor);
    assert!(forecasts.is_ok());
    let (_, nothing_known) = step(&Predictor::default(), &rules, &intraday(close(1), 60), Some(Class::Uptrend));
    assert_eq!(nothing_known, Err("no session with a class has closed yet".to_owned()));
}

#[test]
fn a_lowered_horizon_drops_the_forecasts_that_reach_too_far() {
    let (long, short) = (Rules { horizon: 7, ..Rules::default() }, Rules { horizon: 3, ..Rules::default() });
    let (predictor, _) = fold(&long, varied(7)).pop().unwrap();
    let (predictor, _) = step(&predictor, &short, &close(8), Some(Class::Choppy));
    assert_eq!((predictor.pending.len(), predictor.tallies[0].n), (3, 1));
}

#[test]
fn persistence_has_no_skill_over_itself() {
    let rules = Rules::default();
    let (predictor, forecasts) = fold(&rules, varied(300)).pop().unwrap();
    let shown = predictor.part(&rules, &forecasts, false);
    let persistence = &shown.forecasters[&Forecaster::Persistence];
    assert_eq!((persistence.rps_skill, persistence.rps_lead_z), (Some(0.0), None));
    assert_eq!(
        predictor.leads[Forecaster::Persistence as usize].z(5).unwrap_err(),
        "all blocks of forecasts score alike"
    );
}

#[test]
fn a_cycle_is_foretold_unless_the_labels_are_stuck() {
    // Each class is followed by its mirror image five sessions later, which persistence cannot know. Two sessions in
    // a hundred break the rhythm, as no series is without chance.
    let rules = Rules::default();
    let cycle = (0..600).map(|i| {
        Some(
            Class::ALL[if i % 50 == 0 {
                3
            } else if i / 5 % 2 == 0 {
                1 + i % 2
            } else {
                5
            }],
        )
    });
    let (predictor, forecasts) = fold(&rules, cycle).pop().unwrap();
    let shown = predictor.part(&rules, &forecasts, false);
    assert!(shown.skilful && shown.best != Forecaster::Persistence, "{:?}", shown.best);
    assert!(shown.forecasters[&shown.best].rps_skill.unwrap() > 0.5);
    let stuck = predictor.part(&rules, &forecasts, true);
    assert_eq!((stuck.best, stuck.skilful), (Forecaster::Persistence, false));
}

//! What holds for any valid scans.
#![expect(clippy::unwrap_used, reason = "a test may stop and tell why")]

mod common;

use bellwether_regime::RegimeWorker;
use bellwether_schemas::{
    Scan, Side,
    fixture::{Row, intraday, scan, with_hits},
    regime::{Class, Forecaster, Output},
};
use bellwether_worker::{Carry, Event, FromSettings, OnScan, Settings, Verdict, Worker, decide, load};
use proptest::{collection::vec, prelude::*};
use serde_json::Value;

type RegimeCarry = Carry<<RegimeWorker as Worker>::State>;

/// Flags of the symbols, long and short hits, symbols without a bar, whether the session has closed, close of the
/// benchmark and what it is compared with.
type Parts = (Vec<u32>, (u32, u32), u32, bool, Option<(f64, f64)>);

fn any_scans() -> impl Strategy<Value = Vec<Scan>> {
    let price = || prop_oneof![8 => 90.0..110.0_f64, 1 => Just(f64::MIN_POSITIVE), 1 => Just(f64::MAX)];
    let market = proptest::option::weighted(0.9, (price(), price()));
    let parts = (vec(any::<u32>(), 1..80), (0..40_u32, 0..40_u32), 0..60_u32, any::<bool>(), market);
    vec(parts, 1..60).prop_map(|scans| scans.into_iter().zip(1..).map(build).collect())
}

fn build(((flags, (long, short), missing, closed, market), ordinal): (Parts, u64)) -> Scan {
    let rows: Vec<Row> = flags.into_iter().map(Row::with).collect();
    let mut scan = with_hits(scan(ordinal, &rows), long, short);
    scan.listed += missing;
    scan.benchmarks = market.map(|(close, before)| common::benchmark("SPY", close, before)).into_iter().collect();
    let scan = if closed { scan } else { intraday(scan, 30) };
    assert_eq!(scan.check(), Ok(()));
    scan
}

fn folded(worker: &RegimeWorker, carry: &RegimeCarry, scan: &Scan) -> (Vec<u8>, RegimeCarry) {
    match decide(worker, carry, &Event { ordinal: scan.ordinal, body: &[], scan: Ok(scan), deaths: None }) {
        Verdict::Put { body, carry, rejected: None } => (body, carry),
        other => panic!("{other:?}"),
    }
}

/// A null without its reason is either undocumented or was NaN or infinite.
fn every_null_has_its_reason(value: &Value) {
    match value {
        Value::Object(map) => {
            for (name, value) in map {
                let reason = map.get(&format!("{name}_reason"));
                if !name.ends_with("_reason") {
                    assert_eq!(value.is_null(), reason.is_some_and(Value::is_string), "{name} in {map:?}");
                }
                every_null_has_its_reason(value);
            }
        }
        Value::Array(items) => items.iter().for_each(every_null_has_its_reason),
        _ => {}
    }
}

fn outputs(worker: &RegimeWorker, scans: &[Scan]) -> Vec<Output> {
    let (mut state, mut outputs) = (None, Vec::new());
    for scan in scans {
        let step = worker.step(state.as_ref(), &OnScan, scan).unwrap();
        outputs.push(step.output);
        state = Some(step.state);
    }
    outputs
}

/// Whether the share is so near to where a class may change that the last digit decides.
fn on_an_edge(share: f64) -> bool {
    let bounds = [0.20, 0.35, 0.45, 0.55, 0.65, 0.80];
    let edges = bounds.iter().flat_map(|bound| [bound - 0.02, *bound, bound + 0.02]);
    edges.into_iter().any(|edge| (share - edge).abs() < 1e-9)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_valid_scan_makes_a_nan_a_panic_or_a_null_without_a_reason(scans in any_scans()) {
        for output in outputs(&RegimeWorker::default(), &scans) {
            every_null_has_its_reason(&serde_json::to_value(&output).unwrap());
            if let Some(posterior) = output.current.posterior {
                prop_assert!((posterior.values().sum::<f64>() - 1.0).abs() <= 2.0 * f64::EPSILON);
            }
        }
    }

    #[test]
    fn the_probabilities_of_every_forecast_sum_to_one_and_every_one_is_counted(scans in any_scans()) {
        for output in outputs(&RegimeWorker::default(), &scans) {
            let forecasters = &output.prediction.forecasters;
            prop_assert_eq!(forecasters.len(), 4);
            for forecast in forecasters.values() {
                prop_assert_eq!(forecast.n, forecasters[&Forecaster::Persistence].n);
                prop_assert_eq!(forecast.reliability.iter().map(|bin| bin.n).sum::<u64>(), 7 * forecast.n);
                let Some(probabilities) = &forecast.probabilities else { continue };
                prop_assert!((probabilities.values().sum::<f64>() - 1.0).abs() <= 2.0 * f64::EPSILON);
                prop_assert!(probabilities.values().all(|p| (0.0..=1.0).contains(p)));
            }
        }
    }

    #[test]
    fn no_forecast_or_score_knows_what_comes_after_it(scans in any_scans(), others in any_scans(), at in 0..60_usize) {
        let at = at.min(scans.len());
        let later = others.into_iter().skip(at);
        let changed: Vec<Scan> = scans[..at].iter().cloned().chain(later).collect();
        let fold = |scans: &[Scan]| {
            let mut carry = RegimeCarry::default();
            scans.iter().map(|scan| {
                let (body, next) = folded(&RegimeWorker::default(), &carry, scan);
                carry = next;
                body
            }).collect::<Vec<_>>()
        };
        let (whole, prefix, other) = (fold(&scans), fold(&scans[..at]), fold(&changed));
        prop_assert_eq!(&whole[..at], &prefix[..]);
        prop_assert_eq!(&other[..at], &prefix[..]);
    }

    #[test]
    fn a_fold_resumed_anywhere_gives_the_same_bytes(scans in any_scans()) {
        let (worker, mut carry, mut resumed) = (RegimeWorker::default(), Carry::default(), Carry::default());
        for scan in &scans {
            let (body, next) = folded(&worker, &carry, scan);
            prop_assert_eq!(&folded(&worker, &resumed, scan).0, &body);
            resumed = load::<RegimeWorker>(scan.ordinal, &body).unwrap();
            carry = next;
        }
    }

    #[test]
    fn mirrored_counts_mirror_the_class(counts in vec((0..60_u32, 0..60_u32), 1..30)) {
        let scans = |mirrored: bool| -> Vec<Scan> {
            let hits = counts.iter().map(|&(long, short)| if mirrored { (short, long) } else { (long, short) });
            hits.zip(1..).map(|((long, short), i)| with_hits(scan(i, &[Row::with(1)]), long, short)).collect()
        };
        let of = |mirrored| outputs(&RegimeWorker::default(), &scans(mirrored));
        let mirror = |class: Class| Class::ALL[6 - class.index()];
        let (straight, mirrored) = (of(false), of(true));
        prop_assume!(!straight.iter().filter_map(|output| output.current.smoothed_share).any(on_an_edge));
        for (straight, mirrored) in straight.iter().zip(&mirrored) {
            prop_assert_eq!(straight.current.class.map(mirror), mirrored.current.class);
        }
    }

    #[test]
    fn so_many_hits_more_change_the_class_and_one_fewer_does_not(counts in vec((0..40_u32, 0..40_u32), 1..15)) {
        let worker = RegimeWorker::from_settings(&Settings::parse(["regime.confirm_scans=1"]).unwrap()).unwrap();
        let last_of = |counts: &[(u32, u32)]| {
            let scans = counts.iter().zip(1..).map(|(&(l, s), i)| with_hits(scan(i, &[Row::with(1)]), l, s));
            outputs(&worker, &scans.collect::<Vec<_>>()).pop().unwrap().current
        };
        let current = last_of(&counts);
        let Some(flip) = current.flip else { return Ok(()) };
        let class_with = |added| {
            let mut counts = counts.clone();
            let last = counts.last_mut().unwrap();
            if flip.side == Side::Long { last.0 += added } else { last.1 += added }
            last_of(&counts).class
        };
        prop_assert_eq!(flip.scans, 1);
        prop_assert_eq!(class_with(flip.hits), Some(flip.to));
        prop_assert_eq!(class_with(flip.hits - 1), current.class);
    }
}

//! Made-up markets for the tests of the worker.
#![allow(dead_code, reason = "each test takes what it needs")]
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use bellwether_position::{OnRegime, PositionWorker, State};
use bellwether_schemas::{
    Quality, Scan, ScanRef, Side, Status, Stored, codec,
    fixture::{benchmark, moved, scan, session, with_hits},
    position::Output,
    regime::Class,
    scan::{Exit, Outcome},
};
use bellwether_worker::{Step, Trigger, Worker};
use serde_json::{Value, json};

/// What the regime worker would say of a scan.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stance {
    pub(crate) class: Option<Class>,
    /// Share of the symbols that move against the class.
    pub(crate) opposing: Option<f64>,
}

impl Stance {
    pub(crate) fn calm(class: Class) -> Self {
        Self { class: Some(class), opposing: Some(0.4) }
    }

    pub(crate) fn none() -> Self {
        Self { class: None, opposing: None }
    }
}

/// The stored result of the regime worker for a scan.
pub(crate) fn regime(scan: &Scan, stance: Stance) -> Stored<Value, Value> {
    let breadth = json!({
        "opposing_share": stance.opposing,
        "opposing_share_reason": stance.opposing.is_none().then_some("no direction to oppose"),
        "factor": 1.0,
        "conflict": stance.opposing.is_some_and(|share| share > 0.7),
    });
    let breadth = stance.class.map(|_| breadth);
    let reason = stance.class.is_none().then_some("3 hits in the smoothed window, 5 needed");
    let current =
        json!({ "class": stance.class, "class_reason": reason, "breadth": breadth, "breadth_reason": reason });
    Stored {
        schema: "regime/1".to_owned(),
        status: Status::Ok,
        reason: None,
        scan: ScanRef::of(scan),
        coverage: Some(scan.coverage()),
        quality: Quality::Ok,
        quality_reason: None,
        parts: Some(json!({ "current": current, "history": {} })),
        state: Some(json!({ "anything": [1, 2] })),
    }
}

pub(crate) fn event(scan: &Scan, stance: Stance) -> OnRegime {
    OnRegime::read(&codec::encode(&regime(scan, stance))).unwrap()
}

pub(crate) fn outcome(side: Side, hit_ordinal: u64, r: f64) -> Outcome {
    Outcome {
        symbol: "S00000".try_into().unwrap(),
        side,
        hit_ordinal,
        hit_session: session(hit_ordinal),
        exit_session: session(hit_ordinal + 1),
        exit: Exit::Time,
        r,
        stop_share: 0.08,
        held: 1,
    }
}

/// A scan with 10 long and 10 short hits, these outcomes and a SPY that stands still.
pub(crate) fn market(ordinal: u64, outcomes: Vec<Outcome>) -> Scan {
    let hits = with_hits(scan(ordinal, &moved(300, 200, 0)), 10, 10);
    Scan { outcomes, benchmarks: vec![benchmark("SPY", &[100.0, 100.0])], ..hits }
}

/// `n` outcomes of a hit, `wins` of which won `win`, the others lost 1 R.
pub(crate) fn results(side: Side, hit_ordinal: u64, n: u32, wins: u32, win: f64) -> Vec<Outcome> {
    (0..n).map(|i| outcome(side, hit_ordinal, if i < wins { win } else { -1.0 })).collect()
}

pub(crate) fn fold(worker: &PositionWorker, scans: &[(Scan, Stance)]) -> Vec<Step<State, Output>> {
    let mut steps: Vec<Step<State, Output>> = Vec::new();
    for (scan, stance) in scans {
        let step = worker.step(steps.last().map(|step| &step.state), &event(scan, *stance), scan).unwrap();
        steps.push(step);
    }
    steps
}

pub(crate) fn last(scans: &[(Scan, Stance)]) -> Step<State, Output> {
    fold(&PositionWorker::default(), scans).pop().unwrap()
}

/// A market in one class all along, in which 30 sessions without an outcome come before these.
pub(crate) fn after(outcomes: Vec<Outcome>, stance: Stance) -> Step<State, Output> {
    let quiet = (1..=30).map(|ordinal| (market(ordinal, Vec::new()), Stance { opposing: Some(0.4), ..stance }));
    let scans: Vec<_> = quiet.chain([(market(31, outcomes), stance)]).collect();
    last(&scans)
}

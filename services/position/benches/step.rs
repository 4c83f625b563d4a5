//! Time of one step on a scan of 5,000 symbols. `cargo bench -p bellwether-position`

use bellwether_position::{OnRegime, PositionWorker};
use bellwether_schemas::{
    Scan, ScanRef, Side, Status, Stored, codec,
    fixture::{benchmark, moved, scan, session, symbol, with_hits},
    regime::Class,
    scan::{Exit, Outcome},
};
use bellwether_worker::{Trigger, Worker};
use serde_json::{Value, json};
use std::{hint::black_box, time::Instant};

const STEPS: u32 = 4_000;

#[expect(clippy::print_stdout, reason = "a bench reports")]
#[expect(clippy::unwrap_used, reason = "a bench of refused scans means nothing")]
fn main() {
    let scans: Vec<Scan> = (1..=400).map(market).collect();
    let regimes: Vec<Vec<u8>> = scans.iter().map(regime).collect();
    let (worker, mut state) = (PositionWorker::default(), None);
    let start = Instant::now();
    for i in 0..STEPS as usize {
        let at = i % scans.len();
        // The log begins again with its first session.
        let carried = state.take().filter(|_| at != 0);
        let event = OnRegime::read(black_box(&regimes[at])).unwrap();
        let step = worker.step(carried.as_ref(), &event, black_box(&scans[at])).unwrap();
        state = Some(black_box(step).state);
    }
    println!("position: {:.1} µs per step of 5,000 symbols", start.elapsed().as_secs_f64() * 1e6 / f64::from(STEPS));
}

/// 100 hits, and as many outcomes of those of ten scans before.
fn market(ordinal: u64) -> Scan {
    let mut scan = with_hits(scan(ordinal, &moved(2600, 2100, 300)), 60, 40);
    let outcome = |i: u64| Outcome {
        symbol: symbol(&format!("S{i:05}")),
        side: if i < 60 { Side::Long } else { Side::Short },
        hit_ordinal: ordinal.saturating_sub(10).max(1),
        hit_session: session(ordinal.saturating_sub(10)),
        exit_session: scan.session,
        exit: Exit::Time,
        r: ((i * 7 + ordinal) % 31) as f64 / 10.0 - 1.0,
        stop_share: 0.1,
        held: 10,
    };
    scan.outcomes = if ordinal > 10 { (0..100).map(outcome).collect() } else { Vec::new() };
    let close = |ordinal: u64| 100.0 + (ordinal * 13 % 17) as f64;
    scan.benchmarks = vec![benchmark("SPY", &[close(ordinal - 1), close(ordinal)])];
    scan
}

fn regime(scan: &Scan) -> Vec<u8> {
    let class = Class::ALL[scan.ordinal as usize / 20 % 7];
    let breadth = json!({ "opposing_share": 0.42, "opposing_share_reason": null, "conflict": false });
    let stored: Stored<Value, Value> = Stored {
        schema: "regime/1".to_owned(),
        status: Status::Ok,
        reason: None,
        scan: ScanRef::of(scan),
        coverage: Some(scan.coverage()),
        quality: bellwether_schemas::Quality::Ok,
        quality_reason: None,
        parts: Some(json!({ "current": { "class": class, "class_reason": null, "breadth": breadth } })),
        state: None,
    };
    codec::encode(&stored)
}

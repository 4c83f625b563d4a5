//! Time of one step on a scan of 5,000 symbols. `cargo bench -p bellwether-regime`

#[path = "../tests/common/mod.rs"]
mod common;

use bellwether_regime::RegimeWorker;
use bellwether_schemas::{
    Scan,
    fixture::{moved, scan, with_hits},
};
use bellwether_worker::{OnScan, Worker};
use std::{hint::black_box, time::Instant};

const STEPS: u32 = 2_000;

#[expect(clippy::print_stdout, reason = "a bench reports")]
#[expect(clippy::unwrap_used, reason = "a bench of refused scans means nothing")]
fn main() {
    let rows = moved(2600, 2100, 300);
    let day = |i: u64| {
        let mut scan = with_hits(scan(i, &rows), 20 + (i * i / 7) as u32 % 80, 50);
        scan.benchmarks = vec![common::benchmark("SPY", 100.0 + (i % 9) as f64, 101.0)];
        scan
    };
    let scans: Vec<Scan> = (1..=400).map(day).collect();
    let (worker, mut state) = (RegimeWorker::default(), None);
    let start = Instant::now();
    for i in 0..STEPS as usize {
        let scan = &scans[i % scans.len()];
        // The log begins again with its first session.
        let carried = state.take().filter(|_| i % scans.len() != 0);
        let step = worker.step(carried.as_ref(), &OnScan, black_box(scan)).unwrap();
        state = Some(black_box(step).state);
    }
    println!("regime: {:.1} µs per step of 5,000 symbols", start.elapsed().as_secs_f64() * 1e6 / f64::from(STEPS));
}

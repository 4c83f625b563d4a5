//! Time of one step on a scan of 5,000 symbols. `cargo bench -p bellwether-breadth`

use bellwether_breadth::BreadthWorker;
use bellwether_schemas::{
    Scan,
    fixture::{Row, scan},
    scan::flag,
};
use bellwether_worker::{OnScan, Worker};
use std::{hint::black_box, time::Instant};

const STEPS: u32 = 2_000;

fn mix(i: u64) -> u64 {
    let mixed = (i + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed ^ mixed >> 31).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 20
}

/// A symbol that advances or declines as chance has it, and crosses one of its averages in one of eight sessions.
fn row(ordinal: u64, i: u64) -> Row {
    let (chance, averages) = (mix(ordinal * 5_000 + i), mix(i) as u32 & (0x3F * flag::ABOVE_SMA));
    let base = (0x3F * flag::HAVE_SMA) | flag::HAVE_EXTREMES | averages;
    let crossing = if chance % 8 == 0 { flag::above_sma((chance >> 8) as usize % 6) } else { 0 };
    Row {
        previous: base,
        volume: 1e5 + (i % 977) as f64,
        sector: (i % 11) as u8,
        ..Row::with((base ^ crossing) | 1 << (chance >> 16 & 1))
    }
}

#[expect(clippy::print_stdout, reason = "a bench reports")]
#[expect(clippy::unwrap_used, reason = "a bench of refused scans means nothing")]
fn main() {
    let rows = |ordinal| (0..5_000).map(|i| row(ordinal, i)).collect::<Vec<_>>();
    let scans: Vec<Scan> = (1..=200).map(|ordinal| scan(ordinal, &rows(ordinal))).collect();
    let (worker, mut state) = (BreadthWorker::default(), None);
    let start = Instant::now();
    for i in 0..STEPS as usize {
        let scan = &scans[i % scans.len()];
        // The log begins again with its first session.
        let carried = state.take().filter(|_| i % scans.len() != 0);
        let step = worker.step(carried.as_ref(), &OnScan, black_box(scan)).unwrap();
        state = Some(black_box(step).state);
    }
    println!("breadth: {:.1} µs per step of 5,000 symbols", start.elapsed().as_secs_f64() * 1e6 / f64::from(STEPS));
}

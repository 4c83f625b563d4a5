//! Time of one step with eight benchmarks, with and without the bytes. `cargo bench -p bellwether-index`

#[path = "../tests/shared/mod.rs"]
mod shared;

use bellwether_breadth::BreadthWorker;
use bellwether_index::{BreadthResult, IndexWorker};
use bellwether_schemas::{Scan, bars::Bar, fixture};
use bellwether_worker::{Carry, Trigger, Worker};
use shared::{Made, put};
use std::{hint::black_box, time::Instant};

const STEPS: u64 = 2_000;
const SYMBOLS: [&str; 8] = ["DIA", "IWM", "QQQ", "SPY", "^GSPC", "^IXIC", "^RUT", "^VIX"];

fn mix(i: u64) -> u64 {
    let mixed = (i + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed ^ mixed >> 31).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 20
}

/// A walk by chance, and the breadth of each of its sessions.
fn events() -> Vec<(Scan, Vec<u8>)> {
    let mut made = SYMBOLS.map(|symbol| (Made::new(symbol), 100.0_f64));
    let mut carry = Carry::default();
    let event = |ordinal: u64| {
        let mut scan = fixture::scan(ordinal, &fixture::moved(200 + (mix(ordinal) % 100) as usize, 250, 3));
        let step = |(at, (made, close)): (usize, &mut (Made, f64))| {
            *close *= 1.0 + ((mix(ordinal * 8 + at as u64) % 401) as f64 - 199.0) * 1e-4;
            made.push(Bar { open: *close, high: *close * 1.01, low: *close * 0.99, close: *close, volume: 1e6 })
        };
        scan.benchmarks = made.iter_mut().enumerate().map(step).collect();
        let body = put(&BreadthWorker::default(), &mut carry, &[], &scan);
        (scan, body)
    };
    (1..=STEPS).map(event).collect()
}

#[expect(clippy::print_stdout, reason = "a bench reports")]
#[expect(clippy::unwrap_used, reason = "a bench of refused scans means nothing")]
fn main() {
    let (events, worker, mut state) = (events(), IndexWorker::default(), None);
    let each = |start: Instant| start.elapsed().as_secs_f64() * 1e6 / STEPS as f64;
    let start = Instant::now();
    for (scan, body) in &events {
        let event = BreadthResult::read(black_box(body)).unwrap();
        state = Some(worker.step(state.as_ref(), &event, scan).unwrap().state);
    }
    println!("index: {:.1} µs per step of 8 benchmarks, event read", each(start));
    let (mut carry, mut bytes, start) = (Carry::default(), 0, Instant::now());
    for (scan, body) in &events {
        bytes = bytes.max(black_box(put(&worker, &mut carry, body, scan)).len());
    }
    println!("index: {:.1} µs with the result encoded, at most {bytes} bytes", each(start));
}

//! Time of one step with five benchmarks, with and without the bytes. `cargo bench -p bellwether-timeframe`

#[path = "../tests/shared/mod.rs"]
mod shared;

use bellwether_schemas::{Scan, bars::Bar, calendar::Exchange, fixture::with_hits};
use bellwether_timeframe::TimeframeWorker;
use bellwether_worker::{Carry, OnScan, Worker};
use shared::{benchmark, market, put};
use std::{hint::black_box, time::Instant};

const STEPS: usize = 2_000;

#[expect(clippy::unwrap_used, reason = "the exchange is known")]
fn scans() -> Vec<Scan> {
    let dates = Exchange::of("XNYS").unwrap().sessions("2015-01-02".parse().unwrap()).take(STEPS);
    let scan = |(at, date): (usize, bellwether_schemas::Date)| {
        let close = 1000.0 + (at * 7919 % 997) as f64 * 0.1;
        let bar = Bar { open: close, high: close + 2.0, low: close - 2.0, close, volume: 1e6 };
        let row = |symbol| benchmark(symbol, bar);
        let scan = market(at as u64 + 1, &date.to_string(), ["DIA", "QQQ", "SPY", "^GSPC", "^VIX"].map(row).to_vec());
        Scan { mean_log_return: Some((at * 31 % 41) as f64 * 1e-3 - 0.02), ..with_hits(scan, 5, 3) }
    };
    dates.enumerate().map(scan).collect()
}

#[expect(clippy::print_stdout, reason = "a bench reports")]
#[expect(clippy::unwrap_used, reason = "a bench of refused scans means nothing")]
fn main() {
    let (scans, worker, mut state) = (scans(), TimeframeWorker::default(), None);
    let each = |start: Instant| start.elapsed().as_secs_f64() * 1e6 / STEPS as f64;
    let start = Instant::now();
    for scan in &scans {
        state = Some(black_box(worker.step(state.as_ref(), &OnScan, scan).unwrap()).state);
    }
    println!("timeframe: {:.1} µs per step of 5 benchmarks", each(start));
    let (mut carry, mut bytes, start) = (Carry::default(), 0, Instant::now());
    for scan in &scans {
        bytes = bytes.max(black_box(put(&mut carry, scan)).len());
    }
    println!("timeframe: {:.1} µs with the result encoded, at most {bytes} bytes", each(start));
}

//! Time to read a scan of 5,000 symbols. `cargo bench -p bellwether-schemas --features fixture`

use bellwether_schemas::{
    Scan, Side, Symbols, codec,
    fixture::{Row, scan, with_hits},
    scan::{Exit, Outcome, flag},
};
use std::{hint::black_box, time::Instant};

const SYMBOLS: usize = 5_000;
const HITS: u32 = 350;
const READS: u32 = 4_000;

fn made() -> Scan {
    let row = |i: usize| Row {
        flags: if i % 5 < 3 { flag::ADVANCE } else { flag::DECLINE } | (i as u32 * 2_654_435_761) & flag::AVERAGES,
        previous: (i as u32 * 40_503) & flag::AVERAGES,
        close: 10.0 + (i % 977) as f64 / 7.0,
        volume: 1_000.0 * (i % 3_001) as f64,
        sector: (i % 11) as u8,
    };
    let rows: Vec<Row> = (0..SYMBOLS).map(row).collect();
    let mut scan = with_hits(scan(700, &rows), HITS, HITS);
    scan.outcomes = (0..2 * HITS)
        .map(|i| Outcome {
            symbol: scan.symbols.symbol(i as usize * 7),
            side: if i % 2 == 0 { Side::Long } else { Side::Short },
            hit_ordinal: 690 + u64::from(i % 9),
            hit_session: bellwether_schemas::fixture::session(690 + u64::from(i % 9)),
            exit_session: scan.session,
            exit: Exit::Time,
            r: f64::from(i) / 100.0 - 3.0,
            stop_share: 0.05,
            held: 10 - i % 9,
        })
        .collect();
    scan
}

#[expect(clippy::print_stdout, reason = "a bench reports")]
#[expect(clippy::unwrap_used, reason = "a bench of refused scans means nothing")]
fn main() {
    let scan = made();
    let bytes = codec::encode(&scan);
    let symbols = rmp_serde::to_vec(&scan.symbols).unwrap();
    let time = |what: &str, read: &dyn Fn()| {
        (0..READS / 10).for_each(|_| read());
        let start = Instant::now();
        (0..READS).for_each(|_| read());
        println!("{what}: {:.1} µs", start.elapsed().as_secs_f64() * 1e6 / f64::from(READS));
    };
    println!("a scan of {SYMBOLS} symbols with {} hits and as many outcomes, {} bytes", 2 * HITS, bytes.len());
    time("copy the bytes", &|| drop(black_box(bytes.to_vec())));
    time("read the symbols", &|| drop(black_box(rmp_serde::from_slice::<Symbols>(&symbols).unwrap())));
    time("check what was read", &|| black_box(&scan).check().unwrap());
    time("read the whole", &|| drop(black_box(Scan::decode(black_box(&bytes)).unwrap())));
}

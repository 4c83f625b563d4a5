//! Nanoseconds per symbol and session of a whole scan, and what a scan costs on the wire.
#![allow(clippy::print_stdout, reason = "a bench reports")]

use bellwether_scanner::Scanner;
use bellwether_schemas::{
    Bars, Basis, Date, Panel, Scan, Timestamp,
    bars::{self, Bar},
    codec,
};
use std::{error::Error, hint::black_box, time::Instant};

const SYMBOLS: usize = 5_000;
const SESSIONS: usize = 600;
/// Sessions before the clock starts: every window is full and every flag in use.
const WARM: usize = 300;

fn main() -> Result<(), Box<dyn Error>> {
    for (name, missing) in [("every symbol trades every day", 0), ("1 of 100 bars missing", 100)] {
        let mut market = Market::new(missing);
        let mut scanner = Scanner::new("bench");
        let (mut per_bar, mut last) = (Vec::new(), None);
        for session in 0..SESSIONS {
            let bars = market.session(session)?;
            let start = Instant::now();
            let scan = black_box(scanner.fold(session as u64 + 1, &bars)?);
            let nanos = start.elapsed().as_nanos() as f64 / bars.stocks.symbols.len() as f64;
            if session >= WARM {
                per_bar.push(nanos);
            }
            last = Some(scan);
        }
        per_bar.sort_by(f64::total_cmp);
        let [best, tenth, median, last_tenth] =
            [0.0, 0.1, 0.5, 0.9].map(|q| per_bar[(q * per_bar.len() as f64) as usize]);
        println!(
            "{name}, ns per symbol and session: best {best:.1}, p10 {tenth:.1}, median {median:.1}, p90 {last_tenth:.1}"
        );
        if let Some(scan) = last {
            wire(&scan)?;
        }
    }
    Ok(())
}

fn wire(scan: &Scan) -> Result<(), Box<dyn Error>> {
    const ROUNDS: u32 = 200;
    let start = Instant::now();
    for _ in 0..ROUNDS {
        black_box(codec::encode(black_box(scan)));
    }
    let encode = start.elapsed() / ROUNDS;
    let body = codec::encode(scan);
    let start = Instant::now();
    for _ in 0..ROUNDS {
        black_box(Scan::decode(black_box(&body))?);
    }
    let decode = start.elapsed() / ROUNDS;
    let (symbols, hits, outcomes) = (scan.symbols.len(), scan.hits.len(), scan.outcomes.len());
    println!("  {symbols} symbols, {hits} hits, {outcomes} outcomes: {} bytes", body.len());
    println!("  encoded in {encode:?}, decoded and checked in {decode:?}");
    Ok(())
}

/// A made-up market: independent walks with a common factor, always the same.
struct Market {
    closes: Vec<f64>,
    names: Vec<String>,
    seed: u64,
    missing: u64,
    session: Date,
}

impl Market {
    fn new(missing: u64) -> Self {
        let names = (0..SYMBOLS).map(|i| format!("S{i:05}")).collect();
        Self {
            closes: vec![50.0; SYMBOLS],
            names,
            seed: 88_172_645_463_325_252,
            missing,
            session: Date::constant(2015, 1, 1),
        }
    }

    /// xorshift64 (Marsaglia 2003).
    fn next(&mut self) -> u64 {
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 7;
        self.seed ^= self.seed << 17;
        self.seed
    }

    fn uniform(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64 - 0.5
    }

    fn session(&mut self, number: usize) -> Result<Bars, Box<dyn Error>> {
        self.session = self.session.tomorrow().map_err(|error| error.to_string())?;
        let mut stocks = Panel::default();
        let common = self.uniform() * 0.008;
        for i in 0..SYMBOLS {
            if self.missing > 0 && number > 0 && self.next().is_multiple_of(self.missing) {
                continue;
            }
            let open = self.closes[i] * (1.0 + self.uniform() * 0.01);
            let close = ((open * (1.0 + common + self.uniform() * 0.04)).max(1.0) * 100.0).round() / 100.0;
            let high = open.max(close) * (1.01 + self.uniform() * 0.02);
            let low = open.min(close) * (0.99 + self.uniform() * 0.02);
            let volume = (1e6 * (1.0 + self.uniform())).round();
            self.closes[i] = close;
            stocks.push(&self.names[i], Bar { open, high, low, close, volume })?;
        }
        Ok(Bars {
            schema: bars::SCHEMA.to_owned(),
            universe: "bench".to_owned(),
            session: self.session,
            as_of: Timestamp::UNIX_EPOCH,
            basis: Basis::Close,
            exchange: "XNYS".to_owned(),
            adjusted: true,
            sample: true,
            sector: (0..stocks.symbols.len()).map(|i| (i % 11) as u8).collect(),
            stocks,
            sectors: (0..11).map(|i| format!("Sector {i}")).collect(),
            refused: Vec::new(),
            benchmarks: Panel::default(),
        })
    }
}

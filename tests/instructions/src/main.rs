//! The work of one scan, one function per kernel, to be counted by callgrind.
//!
//! Seconds on a shared machine say little; instructions of the same binary on the same input are the same everywhere.
//! `tests/instructions/check` runs this, reads what each `kernel_*` function cost and compares it with `baseline.tsv`.

use anyhow::{Context, Result, bail};
use bellwether_breadth::BreadthWorker;
use bellwether_index::IndexWorker;
use bellwether_position::PositionWorker;
use bellwether_regime::RegimeWorker;
use bellwether_scanner::{Scanner, sample::Sample};
use bellwether_schemas::{Bars, Scan, codec};
use bellwether_timeframe::TimeframeWorker;
use bellwether_worker::{Carry, Event, Verdict, Worker, decide};
use std::hint::black_box;

/// Sessions folded: every window is full, hits have outcomes, and the forecasters have learnt.
const SESSIONS: u64 = 300;

fn main() -> Result<()> {
    let mut chain = Chain::default();
    for (ordinal, bars) in (1..=SESSIONS).zip(Sample::new()) {
        chain.step(ordinal, &bars).with_context(|| format!("session {ordinal}"))?;
    }
    Ok(())
}

/// The scanner and every worker, as the services run them, without a broker between.
struct Chain {
    scanner: Scanner,
    regime: Fold<RegimeWorker>,
    position: Fold<PositionWorker>,
    breadth: Fold<BreadthWorker>,
    index: Fold<IndexWorker>,
    timeframe: Fold<TimeframeWorker>,
}

impl Default for Chain {
    fn default() -> Self {
        Self {
            scanner: Scanner::new("sample"),
            regime: Fold::default(),
            position: Fold::default(),
            breadth: Fold::default(),
            index: Fold::default(),
            timeframe: Fold::default(),
        }
    }
}

#[derive(Default)]
struct Fold<W: Worker> {
    worker: W,
    carry: Carry<W::State>,
}

impl Chain {
    fn step(&mut self, ordinal: u64, bars: &Bars) -> Result<()> {
        let made = kernel_scan(&mut self.scanner, ordinal, bars)?;
        let body = kernel_encode(&made);
        let scan = kernel_decode(&body)?;
        let regime = kernel_regime(&mut self.regime, ordinal, &body, &scan)?;
        kernel_position(&mut self.position, ordinal, &regime, &scan)?;
        let breadth = kernel_breadth(&mut self.breadth, ordinal, &body, &scan)?;
        kernel_index(&mut self.index, ordinal, &breadth, &scan)?;
        kernel_timeframe(&mut self.timeframe, ordinal, &body, &scan)?;
        Ok(())
    }
}

impl<W: Worker> Fold<W> {
    fn step(&mut self, ordinal: u64, event: &[u8], scan: &Scan) -> Result<Vec<u8>> {
        let event = Event { ordinal, body: event, scan: Ok(scan), deaths: None };
        let Verdict::Put { body, carry, rejected: None } = decide(&self.worker, &self.carry, &event) else {
            bail!("{} did not fold it", W::NAME);
        };
        self.carry = carry;
        Ok(body)
    }
}

#[inline(never)]
fn kernel_scan(scanner: &mut Scanner, ordinal: u64, bars: &Bars) -> Result<Scan> {
    Ok(scanner.fold(ordinal, black_box(bars))?)
}

#[inline(never)]
fn kernel_encode(scan: &Scan) -> Vec<u8> {
    codec::encode(black_box(scan))
}

#[inline(never)]
fn kernel_decode(body: &[u8]) -> Result<Scan> {
    Ok(Scan::decode(black_box(body))?)
}

/// A worker's decision on one event: the event read, the step, result and state encoded.
macro_rules! kernel {
    ($name:ident, $worker:ty) => {
        #[inline(never)]
        fn $name(fold: &mut Fold<$worker>, ordinal: u64, event: &[u8], scan: &Scan) -> Result<Vec<u8>> {
            fold.step(ordinal, black_box(event), black_box(scan))
        }
    };
}
kernel!(kernel_regime, RegimeWorker);
kernel!(kernel_position, PositionWorker);
kernel!(kernel_breadth, BreadthWorker);
kernel!(kernel_index, IndexWorker);
kernel!(kernel_timeframe, TimeframeWorker);

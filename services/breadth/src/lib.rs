//! The breadth worker: how many symbols take part in the market's move.
//!
//! A close scan moves the cumulative lines, unless its data is faulty. An intraday scan is computed on top of the last
//! close and carried no further.

mod arms;
mod crossings;
mod current;
mod fault;
mod lines;
mod mcclellan;
mod rules;
mod sectors;
mod sma;
mod tally;
mod volume;
mod window;
mod zweig;

pub use rules::Rules;

use bellwether_schemas::{Assessment, Basis, Quality, Scan, breadth::Output};
use bellwether_worker::{BadSetting, Closed, FromSettings, OnScan, Reject, Settings, Step, Worker, split};
use lines::Lines;
use serde::{Deserialize, Serialize};
use tally::Tally;

/// Folds scans into market breadth.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct BreadthWorker {
    rules: Rules,
}

impl FromSettings for BreadthWorker {
    /// Every setting this worker reads.
    const KNOWN: &'static [&'static str] = Rules::KNOWN;

    fn from_settings(settings: &Settings) -> Result<Self, BadSetting> {
        Ok(Self { rules: Rules::from_settings(settings)? })
    }
}

/// What is carried from close to close.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    closed: Option<Closed>,
    lines: Lines,
}

impl Worker for BreadthWorker {
    const NAME: &'static str = "breadth";
    const VERSION: u32 = 1;
    type Event = OnScan;
    type State = State;
    type Output = Output;

    fn step(&self, state: Option<&State>, _: &OnScan, scan: &Scan) -> Result<Step<State, Output>, Reject> {
        let carried = state.cloned().unwrap_or_default();
        Closed::admit(carried.closed, scan)?;
        let tally = Tally::of(scan);
        let mut assessment = Assessment::of(scan);
        let lines = match fault::find(&tally, &self.rules) {
            None => carried.lines.after(&tally, scan.session),
            Some(fault) => {
                assessment.worsen(Quality::Insufficient, fault);
                carried.lines.clone()
            }
        };
        if let Some(drift) = lines.drift() {
            assessment.worsen(Quality::Insufficient, drift);
        }
        let output = Output {
            current: current::part(&tally, &lines, scan),
            sma: sma::part(&tally, &carried.lines, scan, self.rules.crossed),
            volume: volume::part(&tally, &lines),
        };
        let state = match scan.basis {
            Basis::Close => State { closed: Some(Closed::of(scan)), lines },
            Basis::Intraday => carried,
        };
        Ok(Step { state, output, assessment })
    }
}

/// A sum that stays finite, whatever volumes a scan holds.
fn add(a: f64, b: f64) -> f64 {
    (a + b).clamp(f64::MIN, f64::MAX)
}

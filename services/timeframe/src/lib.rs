//! The timeframe worker: daily, weekly and monthly trends, and how they agree.
//!
//! A close scan moves what is carried. An intraday scan is computed on top of the last close and carried no further.

mod alignment;
mod calendar;
mod frame;
mod output;
mod series;
mod state;
mod strength;
mod track;
mod universe;

pub use state::State;

use bellwether_schemas::{Assessment, Basis, Quality, Scan, timeframe::Output};
use bellwether_worker::{BadSetting, Closed, FromSettings, OnScan, Reject, Settings, Step, Worker, benchmarks::Choice};

/// Benchmarks carried: more would push a stored result over its limit of 16 kB.
const MOST: usize = 5;

/// Folds scans into trends of three lengths.
#[derive(Debug, Clone, PartialEq)]
pub struct TimeframeWorker {
    choice: Choice,
}

impl Default for TimeframeWorker {
    fn default() -> Self {
        Self { choice: Choice::first(MOST) }
    }
}

impl FromSettings for TimeframeWorker {
    /// Every setting this worker reads. `timeframe.benchmarks`: up to 5 symbols joined by commas, in the order they
    /// are to be shown; without it the first 5 by [`Choice`].
    const KNOWN: &'static [&'static str] = &["timeframe.benchmarks"];

    fn from_settings(settings: &Settings) -> Result<Self, BadSetting> {
        Ok(Self { choice: Choice::from_settings(settings, Self::KNOWN[0], MOST)? })
    }
}

impl Worker for TimeframeWorker {
    const NAME: &'static str = "timeframe";
    const VERSION: u32 = 1;
    type Event = OnScan;
    type State = State;
    type Output = Output;

    fn step(&self, state: Option<&State>, _: &OnScan, scan: &Scan) -> Result<Step<State, Output>, Reject> {
        let carried = state.cloned().unwrap_or_default();
        Closed::admit(carried.closed, scan)?;
        let chosen = self.choice.of(carried.symbols(), scan);
        let next = carried.after(&chosen, scan);
        let mut assessment = Assessment::of(scan);
        let absent: Vec<_> = next.symbols().filter(|symbol| state::bar(scan, symbol).is_none()).collect();
        if !absent.is_empty() {
            assessment.worsen(Quality::Degraded, format!("no bar of {}", absent.join(", ")));
        }
        let output = output::of(&next, &chosen, scan);
        let state = match scan.basis {
            Basis::Close => next,
            Basis::Intraday => carried,
        };
        Ok(Step { state, output, assessment })
    }
}

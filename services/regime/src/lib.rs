//! The regime worker: which of seven market regimes the long and short hits speak for.
//!
//! Every scan is folded, intraday ones too, unless its coverage is under 0.50: then its hits say nothing about the
//! universe, and the state is carried as it is.

mod bands;
mod consistency;
mod current;
mod entropy;
mod flip;
mod history;
mod label;
mod posterior;
mod prediction;
mod rules;
mod smoothing;
mod standing;

pub use bands::Bands;
pub use rules::Rules;

use bellwether_schemas::{
    Assessment, Date, Quality, Refusal, Scan, Timestamp,
    regime::{Output, Since},
};
use bellwether_worker::{BadSetting, FromSettings, OnScan, Reject, Settings, Step, Worker, split};
use current::Reading;
use history::{Noted, Past};
use prediction::{Predictor, Session};
use serde::{Deserialize, Serialize};
use standing::Track;

/// Coverage from which the hits of a scan count.
const MIN_COVERAGE: f64 = 0.5;

/// Folds scans into the regime they speak for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RegimeWorker {
    rules: Rules,
}

impl FromSettings for RegimeWorker {
    /// Every setting this worker reads.
    const KNOWN: &'static [&'static str] = Rules::KNOWN;

    fn from_settings(settings: &Settings) -> Result<Self, BadSetting> {
        Ok(Self { rules: Rules::from_settings(settings)? })
    }
}

/// What is carried from scan to scan.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    last: Option<Moment>,
    track: Track,
    since: Option<Since>,
    scans_in_class: u64,
    past: Past,
    predictor: Predictor,
}

/// When a scan was.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Moment {
    session: Date,
    as_of: Timestamp,
}

impl Worker for RegimeWorker {
    const NAME: &'static str = "regime";
    const VERSION: u32 = 1;
    type Event = OnScan;
    type State = State;
    type Output = Output;

    fn step(&self, state: Option<&State>, _: &OnScan, scan: &Scan) -> Result<Step<State, Output>, Reject> {
        let carried = state.cloned().unwrap_or_default();
        refuse_older(carried.last, scan)?;
        let mut assessment = Assessment::of(scan);
        let distrusted = (assessment.quality == Quality::Insufficient).then(|| assessment.reason.clone()).flatten();
        let (next, reading) = if scan.coverage().share < MIN_COVERAGE {
            let reading = Reading::carried(&self.rules, &carried.track, scan);
            (carried, reading)
        } else {
            let reading = Reading::folded(&self.rules, &carried.track, scan);
            (self.fold(carried, &reading, scan), reading)
        };
        if let Err(reason) = &reading.standing {
            assessment.worsen(Quality::Insufficient, reason);
        }
        let session = Session {
            scan,
            class: distrusted.map_or_else(|| reading.standing.clone(), Err),
            smoothed_share: reading.track.smoothed.and_then(|smoothed| smoothed.share()),
        };
        let current = current::part(&reading, &next, scan);
        let history = next.past.part(scan.session);
        let (predictor, forecasts) = next.predictor.step(&self.rules, &session);
        let prediction = predictor.part(&self.rules, &forecasts, history.entropy.alarm);
        let last = Some(Moment { session: scan.session, as_of: scan.as_of });
        let output = Output { current, history, prediction };
        Ok(Step { state: State { last, predictor, ..next }, output, assessment })
    }
}

impl RegimeWorker {
    fn fold(&self, carried: State, reading: &Reading, scan: &Scan) -> State {
        let changed = reading.track.class != carried.track.class;
        let mut past = carried.past;
        past.label(scan.session, reading.track.class);
        if changed {
            past.change(Noted::of(carried.track.class, reading, scan));
        }
        let here = Since { scan: scan.id.clone(), session: scan.session };
        State {
            last: carried.last,
            track: reading.track,
            since: if changed { reading.track.class.map(|_| here) } else { carried.since },
            scans_in_class: if changed { 1 } else { carried.scans_in_class + 1 },
            past,
            predictor: carried.predictor,
        }
    }
}

fn refuse_older(last: Option<Moment>, scan: &Scan) -> Result<(), Refusal> {
    let Some(last) = last else { return Ok(()) };
    if scan.session < last.session {
        return Err(Refusal::new("session", scan.session, format!("{} or later, as folded before", last.session)));
    }
    if scan.as_of < last.as_of {
        return Err(Refusal::new("as_of", scan.as_of, format!("{} or later, as folded before", last.as_of)));
    }
    Ok(())
}

//! The position worker: how much to risk on a hit, and what speaks against it.
//!
//! It follows the regime worker. Only close scans are carried on: an intraday scan is computed on top of the last
//! close's state, shown, and carried no further.

mod benchmark;
mod brakes;
mod edge;
mod event;
mod guidance;
mod ledger;
mod market;
mod odds;
mod records;
mod rules;
mod score;
mod sizing;
mod stands;
mod stops;
mod tally;

pub use event::OnRegime;
pub use rules::Rules;

use bellwether_schemas::{Assessment, Basis, Quality, Scan, position::Output};
use bellwether_worker::{BadSetting, Closed, FromSettings, Reject, Settings, Step, Worker};
use event::Regime;
use ledger::Ledger;
use market::Market;
use score::Score;
use serde::{Deserialize, Serialize};
use sizing::Sizing;
use stands::Stands;
use std::collections::BTreeSet;

/// Folds regimes and outcomes into how much to risk.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PositionWorker {
    rules: Rules,
}

impl FromSettings for PositionWorker {
    /// Every setting this worker reads.
    const KNOWN: &'static [&'static str] = Rules::KNOWN;

    fn from_settings(settings: &Settings) -> Result<Self, BadSetting> {
        Ok(Self { rules: Rules::from_settings(settings)? })
    }
}

/// What is carried from close to close.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    last: Option<Closed>,
    ledger: Ledger,
    stands: Stands,
    score: Score,
    market: Market,
}

impl Worker for PositionWorker {
    const NAME: &'static str = "position";
    const VERSION: u32 = 1;
    type Event = OnRegime;
    type State = State;
    type Output = Output;

    fn step(&self, state: Option<&State>, event: &OnRegime, scan: &Scan) -> Result<Step<State, Output>, Reject> {
        let regime = event.of(scan)?;
        let carried = state.cloned().unwrap_or_default();
        Closed::admit(carried.last, scan)?;
        let (next, sizing) = self.fold(&carried, &regime, scan);
        let assessment = assess(&regime, &sizing, scan);
        let output = Output {
            risk: next.market.part(&self.rules),
            guidance: guidance::part(&sizing, &regime, &next, &self.rules),
            kelly: sizing.part(&next.ledger, &self.rules),
        };
        let state = if scan.basis == Basis::Close { next } else { carried };
        Ok(Step { state, output, assessment })
    }
}

impl PositionWorker {
    /// What the scan's outcomes teach comes first, then the advice, which is remembered to be scored.
    fn fold(&self, carried: &State, regime: &Regime, scan: &Scan) -> (State, Sizing) {
        let mut next = carried.clone();
        let suspects: BTreeSet<&str> = scan.suspects.iter().map(|suspect| suspect.symbol.as_str()).collect();
        for outcome in &scan.outcomes {
            let stand = carried.stands.at(outcome.hit_ordinal);
            next.ledger.book(outcome, stand.map(|stand| stand.class));
            // One slipped decimal point could end the score of every size for good.
            if !suspects.contains(outcome.symbol.as_str()) {
                next.score.book(outcome, stand);
            }
        }
        next.ledger.note_stops(&scan.outcomes);
        next.market = carried.market.after(&self.rules, scan);
        next.last = Some(Closed::of(scan));
        let sizing = Sizing::of(&self.rules, &next.ledger, &next.market, regime, scan);
        next.stands.note(scan.ordinal, &sizing);
        (next, sizing)
    }
}

fn assess(regime: &Regime, sizing: &Sizing, scan: &Scan) -> Assessment {
    let mut assessment = Assessment::of(scan);
    if regime.quality > assessment.quality {
        assessment.worsen(regime.quality, regime.quality_reason.clone().unwrap_or_else(|| "as the regime".to_owned()));
    }
    if let Err(reason) = &sizing.size {
        assessment.worsen(Quality::Insufficient, format!("no size: {reason}"));
    }
    for reason in sizing.brakes.iter().filter_map(|brake| brake.factor_reason.as_ref()) {
        assessment.worsen(Quality::Degraded, format!("a brake is off: {reason}"));
    }
    assessment
}

/// A value, or why there is none.
type Known<T> = Result<T, String>;

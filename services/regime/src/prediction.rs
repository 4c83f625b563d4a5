//! Where the class may stand some sessions on: four forecasters, scored against each other on the same forecasts.
//!
//! Only closes count. At each, the forecast made a horizon ago meets its outcome: it is scored first and learned from
//! after. Then the next is made, from what is known by now. Nothing is scored that was made with knowledge of its outcome.

mod benchmark;
mod features;
mod lead;
mod logistic;
mod part;
mod past;
mod persistence;
mod score;
mod standard;
mod tally;

use crate::{Rules, label::Label, posterior::normalise};
use bellwether_schemas::{
    Basis, Scan,
    regime::{Class, Forecaster},
};
use benchmark::Returns;
use features::{FEATURES, Features};
use lead::Lead;
use logistic::Logistic;
use past::Past;
use persistence::Damping;
use serde::{Deserialize, Serialize};
use standard::Standard;
use tally::Tally;

/// One per class, in the order of [`Class::ALL`]; sums to 1.
type Probabilities = [f64; 7];

/// One per forecaster, in the order of [`Forecaster::ALL`].
pub(crate) type Forecasts = [Probabilities; 4];

/// What is learned, what is known of its worth, and the forecasts whose outcome is not known yet.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Predictor {
    past: Past,
    damping: Damping,
    logistic: Logistic,
    standard: Standard,
    returns: Returns,
    /// One per session of the horizon, oldest first; none where a session had no class.
    pending: Vec<Option<Pending>>,
    tallies: [Tally; 4],
    leads: [Lead; 4],
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Pending {
    class: Label,
    /// In standard deviations, as they were known then.
    features: [f64; FEATURES],
    forecasts: Forecasts,
}

/// What the rules say of a scan. A session that cannot be trusted has no class here: it makes no forecast and settles none.
pub(crate) struct Session<'a> {
    pub(crate) scan: &'a Scan,
    pub(crate) class: Result<Class, String>,
    pub(crate) smoothed_share: Option<f64>,
}

impl Predictor {
    /// The state after a scan, and the forecasts made in it. An intraday scan is forecast from as it stands, and carried no
    /// further.
    pub(crate) fn step(mut self, rules: &Rules, session: &Session<'_>) -> (Self, Result<Forecasts, String>) {
        let returns = self.returns.with(benchmark::choose(&session.scan.benchmarks));
        let features = features::of(session.scan, session.smoothed_share, returns.volatility());
        let closed = session.scan.basis == Basis::Close;
        if closed {
            self.returns = returns;
            self.settle(rules.horizon, session.class.as_ref().ok().copied());
            if let Ok(class) = session.class {
                self.past.saw(class);
                self.standard.learn(&features);
            }
        }
        let made = session.class.clone().and_then(|class| self.forecast(rules.kappa, class, &features));
        let forecasts = made.as_ref().map(|pending| pending.forecasts).map_err(Clone::clone);
        if closed {
            self.pending.push(made.ok());
        }
        (self, forecasts)
    }

    /// Scores the forecasts made a horizon ago, then learns from them.
    fn settle(&mut self, horizon: u32, came: Option<Class>) {
        let horizon = horizon as usize;
        // Longer only when the setting was lowered between two sessions.
        self.pending.drain(..self.pending.len().saturating_sub(horizon));
        if self.pending.len() < horizon {
            return;
        }
        let (Some(due), Some(came)) = (self.pending.remove(0), came) else { return };
        self.score(&due.forecasts, came, horizon as u32);
        let of = |forecaster: Forecaster| &due.forecasts[forecaster as usize];
        self.past.learn(due.class.0, came);
        self.damping.learn(due.class.0, of(Forecaster::Climatology), came);
        self.logistic.learn(&due.features, of(Forecaster::Logistic), came);
    }

    fn score(&mut self, forecasts: &Forecasts, came: Class, horizon: u32) {
        let to_beat = score::rps(&forecasts[Forecaster::Persistence as usize], came);
        let running = self.tallies.iter_mut().zip(&mut self.leads);
        for (forecast, (tally, lead)) in forecasts.iter().zip(running) {
            tally.add(forecast, came);
            lead.add(to_beat - score::rps(forecast, came), horizon);
        }
    }

    fn forecast(&self, kappa: f64, class: Class, features: &Features) -> Result<Pending, String> {
        let climatology = self.past.climatology().ok_or("no session with a class has closed yet")?;
        let transition = self.past.transition(class, &climatology, kappa);
        let persistence = self.damping.forecast(class, &climatology);
        let features = self.standard.scores(features);
        let logistic = self.logistic.forecast(&features, &transition);
        Ok(Pending { class: Label(class), features, forecasts: [transition, logistic, persistence, climatology] })
    }
}

#[cfg(test)]
mod tests;

//! What is shown of the forecasts.

use super::{Forecasts, Predictor, Probabilities};
use crate::{Rules, split};
use bellwether_schemas::regime::{Class, Forecast, Forecaster, Prediction};

/// Standard errors by which a lead must exceed 0; one in fifty leads of nothing does.
const BEYOND_CHANCE: f64 = 2.0;

impl Predictor {
    /// The part of the output. While the labels are `stuck` nobody beats persistence: to have foretold what never changes
    /// is no skill.
    pub(crate) fn part(&self, rules: &Rules, forecasts: &Result<Forecasts, String>, stuck: bool) -> Prediction {
        let best = if stuck { Forecaster::Persistence } else { self.best(rules.horizon) };
        let shown = |forecaster: Forecaster| {
            let probabilities = forecasts.as_ref().map(|all| all[forecaster as usize]).map_err(Clone::clone);
            (forecaster, self.shown(forecaster, probabilities, rules.horizon))
        };
        Prediction {
            horizon_sessions: rules.horizon,
            best,
            skilful: best != Forecaster::Persistence,
            forecasters: Forecaster::ALL.into_iter().map(shown).collect(),
        }
    }

    fn best(&self, horizon: u32) -> Forecaster {
        let rps = |forecaster: Forecaster| self.tallies[forecaster as usize].rps().unwrap_or(f64::INFINITY);
        let beats = |forecaster: &Forecaster| {
            let sure = self.leads[*forecaster as usize].z(horizon).is_ok_and(|z| z > BEYOND_CHANCE);
            sure && rps(*forecaster) < rps(Forecaster::Persistence)
        };
        let beating = Forecaster::ALL.into_iter().filter(beats);
        beating.min_by(|a, b| rps(*a).total_cmp(&rps(*b))).unwrap_or(Forecaster::Persistence)
    }

    fn shown(&self, forecaster: Forecaster, probabilities: Result<Probabilities, String>, horizon: u32) -> Forecast {
        let tally = &self.tallies[forecaster as usize];
        let unscored = || "no forecast has met its outcome yet".to_owned();
        let (probabilities, probabilities_reason) =
            split(probabilities.map(|probabilities| Class::ALL.into_iter().zip(probabilities).collect()));
        let (rps, rps_reason) = split(tally.rps().ok_or_else(unscored));
        let (brier, brier_reason) = split(tally.brier().ok_or_else(unscored));
        let (log_loss, log_loss_reason) = split(tally.log_loss().ok_or_else(unscored));
        let (rps_skill, rps_skill_reason) = split(self.skill(forecaster, rps.ok_or_else(unscored)));
        let (rps_lead_z, rps_lead_z_reason) = split(match forecaster {
            Forecaster::Persistence => Err("it is the one to beat".to_owned()),
            _ => self.leads[forecaster as usize].z(horizon),
        });
        Forecast {
            probabilities,
            probabilities_reason,
            rps,
            rps_reason,
            brier,
            brier_reason,
            log_loss,
            log_loss_reason,
            rps_skill,
            rps_skill_reason,
            rps_lead_z,
            rps_lead_z_reason,
            n: tally.n,
            reliability: tally.reliability(),
        }
    }

    /// 1 − RPS / RPS of persistence (A. H. Murphy, as in [`super::persistence`]).
    fn skill(&self, forecaster: Forecaster, rps: Result<f64, String>) -> Result<f64, String> {
        let (rps, to_beat) = (rps?, self.tallies[Forecaster::Persistence as usize].rps().unwrap_or_default());
        match forecaster {
            Forecaster::Persistence => Ok(0.0),
            _ if to_beat < 1e-12 => Err("persistence has been right every time".to_owned()),
            _ => Ok(1.0 - rps / to_beat),
        }
    }
}

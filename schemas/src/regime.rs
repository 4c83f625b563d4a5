//! Output of the regime worker.

use crate::{Date, Side};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Seven market regimes by the share of long among all hits, from the most bearish to the most bullish.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema), schemars(rename = "RegimeClass"))]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Short hits rule.
    StrongDowntrend,
    /// Clearly more short than long hits.
    Downtrend,
    /// Somewhat more short than long hits.
    ChoppyBearish,
    /// About as many long as short hits.
    Choppy,
    /// Somewhat more long than short hits.
    ChoppyBullish,
    /// Clearly more long than short hits.
    Uptrend,
    /// Long hits rule.
    StrongUptrend,
}

impl Class {
    /// All classes, from the most bearish to the most bullish.
    pub const ALL: [Self; 7] = [
        Self::StrongDowntrend,
        Self::Downtrend,
        Self::ChoppyBearish,
        Self::Choppy,
        Self::ChoppyBullish,
        Self::Uptrend,
        Self::StrongUptrend,
    ];

    /// Position in [`Class::ALL`].
    pub const fn index(self) -> usize {
        self as usize
    }

    /// Steps from the middle, −3 (strong downtrend) … 3 (strong uptrend).
    pub const fn step(self) -> i32 {
        self as i32 - 3
    }
}

/// One number, 0 … 1, per class; all seven are present and sum to 1.
pub type PerClass = BTreeMap<Class, f64>;

/// All parts, one per endpoint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema), schemars(rename = "RegimeOutput"))]
pub struct Output {
    /// Where the market stands.
    pub current: Current,
    /// How it came there.
    pub history: History,
    /// Where it may stand some sessions on, and how good such forecasts were.
    pub prediction: Prediction,
}

/// The class that stands, how sure it is, and what would change it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema), schemars(rename = "RegimeCurrent"))]
pub struct Current {
    /// The class; null while there are too few hits.
    pub class: Option<Class>,
    /// Why there is none.
    pub class_reason: Option<String>,
    /// Posterior of the class × breadth factor, not below the floor of 0.10; 0 … 1.
    pub confidence: Option<f64>,
    /// Why there is none.
    pub confidence_reason: Option<String>,
    /// Posterior probability of each class.
    pub posterior: Option<PerClass>,
    /// Why there is none.
    pub posterior_reason: Option<String>,
    /// Long hits of this scan.
    pub long_hits: u32,
    /// Short hits of this scan.
    pub short_hits: u32,
    /// Long among all hits of this scan, 0 … 1.
    pub share: Option<f64>,
    /// Why there is none.
    pub share_reason: Option<String>,
    /// Long among all hits, both smoothed, 0 … 1: what the class is read from.
    pub smoothed_share: Option<f64>,
    /// Why there is none.
    pub smoothed_share_reason: Option<String>,
    /// Long over short hits of this scan.
    pub ratio: Option<f64>,
    /// Why there is none.
    pub ratio_reason: Option<String>,
    /// The scan since which the class stands.
    pub since: Option<Since>,
    /// Why there is none.
    pub since_reason: Option<String>,
    /// Scans folded while the class stood, this one included.
    pub scans_in_class: Option<u64>,
    /// Why there is none.
    pub scans_in_class_reason: Option<String>,
    /// The fewest hits that, added to this scan, would change the class.
    pub flip: Option<Flip>,
    /// Why there is none.
    pub flip_reason: Option<String>,
    /// Whether the advances and declines agree with the class.
    pub breadth: Option<Consistency>,
    /// Why there is none.
    pub breadth_reason: Option<String>,
}

/// A scan by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema), schemars(rename = "RegimeSince"))]
pub struct Since {
    /// Scan id.
    pub scan: String,
    /// Its session.
    pub session: Date,
}

/// What would change the class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema), schemars(rename = "RegimeFlip"))]
pub struct Flip {
    /// Side of the added hits.
    pub side: Side,
    /// How many; 0 when the share has left the class already and the change waits for its confirmation.
    pub hits: u32,
    /// The class the rules would settle on.
    pub to: Class,
    /// Scans it takes until that class stands, this one included, if the share holds: 1 for at once.
    pub scans: u32,
}

/// Agreement of the class with advances and declines.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema), schemars(rename = "RegimeConsistency"))]
pub struct Consistency {
    /// Declining share of the eligible symbols for an up class, advancing share for a down class; 0 … 1.
    pub opposing_share: Option<f64>,
    /// Why there is none.
    pub opposing_share_reason: Option<String>,
    /// What the confidence was multiplied with: 1, 0.75 or 0.5.
    pub factor: f64,
    /// More than 0.7 of the symbols move against the class.
    pub conflict: bool,
}

/// How the class came about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema), schemars(rename = "RegimeHistory"))]
pub struct History {
    /// The last 20 changes, oldest first.
    pub changes: Vec<Change>,
    /// Which classes stood lately.
    pub distribution: Distribution,
    /// Whether the labels still vary.
    pub entropy: Entropy,
}

/// One change of class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema), schemars(rename = "RegimeChange"))]
pub struct Change {
    /// Session of the scan.
    pub session: Date,
    /// Id of the first scan with the new class.
    pub scan: String,
    /// The class before; null when none stood.
    pub from: Option<Class>,
    /// Why there is none.
    pub from_reason: Option<String>,
    /// The class since; null when there were too few hits.
    pub to: Option<Class>,
    /// Why there is none.
    pub to_reason: Option<String>,
    /// Confidence in the new class, 0 … 1.
    pub confidence: Option<f64>,
    /// Why there is none.
    pub confidence_reason: Option<String>,
}

/// Share of the scans with a class that each class had.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema), schemars(rename = "RegimeDistribution"))]
pub struct Distribution {
    /// Over the scans of the last 7 sessions, this one included.
    pub sessions_7: Option<PerClass>,
    /// Why there is none.
    pub sessions_7_reason: Option<String>,
    /// Over the scans whose session lies in the 7 calendar days that end with this scan's.
    pub days_7: Option<PerClass>,
    /// Why there is none.
    pub days_7_reason: Option<String>,
}

/// Shannon entropy of the labels, in bits: 0 when all are equal, log2(7) = 2.807 when all seven are equally frequent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema), schemars(rename = "RegimeEntropy"))]
pub struct Entropy {
    /// Of the last 50 labels.
    pub recent: Option<f64>,
    /// Why there is none.
    pub recent_reason: Option<String>,
    /// Of all labels so far.
    pub all: Option<f64>,
    /// Why there is none.
    pub all_reason: Option<String>,
    /// All labels so far.
    pub n: u64,
    /// `recent` is under a quarter of `all` and `n` is 50 or more: the classifier may be stuck.
    pub alarm: bool,
}

/// What forecasts the class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema), schemars(rename = "RegimeForecaster"))]
#[serde(rename_all = "snake_case")]
pub enum Forecaster {
    /// How often each class followed the one that stands, Dirichlet-smoothed.
    Transition,
    /// Multinomial logistic regression on hits, breadth and the benchmark, learned as it goes.
    Logistic,
    /// The class that stands, damped towards climatology by as much as its own past asks for: the one to beat.
    Persistence,
    /// How often each class has stood so far.
    Climatology,
}

impl Forecaster {
    /// All forecasters.
    pub const ALL: [Self; 4] = [Self::Transition, Self::Logistic, Self::Persistence, Self::Climatology];
}

/// Forecasts of the class at the close some sessions on. All four are made and scored at the same closes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema), schemars(rename = "RegimePrediction"))]
pub struct Prediction {
    /// Sessions from the close a forecast is made at to the one it speaks of.
    pub horizon_sessions: u32,
    /// The lowest running RPS of those that beat persistence, else persistence.
    pub best: Forecaster,
    /// Whether any beats persistence by more than chance would: its RPS is lower by over 2 standard errors, while the
    /// labels vary.
    pub skilful: bool,
    /// Each of [`Forecaster::ALL`].
    pub forecasters: BTreeMap<Forecaster, Forecast>,
}

/// What one forecaster says, and how good it was. Scores are means over the forecasts whose outcome is known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema), schemars(rename = "RegimeForecast"))]
pub struct Forecast {
    /// Probability of each class; in an intraday scan on top of what was known at the last close.
    pub probabilities: Option<PerClass>,
    /// Why there is none.
    pub probabilities_reason: Option<String>,
    /// Ranked probability score, 0 (perfect) … 1: mean squared error of the cumulative probabilities below the six bounds.
    pub rps: Option<f64>,
    /// Why there is none.
    pub rps_reason: Option<String>,
    /// Brier score, 0 (perfect) … 2: squared errors of the seven probabilities, summed.
    pub brier: Option<f64>,
    /// Why there is none.
    pub brier_reason: Option<String>,
    /// −ln of the probability the outcome was given, taken as 1e-6 where it was less: 0 (perfect) … 13.8.
    pub log_loss: Option<f64>,
    /// Why there is none.
    pub log_loss_reason: Option<String>,
    /// 1 − RPS / RPS of persistence: 1 is perfect, 0 as good as persistence, below 0 worse.
    pub rps_skill: Option<f64>,
    /// Why there is none.
    pub rps_skill_reason: Option<String>,
    /// Mean lead in RPS over persistence, in its standard errors: over 2 is more than chance would give.
    pub rps_lead_z: Option<f64>,
    /// Why there is none.
    pub rps_lead_z_reason: Option<String>,
    /// Forecasts scored.
    pub n: u64,
    /// Ten equal bins of probability, from 0 to 1. Every scored forecast counts with its seven probabilities.
    pub reliability: Vec<ReliabilityBin>,
}

/// Whether events that were given such a probability happened that often.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema), schemars(rename = "RegimeReliabilityBin"))]
pub struct ReliabilityBin {
    /// Lowest probability of the bin.
    pub from: f64,
    /// Lowest probability of the next bin; the last bin holds 1 as well.
    pub to: f64,
    /// Probabilities in the bin.
    pub n: u64,
    /// Their mean.
    pub forecast: Option<f64>,
    /// Why there is none; left out when there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forecast_reason: Option<String>,
    /// Share of them whose class came, 0 … 1.
    pub observed: Option<f64>,
    /// Why there is none; left out when there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_reason: Option<String>,
}

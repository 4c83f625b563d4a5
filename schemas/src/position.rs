//! Output of the position worker.

use crate::{Side, regime::Class};
use serde::{Deserialize, Serialize};

/// All parts, one per endpoint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema), schemars(rename = "PositionOutput"))]
pub struct Output {
    /// How much to risk, and how that came about.
    pub kelly: Kelly,
    /// How rough the market is.
    pub risk: Risk,
    /// The same in sentences, and how good the advice was so far.
    pub guidance: Guidance,
}

/// How much to risk on one hit of the preferred side, from the outcomes of earlier hits of that side and class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema), schemars(rename = "PositionKelly"))]
pub struct Kelly {
    /// The regime class the figures are of.
    pub class: Option<Class>,
    /// Why there is none.
    pub class_reason: Option<String>,
    /// The side to take: long in an up class, short in a down class; in a choppy market the one with the larger
    /// `kelly_shrunk`, long if both are equal.
    pub side: Option<Side>,
    /// Why there is none.
    pub side_reason: Option<String>,
    /// Share of equity lost when the stop of one position is hit, all brakes applied; 0 means no position.
    pub risk_fraction: Option<f64>,
    /// Why there is none.
    pub risk_fraction_reason: Option<String>,
    /// Share of equity to put into one position: `risk_fraction` / `stop_distance`.
    pub notional_fraction: Option<f64>,
    /// Why there is none.
    pub notional_fraction_reason: Option<String>,
    /// Distance from entry to stop over entry price.
    pub stop_distance: Option<f64>,
    /// Why there is none.
    pub stop_distance_reason: Option<String>,
    /// What the distance was taken from.
    pub stop_distance_from: Option<StopSource>,
    /// Why there is none.
    pub stop_distance_from_reason: Option<String>,
    /// Outcomes of hits of this class and side.
    pub n: Option<u64>,
    /// Why there is none.
    pub n_reason: Option<String>,
    /// Those that won (R above 0).
    pub wins: Option<u64>,
    /// Why there is none.
    pub wins_reason: Option<String>,
    /// `wins / n`.
    pub win_rate: Option<f64>,
    /// Why there is none.
    pub win_rate_reason: Option<String>,
    /// Mean R of those that won.
    pub mean_win_r: Option<f64>,
    /// Why there is none.
    pub mean_win_r_reason: Option<String>,
    /// Mean −R of those that did not win, positive.
    pub mean_loss_r: Option<f64>,
    /// Why there is none.
    pub mean_loss_r_reason: Option<String>,
    /// Win rate at which the mean win and the mean loss cancel out.
    pub p_break_even: Option<f64>,
    /// Why there is none.
    pub p_break_even_reason: Option<String>,
    /// Posterior mean of the win rate, drawn towards `p_break_even`.
    pub p_posterior: Option<f64>,
    /// Why there is none.
    pub p_posterior_reason: Option<String>,
    /// Kelly's risk fraction at `win_rate`; negative when the edge is.
    pub kelly_raw: Option<f64>,
    /// Why there is none.
    pub kelly_raw_reason: Option<String>,
    /// Kelly's risk fraction at `p_posterior`: what the brakes start from.
    pub kelly_shrunk: Option<f64>,
    /// Why there is none.
    pub kelly_shrunk_reason: Option<String>,
    /// Kelly's risk fraction over the posterior of the win rate.
    pub interval: Option<Interval>,
    /// Why there is none.
    pub interval_reason: Option<String>,
    /// Posterior probability that the win rate is under `p_break_even`.
    pub negative_edge_probability: Option<f64>,
    /// Why there is none.
    pub negative_edge_probability_reason: Option<String>,
    /// What takes `kelly_shrunk` down to `risk_fraction`, in this order.
    pub brakes: Vec<Brake>,
    /// The brake that set the number: the last one if it cut anything, else the strongest.
    pub binding: Option<BrakeName>,
    /// Why there is none.
    pub binding_reason: Option<String>,
    /// Hits of the side in this scan.
    pub positions: Option<u32>,
    /// Why there is none.
    pub positions_reason: Option<String>,
    /// Independent positions that so many correlated ones count as.
    pub effective_positions: Option<f64>,
    /// Why there is none.
    pub effective_positions_reason: Option<String>,
    /// Share of equity to risk on each when all `positions` are taken.
    pub risk_fraction_each: Option<f64>,
    /// Why there is none.
    pub risk_fraction_each_reason: Option<String>,
    /// The side over all classes, hits made while no class stood included; given while `n` is under 30.
    pub pooled: Option<Record>,
    /// Why there is none.
    pub pooled_reason: Option<String>,
    /// Every class and side that has outcomes, from the most bearish class to the most bullish, long before short.
    pub by_class: Vec<ClassRecord>,
}

/// What a stop distance was taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema), schemars(rename = "PositionStopSource"))]
#[serde(rename_all = "snake_case")]
pub enum StopSource {
    /// Mean over the side's hits of this scan.
    Hits,
    /// This scan has none: median over the side's outcomes in the last scan that had any.
    RecentOutcomes,
}

/// Percentiles of Kelly's risk fraction over the posterior of the win rate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema), schemars(rename = "PositionInterval"))]
pub struct Interval {
    /// The 10th.
    pub p10: f64,
    /// The median.
    pub p50: f64,
    /// The 90th.
    pub p90: f64,
}

/// What lowers the size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema), schemars(rename = "PositionBrakeName"))]
#[serde(rename_all = "snake_case")]
pub enum BrakeName {
    /// The chosen part of Kelly's fraction.
    KellyFraction,
    /// Volatility above its target.
    VolatilityTarget,
    /// A benchmark well below its high.
    Drawdown,
    /// Most symbols move against the class.
    Breadth,
    /// A size too small to bother is none. Present when `position.floor` is set.
    Floor,
    /// The most that may be at risk on one position.
    Cap,
}

/// One brake and what it made of the size.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema), schemars(rename = "PositionBrake"))]
pub struct Brake {
    /// Which.
    pub name: BrakeName,
    /// What the size was multiplied with, 0 … 1; null when what it rests on is unknown, and the size was left as it was.
    pub factor: Option<f64>,
    /// Why there is none.
    pub factor_reason: Option<String>,
    /// The size after it.
    pub result: Option<f64>,
    /// Why there is none.
    pub result_reason: Option<String>,
    /// What it rests on: `kelly_shrunk`, the volatility, the drawdown, the opposing share, the size before it.
    pub measured: Option<f64>,
    /// Why there is none.
    pub measured_reason: Option<String>,
}

/// Outcomes of one side.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema), schemars(rename = "PositionRecord"))]
pub struct Record {
    /// Outcomes.
    pub n: u64,
    /// Those that won (R above 0).
    pub wins: u64,
    /// `wins / n`.
    pub win_rate: Option<f64>,
    /// Why there is none.
    pub win_rate_reason: Option<String>,
    /// Mean R of those that won.
    pub mean_win_r: Option<f64>,
    /// Why there is none.
    pub mean_win_r_reason: Option<String>,
    /// Mean −R of those that did not win, positive.
    pub mean_loss_r: Option<f64>,
    /// Why there is none.
    pub mean_loss_r_reason: Option<String>,
    /// Kelly's risk fraction at the posterior mean of the win rate.
    pub kelly_shrunk: Option<f64>,
    /// Why there is none.
    pub kelly_shrunk_reason: Option<String>,
}

/// Outcomes of one side's hits made while one class stood.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema), schemars(rename = "PositionClassRecord"))]
pub struct ClassRecord {
    /// The class that stood when the hits were scanned.
    pub class: Class,
    /// Side of the hits.
    pub side: Side,
    /// What became of them.
    #[serde(flatten)]
    pub record: Record,
    /// `kelly_shrunk` of the side over all classes; given while `n` is under 30.
    pub pooled_kelly_shrunk: Option<f64>,
    /// Why there is none.
    pub pooled_kelly_shrunk_reason: Option<String>,
}

/// How rough the market is, by its benchmark.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema), schemars(rename = "PositionRisk"))]
pub struct Risk {
    /// Symbol of the benchmark.
    pub benchmark: Option<String>,
    /// Why there is none.
    pub benchmark_reason: Option<String>,
    /// Annualized standard deviation of the daily log returns, exponentially weighted with λ = 0.94.
    pub volatility: Option<f64>,
    /// Why there is none.
    pub volatility_reason: Option<String>,
    /// The daily log return of the last 252 sessions that 5 % were worse than, as a loss (positive).
    pub var_95: Option<f64>,
    /// Why there is none.
    pub var_95_reason: Option<String>,
    /// Mean of the worst 5 % of them, as a loss (positive).
    pub cvar_95: Option<f64>,
    /// Why there is none.
    pub cvar_95_reason: Option<String>,
    /// How far the close is below the highest close of the last 252 sessions, fewer in the first year; 0 … 1.
    pub drawdown: Option<f64>,
    /// Why there is none.
    pub drawdown_reason: Option<String>,
    /// The furthest any close was below the highest one before it; 0 … 1.
    pub max_drawdown: Option<f64>,
    /// Why there is none.
    pub max_drawdown_reason: Option<String>,
    /// Probability that equity ever falls to 80 % of the start at the chosen fraction of Kelly.
    pub fall_to_80_probability: f64,
    /// Probability that equity ever falls to 50 % of the start at the chosen fraction of Kelly.
    pub fall_to_50_probability: f64,
    /// What the figures are held against.
    pub limits: Limits,
}

/// What the figures are held against. Settings, and what follows from them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema), schemars(rename = "PositionLimits"))]
pub struct Limits {
    /// Annual volatility above which sizes shrink.
    pub volatility: f64,
    /// Daily value at risk of a normal market whose volatility is at its limit.
    pub var_95: f64,
    /// The same for the conditional one.
    pub cvar_95: f64,
    /// Drawdown above which sizes are halved.
    pub drawdown: f64,
    /// Drawdown above which sizes are quartered.
    pub severe_drawdown: f64,
    /// Most of equity at risk on one position.
    pub cap: f64,
    /// Size below which there is no position; 0 for none.
    pub floor: f64,
    /// Chosen part of Kelly's fraction.
    pub fraction: f64,
    /// Correlation assumed between positions.
    pub correlation: f64,
}

/// What to do, in words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema), schemars(rename = "PositionGuidance"))]
pub struct Guidance {
    /// Up to four.
    pub sentences: Vec<Sentence>,
    /// How good the advice was so far.
    pub score: Score,
}

/// What a sentence is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema), schemars(rename = "PositionTopic"))]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// Which side, and whether to take a position at all.
    Side,
    /// How much, and where the stop is.
    Size,
    /// How many positions.
    Count,
    /// Which brake binds, and what would change it.
    Brake,
}

/// One sentence of advice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema), schemars(rename = "PositionSentence"))]
pub struct Sentence {
    /// What it is about.
    pub topic: Topic,
    /// The sentence. Every figure in it is one of `fields`, rounded.
    pub text: String,
    /// Paths of the fields it rests on, from the worker's output on.
    pub fields: Vec<String>,
}

/// Growth of the logarithm of equity over the outcomes of hits a side was preferred and a size was known for.
///
/// As if these trades came one after the other, each with the size that was known in the scan that made the hit. An
/// outcome on a bar that is suspect is left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema), schemars(rename = "PositionScore"))]
pub struct Score {
    /// With half of `kelly_shrunk`.
    pub half_kelly: Option<f64>,
    /// Why there is none.
    pub half_kelly_reason: Option<String>,
    /// With `kelly_shrunk`.
    pub full_kelly: Option<f64>,
    /// Why there is none.
    pub full_kelly_reason: Option<String>,
    /// With 1 % of equity at risk.
    pub fixed_1pct: Option<f64>,
    /// Why there is none.
    pub fixed_1pct_reason: Option<String>,
    /// With `risk_fraction_each`: the advice itself for who takes every hit, brakes and cap included.
    pub advised: Option<f64>,
    /// Why there is none.
    pub advised_reason: Option<String>,
    /// Without a position: 0.
    pub nothing: Option<f64>,
    /// Why there is none.
    pub nothing_reason: Option<String>,
    /// Outcomes.
    pub n: u64,
}

//! Output of the timeframe worker.
//!
//! Several benchmarks share a stored result, so a `<name>_reason` is written only where the value is null.

use crate::Date;
use serde::{Deserialize, Serialize};

/// All parts, one per endpoint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema), schemars(rename = "TimeframeOutput"))]
pub struct Output {
    /// Bars of one session.
    pub daily: Frame,
    /// Bars of one week, Monday to Sunday.
    pub weekly: Frame,
    /// Bars of one calendar month.
    pub monthly: Frame,
    /// What the three say together.
    pub all: All,
}

/// Trends on bars of one length.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema), schemars(rename = "TimeframeFrame"))]
pub struct Frame {
    /// Long among all hits of the sessions of the newest completed bar, 0 … 1.
    pub hits_share: Option<f64>,
    /// Why there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hits_share_reason: Option<String>,
    /// One row per benchmark with a bar in this scan.
    pub benchmarks: Vec<Trend>,
    /// The equal-weight universe: 100 in its first session, moved by the mean log return of its symbols.
    pub universe: Trend,
}

/// Direction of a trend by its strength.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema), schemars(rename = "TimeframeLabel"))]
#[serde(rename_all = "lowercase")]
pub enum Label {
    /// Strength over 0.25.
    Up,
    /// Strength from −0.25 to 0.25.
    Flat,
    /// Strength under −0.25.
    Down,
}

/// Trend of one price on bars of one length. Everything but `forming` speaks of completed bars alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema), schemars(rename = "TimeframeTrend"))]
pub struct Trend {
    /// The benchmark, or the name of the universe.
    pub symbol: String,
    /// −1 … 1: mean of the signs of close − SMA10 and of the change of SMA10, (RSI14 − 50)/50, and 2·`hits_share` − 1
    /// if there were hits.
    pub strength: Option<f64>,
    /// Why there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strength_reason: Option<String>,
    /// Direction.
    pub label: Option<Label>,
    /// Why there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label_reason: Option<String>,
    /// Wilder's relative strength index over 14 bars, 0 … 100.
    pub rsi14: Option<f64>,
    /// Why there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rsi14_reason: Option<String>,
    /// Mean close of the last 10 bars, in price.
    pub sma10: Option<f64>,
    /// Why there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sma10_reason: Option<String>,
    /// Completed bars so far.
    pub bars: u32,
    /// The newest completed bar.
    pub completed: Option<Bar>,
    /// Why there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completed_reason: Option<String>,
    /// The bar under way, so far.
    pub forming: Option<Bar>,
    /// Why there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forming_reason: Option<String>,
}

/// One bar of any length, in price.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema), schemars(rename = "TimeframeBar"))]
pub struct Bar {
    /// First session in it.
    pub from: Date,
    /// Last session in it.
    pub to: Date,
    /// Sessions in it.
    pub sessions: u32,
    /// Price of the first trade; of the universe, its close before.
    pub open: f64,
    /// Highest price; of the universe, the highest of open and closes.
    pub high: f64,
    /// Lowest price; of the universe, the lowest of open and closes.
    pub low: f64,
    /// Price of the last trade.
    pub close: f64,
}

/// What the three frames say together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema), schemars(rename = "TimeframeAll"))]
pub struct All {
    /// The frames of the universe, shortest first.
    pub frames: Vec<Part>,
    /// How they agree, of the universe.
    #[serde(flatten)]
    pub alignment: Alignment,
    /// How they agree, of each benchmark.
    pub benchmarks: Vec<Aligned>,
}

/// One frame of the universe.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema), schemars(rename = "TimeframePart"))]
pub struct Part {
    /// Which one: `daily`, `weekly` or `monthly`.
    pub frame: String,
    /// Its weight, 0 … 1; the three sum to 1.
    pub weight: f64,
    /// Strength of the trend, −1 … 1.
    pub strength: Option<f64>,
    /// Why there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strength_reason: Option<String>,
    /// Direction.
    pub label: Option<Label>,
    /// Why there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label_reason: Option<String>,
}

/// How the frames agree, of one benchmark.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema), schemars(rename = "TimeframeAligned"))]
pub struct Aligned {
    /// The benchmark.
    pub symbol: String,
    /// How they agree.
    #[serde(flatten)]
    pub alignment: Alignment,
}

/// How frames agree. A frame without a strength takes no part; fewer than two frames say nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema), schemars(rename = "TimeframeAlignment"))]
pub struct Alignment {
    /// Σ weight·strength / Σ weight·|strength|, −1 … 1; null when flat.
    pub direction: Option<f64>,
    /// Why there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub direction_reason: Option<String>,
    /// 100 · `direction`, −100 … 100.
    pub alignment: Option<f64>,
    /// Why there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alignment_reason: Option<String>,
    /// Weighted share of the frames that point the way of `direction` by more than 0.05; 0 … 1.
    pub agreement: Option<f64>,
    /// Why there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement_reason: Option<String>,
    /// Whether no frame points anywhere: the weighted mean of |strength| is under 0.05.
    pub flat: Option<bool>,
    /// Why that is unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flat_reason: Option<String>,
}

//! Output of the index worker.
//!
//! Up to eight benchmarks fill a stored result, so a `<name>_reason` is written only where the value is null.

use crate::Date;
use serde::{Deserialize, Serialize};

/// All parts, one per endpoint. Each holds the same benchmarks in the same order: those with a bar in this scan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema), schemars(rename = "IndexOutput"))]
pub struct Output {
    /// Where the benchmarks stand against their averages.
    pub sma: Sma,
    /// How they move.
    pub momentum: Momentum,
    /// Where price and what stands behind it part.
    pub divergence: Divergence,
}

/// Where the benchmarks stand against their averages.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema), schemars(rename = "IndexSma"))]
pub struct Sma {
    /// One row per benchmark.
    pub benchmarks: Vec<Averages>,
}

/// One benchmark against its averages.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema), schemars(rename = "IndexAverages"))]
pub struct Averages {
    /// The benchmark.
    pub symbol: String,
    /// Its close, in price.
    pub close: f64,
    /// close / close of the bar before − 1; 0.01 is 1 %.
    pub change: Option<f64>,
    /// Why there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change_reason: Option<String>,
    /// Averages over 20, 50, 100 and 200 bars.
    pub sma: Vec<Average>,
    /// The last crossing of SMA50 and SMA200.
    pub cross: Option<Cross>,
    /// Why there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cross_reason: Option<String>,
}

/// One average of closes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema), schemars(rename = "IndexAverage"))]
pub struct Average {
    /// Span in bars.
    pub n: u32,
    /// The average, in price.
    pub value: Option<f64>,
    /// Why there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value_reason: Option<String>,
    /// close / average − 1; 0.01 is 1 % above it.
    pub distance: Option<f64>,
    /// Why there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distance_reason: Option<String>,
    /// average / average 5 bars ago − 1; 0.01 is a rise of 1 % in 5 sessions.
    pub slope: Option<f64>,
    /// Why there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slope_reason: Option<String>,
    /// Bars in a row with a close above the average; negative: below it; 0: on it.
    pub streak: Option<i32>,
    /// Why there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub streak_reason: Option<String>,
}

/// Which way SMA50 crossed SMA200.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema), schemars(rename = "IndexCrossKind"))]
#[serde(rename_all = "lowercase")]
pub enum CrossKind {
    /// To above it.
    Golden,
    /// To below it.
    Death,
}

/// A crossing of SMA50 and SMA200.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema), schemars(rename = "IndexCross"))]
pub struct Cross {
    /// Which way.
    pub kind: CrossKind,
    /// Sessions since; 0 in the session of the crossing.
    pub sessions: u32,
}

/// How the benchmarks move.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema), schemars(rename = "IndexMomentum"))]
pub struct Momentum {
    /// One row per benchmark.
    pub benchmarks: Vec<Motion>,
}

/// How one benchmark moves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema), schemars(rename = "IndexMotion"))]
pub struct Motion {
    /// The benchmark.
    pub symbol: String,
    /// Wilder's relative strength index over 14 bars, 0 … 100.
    pub rsi14: Option<f64>,
    /// Why there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rsi14_reason: Option<String>,
    /// EMA12 − EMA26 of closes, in price.
    pub macd: Option<f64>,
    /// Why there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub macd_reason: Option<String>,
    /// EMA9 of `macd`, in price.
    pub macd_signal: Option<f64>,
    /// Why there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub macd_signal_reason: Option<String>,
    /// `macd` − `macd_signal`, in price.
    pub macd_histogram: Option<f64>,
    /// Why there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub macd_histogram_reason: Option<String>,
    /// Whether the start of the averages has worn off: 104 bars, 4 × 26.
    pub macd_ready: bool,
    /// Rates of change over 5, 10, 20 and 60 bars.
    pub roc: Vec<Roc>,
    /// Wilder's average directional index over 14 bars, 0 … 100.
    pub adx14: Option<f64>,
    /// Why there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adx14_reason: Option<String>,
    /// Wilder's average true range over 14 bars / close; 0.01 is 1 %.
    pub atr14_share: Option<f64>,
    /// Why there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub atr14_share_reason: Option<String>,
    /// Exponentially weighted volatility (λ = 0.94) of a year of 252 sessions; 0.15 is 15 %.
    pub volatility: Option<f64>,
    /// Why there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volatility_reason: Option<String>,
}

/// One rate of change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema), schemars(rename = "IndexRoc"))]
pub struct Roc {
    /// Bars back.
    pub n: u32,
    /// close / close `n` bars ago − 1; 0.01 is 1 %.
    pub value: Option<f64>,
    /// Why there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value_reason: Option<String>,
}

/// Where price and what stands behind it part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema), schemars(rename = "IndexDivergence"))]
pub struct Divergence {
    /// One row per benchmark.
    pub benchmarks: Vec<Divergences>,
}

/// Divergences of one benchmark.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema), schemars(rename = "IndexDivergences"))]
pub struct Divergences {
    /// The benchmark.
    pub symbol: String,
    /// The newest of each measure, if it was confirmed within the last 10 sessions; newest first. Of more than 18 over
    /// all benchmarks the oldest are left out, those of the last benchmarks first.
    pub divergences: Vec<Event>,
}

/// What a price is measured against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema), schemars(rename = "IndexMeasure"))]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Running sum of advances − declines of the universe.
    AdLine,
    /// Share of the universe above its SMA50, 0 … 1.
    AboveSma50Share,
    /// Relative strength index of the benchmark, 0 … 100.
    Rsi14,
}

/// What a divergence warns of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema), schemars(rename = "IndexKind"))]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A lower low in price with a higher low in the measure.
    Bullish,
    /// A higher high in price with a lower high in the measure.
    Bearish,
}

/// A price and its measure part between two pivots.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema), schemars(rename = "IndexEvent"))]
pub struct Event {
    /// What the price is measured against.
    pub measure: Measure,
    /// What it warns of.
    pub kind: Kind,
    /// Session in which the second pivot was confirmed, 3 bars after it: nobody could know before.
    pub confirmed: Date,
    /// The earlier pivot.
    pub first: Pivot,
    /// The later pivot.
    pub second: Pivot,
}

/// A swing high or low.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema), schemars(rename = "IndexPivot"))]
pub struct Pivot {
    /// Its session.
    pub session: Date,
    /// High of the bar, or its low.
    pub price: f64,
    /// The measure in that session.
    pub value: f64,
}

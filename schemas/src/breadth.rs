//! Output of the breadth worker.

use crate::Date;
use serde::{Deserialize, Serialize};

/// All parts, one per endpoint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema), schemars(rename = "BreadthOutput"))]
pub struct Output {
    /// Advances and declines, and what is made of them.
    pub current: Current,
    /// Symbols above their averages.
    pub sma: Sma,
    /// Volume behind the advances and declines.
    pub volume: Volume,
}

/// Advances and declines, and what is made of them.
///
/// Cumulative values (`ad_line`, the McClellan figures, `zweig_ema10`) hold still on a data fault.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema), schemars(rename = "BreadthCurrent"))]
pub struct Current {
    /// Symbols with a close above the previous one.
    pub advances: u32,
    /// Symbols with a close below the previous one.
    pub declines: u32,
    /// Symbols with a close equal to the previous one.
    pub unchanged: u32,
    /// Advances − declines.
    pub net_advances: i64,
    /// Advances / (advances + declines), 0 … 1.
    pub advance_share: Option<f64>,
    /// Why there is none.
    pub advance_share_reason: Option<String>,
    /// Running sum of `net_advances` since the first session.
    pub ad_line: i64,
    /// Symbols with a high at or above the highest of their last 252 bars.
    pub new_highs: u32,
    /// Symbols with a low at or below the lowest of their last 252 bars.
    pub new_lows: u32,
    /// The same on closes.
    pub new_highs_close: u32,
    /// The same on closes.
    pub new_lows_close: u32,
    /// New highs / (new highs + new lows), 0 … 1.
    pub record_high_share: Option<f64>,
    /// Why there is none.
    pub record_high_share_reason: Option<String>,
    /// Mean of the last 10 `record_high_share`; sessions without one are left out. 0 … 1.
    pub high_low_index: Option<f64>,
    /// Why there is none.
    pub high_low_index_reason: Option<String>,
    /// Ratio-adjusted net advances, 1000 · (A − D)/(A + D), −1000 … 1000.
    pub rana: Option<f64>,
    /// Why there is none.
    pub rana_reason: Option<String>,
    /// EMA of RANA with α = 0.10.
    pub mcclellan_ema19: Option<f64>,
    /// Why there is none.
    pub mcclellan_ema19_reason: Option<String>,
    /// EMA of RANA with α = 0.05.
    pub mcclellan_ema39: Option<f64>,
    /// Why there is none.
    pub mcclellan_ema39_reason: Option<String>,
    /// `mcclellan_ema19` − `mcclellan_ema39`.
    pub mcclellan_oscillator: Option<f64>,
    /// Why there is none.
    pub mcclellan_oscillator_reason: Option<String>,
    /// Running sum of the oscillator since the first session.
    pub mcclellan_summation: Option<f64>,
    /// Why there is none.
    pub mcclellan_summation_reason: Option<String>,
    /// EMA of `advance_share` with α = 2/11, 0 … 1.
    pub zweig_ema10: Option<f64>,
    /// Why there is none.
    pub zweig_ema10_reason: Option<String>,
    /// The breadth thrust.
    pub zweig_thrust: Thrust,
    /// One row per sector with a name, at most 32 (those with the most symbols), in the scan's order.
    pub sectors: Vec<Sector>,
}

/// Zweig's breadth thrust: `zweig_ema10` from below 0.40 to above 0.615 within 10 sessions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema), schemars(rename = "BreadthThrust"))]
pub struct Thrust {
    /// A thrust came and `zweig_ema10` has not been below 0.40 since.
    pub active: bool,
    /// Session of the last thrust.
    pub session: Option<Date>,
    /// Why there is none.
    pub session_reason: Option<String>,
}

/// Breadth of one sector.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema), schemars(rename = "BreadthSector"))]
pub struct Sector {
    /// Its name.
    pub sector: String,
    /// Eligible symbols in it.
    pub symbols: u32,
    /// Those with a close above the previous one.
    pub advances: u32,
    /// Those with a close below the previous one.
    pub declines: u32,
    /// Of those with 50 bars, the share above their SMA50, 0 … 1.
    pub above_sma50_share: Option<f64>,
    /// Why there is none.
    pub above_sma50_share_reason: Option<String>,
}

/// Symbols above their averages.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema), schemars(rename = "BreadthSma"))]
pub struct Sma {
    /// One row per span, shortest first.
    pub averages: Vec<Average>,
}

/// Symbols above one average.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema), schemars(rename = "BreadthAverage"))]
pub struct Average {
    /// Span in bars.
    pub n: u32,
    /// Symbols with a close above the average.
    pub above: u32,
    /// Symbols with `n` bars: the denominator.
    pub have: u32,
    /// `above / have`, 0 … 1.
    pub share: Option<f64>,
    /// Why there is none.
    pub share_reason: Option<String>,
    /// `share` less that of the last sound close scan before this one, −1 … 1.
    pub change_share: Option<f64>,
    /// Why there is none.
    pub change_share_reason: Option<String>,
    /// Symbols that came above the average with this bar: the 20 largest by traded value, largest first.
    pub crossed_up: Vec<String>,
    /// Symbols that left it with this bar: the 20 largest by traded value, largest first.
    pub crossed_down: Vec<String>,
}

/// Which way most of the volume went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema), schemars(rename = "BreadthNinetyPercentDay"))]
#[serde(rename_all = "lowercase")]
pub enum NinetyPercentDay {
    /// At least 0.9 of the volume that moved is in advancing symbols.
    Up,
    /// At least 0.9 of the volume that moved is in declining symbols.
    Down,
}

/// Volume behind the advances and declines, in units traded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema), schemars(rename = "BreadthVolume"))]
pub struct Volume {
    /// Volume of the advancing symbols.
    pub up_volume: f64,
    /// Volume of the declining symbols.
    pub down_volume: f64,
    /// Volume of the unchanged symbols.
    pub unchanged_volume: f64,
    /// Up volume / (up volume + down volume), 0 … 1.
    pub up_volume_share: Option<f64>,
    /// Why there is none.
    pub up_volume_share_reason: Option<String>,
    /// Arms index, (A/D)/(AV/DV): under 1 when the advancing symbols have more than their share of the volume.
    pub trin: Option<f64>,
    /// Why there is none.
    pub trin_reason: Option<String>,
    /// Open TRIN, (ΣA/ΣD)/(ΣAV/ΣDV) over the last 10 sessions.
    pub trin_open10: Option<f64>,
    /// Why there is none.
    pub trin_open10_reason: Option<String>,
    /// Whether 0.9 of the volume went one way.
    pub ninety_percent_day: Option<NinetyPercentDay>,
    /// Why there is none.
    pub ninety_percent_day_reason: Option<String>,
    /// Running sum of up volume − down volume since the first session; holds still on a data fault.
    pub volume_line: f64,
}

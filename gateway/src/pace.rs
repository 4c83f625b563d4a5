//! The pace of the market: how long a scan follows the one before it.

use bellwether_schemas::{Date, Timestamp};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr, time::Duration};

/// The pause between two sessions at the speed of 1: nights, weekends and holidays are passed over.
const BETWEEN_SESSIONS: Duration = Duration::from_secs(1);
const SLOWEST: f64 = 0.1;
const FASTEST: f64 = 10_000.0;

/// How fast the past is run.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Speed {
    /// As fast as it can be computed.
    Max,
    /// With the pauses with which the messages were stored.
    Original,
    /// By market time, so many times as fast.
    Times(f64),
}

/// When a scan stands in the market's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Session it belongs to.
    pub session: Date,
    /// Instant it speaks of.
    pub as_of: Timestamp,
}

impl Speed {
    /// How long `next` follows `before`. Within a session as long as it did in the market; the first scan of a session
    /// one second after the last of the session before, for nobody waits for a market that is closed.
    pub fn pause(self, before: Moment, next: Moment) -> Duration {
        let Self::Times(times) = self else { return Duration::ZERO };
        let gap = match before.session == next.session {
            true => Duration::try_from(next.as_of.duration_since(before.as_of)).unwrap_or_default(),
            false => BETWEEN_SESSIONS,
        };
        gap.div_f64(times)
    }
}

impl FromStr for Speed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "max" => return Ok(Self::Max),
            "original" => return Ok(Self::Original),
            _ => {}
        }
        let times = text.strip_suffix('x').and_then(|times| times.parse::<f64>().ok());
        match times.filter(|times| (SLOWEST..=FASTEST).contains(times)) {
            Some(times) => Ok(Self::Times(times)),
            None => Err(format!("expected max, original, or {SLOWEST}x to {FASTEST}x, e.g. 60x")),
        }
    }
}

impl fmt::Display for Speed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Max => f.write_str("max"),
            Self::Original => f.write_str("original"),
            Self::Times(times) => write!(f, "{times}x"),
        }
    }
}

impl TryFrom<String> for Speed {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Speed> for String {
    fn from(speed: Speed) -> Self {
        speed.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(session: &str, time: &str) -> Moment {
        Moment { session: session.parse().unwrap(), as_of: format!("{session}T{time}Z").parse().unwrap() }
    }

    #[test]
    fn a_session_lasts_as_long_as_it_did_and_closed_hours_are_passed_over() {
        let (morning, later) = (at("2026-11-20", "14:35:00"), at("2026-11-20", "14:40:00"));
        assert_eq!(Speed::Times(60.0).pause(morning, later), Duration::from_secs(5));
        assert_eq!(Speed::Times(2.0).pause(later, at("2026-11-23", "21:00:00")), Duration::from_millis(500));
        assert_eq!(Speed::Max.pause(morning, later), Duration::ZERO);
    }

    #[test]
    fn speeds_read_back_as_written_and_nonsense_is_refused() {
        for text in ["max", "original", "60x", "0.5x"] {
            assert_eq!(text.parse::<Speed>().unwrap().to_string(), text);
        }
        for bad in ["", "x", "0x", "-1x", "NaNx", "infx", "60", "fast", "20000x"] {
            assert!(bad.parse::<Speed>().is_err(), "{bad}");
        }
    }
}

use crate::{calendar::Length, frame::Course, series::Series, strength};
use bellwether_schemas::timeframe::{Bar, Trend};
use bellwether_worker::split;
use serde::{Deserialize, Serialize};

/// One price in the three frames, shortest first.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Track {
    series: [Series; 3],
}

impl Track {
    /// The price after a session, in which it may have had no bar.
    pub(crate) fn after(&self, session: Option<Bar>, courses: &[Course; 3]) -> Self {
        let mut next = self.clone();
        for (series, course) in next.series.iter_mut().zip(courses) {
            if course.starts {
                series.complete();
            }
            if let Some(session) = session.filter(|_| course.extends) {
                series.extend(session);
            }
            if course.ends {
                series.complete();
            }
        }
        next
    }

    /// Strengths in the three frames; `hits` are the frames' shares of long hits.
    pub(crate) fn strengths(&self, hits: &[Option<f64>; 3]) -> [Result<f64, String>; 3] {
        std::array::from_fn(|at| strength::strength(&self.series[at], hits[at]))
    }

    /// The row of the frame at `at`.
    pub(crate) fn trend(&self, at: usize, symbol: &str, strength: Result<f64, String>) -> Trend {
        let (series, noun) = (&self.series[at], Length::ALL[at].noun());
        let (label, label_reason) = split(strength.clone().map(strength::label));
        let (strength, strength_reason) = split(strength);
        let (rsi14, rsi14_reason) = split(series.rsi14());
        let (sma10, sma10_reason) = split(series.sma10());
        let (completed, completed_reason) = split(series.completed.ok_or_else(|| format!("no {noun} completed yet")));
        let (forming, forming_reason) = split(series.forming.ok_or_else(|| format!("the {noun} has closed")));
        Trend {
            symbol: symbol.to_owned(),
            strength,
            strength_reason,
            label,
            label_reason,
            rsi14,
            rsi14_reason,
            sma10,
            sma10_reason,
            bars: series.bars,
            completed,
            completed_reason,
            forming,
            forming_reason,
        }
    }
}

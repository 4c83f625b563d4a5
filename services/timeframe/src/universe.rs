//! The equal-weight universe as a price.

use crate::series::session;
use bellwether_schemas::{Date, timeframe::Bar};
use serde::{Deserialize, Serialize};

/// Level of the first session.
const BASE: f64 = 100.0;

/// Bound of the logarithm: more than any market moves, less than a number holds.
const MOST: f64 = 600.0;

/// Level of the universe, moved by the mean log return of its symbols.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Level {
    /// ln(level / base); null before the first session.
    log: Option<f64>,
}

impl Level {
    /// The level after a session, and its bar: from the last close to the new one, as nothing is known in between.
    ///
    /// The first session is the base. A later one without a return has no bar.
    pub(crate) fn after(self, date: Date, log_return: Option<f64>) -> (Self, Option<Bar>) {
        let (open, close) = match (self.log, log_return) {
            (None, _) => (0.0, 0.0),
            (Some(log), Some(change)) => (log, (log + change).clamp(-MOST, MOST)),
            (Some(_), None) => return (self, None),
        };
        let next = Self { log: Some(close) };
        let (open, close) = (price(open), price(close));
        (next, Some(session(date, open, open.max(close), open.min(close), close)))
    }
}

fn price(log: f64) -> f64 {
    BASE * libm::exp(log)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bellwether_schemas::fixture;

    #[test]
    fn it_starts_at_100_and_compounds() {
        let date = fixture::session(1);
        let (level, first) = Level::default().after(date, None);
        assert_eq!(first, Some(session(date, 100.0, 100.0, 100.0, 100.0)));
        let (level, rise) = level.after(date, Some(libm::log(1.1)));
        assert!((rise.unwrap().close - 110.0).abs() < 1e-9 && rise.unwrap().open == 100.0);
        let (_, fall) = level.after(date, Some(libm::log(0.5)));
        let fall = fall.unwrap();
        assert!((fall.close - 55.0).abs() < 1e-9 && fall.high == fall.open && fall.low == fall.close);
    }

    #[test]
    fn a_session_without_a_return_has_no_bar_and_absurd_ones_stay_finite() {
        let (level, _) = Level::default().after(fixture::session(1), None);
        assert_eq!(level.after(fixture::session(2), None), (level, None));
        let (level, up) = level.after(fixture::session(2), Some(f64::MAX));
        let (_, down) = level.after(fixture::session(3), Some(f64::MIN));
        assert!(up.unwrap().close.is_finite() && down.unwrap().close > 0.0);
    }
}

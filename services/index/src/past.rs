//! What the universe did in the last sessions, for the pivots that fall on them.

use bellwether_schemas::{Date, Scan, breadth::Output};
use serde::{Deserialize, Serialize};
use std::{collections::VecDeque, time::Duration};

/// Sessions kept: 60 from pivot to pivot, 3 or so to its confirmation, 10 in which a divergence is shown.
pub(crate) const KEPT: usize = 75;

const DAY: u64 = 86_400;
const EPOCH: Date = Date::constant(1970, 1, 1);

/// The last sessions, oldest first, numbered from 1 as they were folded.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Past {
    pub(crate) folded: u32,
    sessions: VecDeque<Moment>,
}

/// The universe in one session. Kept as a row of numbers: named fields and a date in words would take 60 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(from = "Packed", into = "Packed")]
pub(crate) struct Moment {
    pub(crate) session: Date,
    pub(crate) ad_line: Option<i64>,
    /// Symbols above their SMA50, and those that have one.
    above: Option<(u32, u32)>,
}

type Packed = (i64, Option<i64>, Option<(u32, u32)>);

impl Past {
    /// The sessions with one more.
    pub(crate) fn after(&self, moment: Moment) -> Self {
        let mut sessions = self.sessions.clone();
        sessions.push_back(moment);
        sessions.drain(..sessions.len().saturating_sub(KEPT));
        Self { folded: self.folded.saturating_add(1), sessions }
    }

    /// The session of this number, if it is kept.
    pub(crate) fn at(&self, number: u32) -> Option<&Moment> {
        let ago = self.folded.checked_sub(number)? as usize;
        self.sessions.get(self.sessions.len().checked_sub(ago + 1)?)
    }
}

impl Moment {
    /// The scan's session without a breadth that could be trusted.
    pub(crate) fn blank(scan: &Scan) -> Self {
        Self { session: scan.session, ad_line: None, above: None }
    }

    /// The scan's session with its breadth.
    pub(crate) fn of(scan: &Scan, breadth: &Output) -> Self {
        let average = breadth.sma.averages.iter().find(|average| average.n == 50 && average.have > 0);
        Self {
            ad_line: Some(breadth.current.ad_line),
            above: average.map(|average| (average.above, average.have)),
            ..Self::blank(scan)
        }
    }

    /// Share of the universe above its SMA50, 0 … 1.
    pub(crate) fn above_share(&self) -> Option<f64> {
        self.above.map(|(above, have)| f64::from(above) / f64::from(have))
    }
}

impl From<Packed> for Moment {
    fn from((day, ad_line, above): Packed) -> Self {
        let away = Duration::from_secs(day.unsigned_abs() * DAY);
        let session = if day < 0 { EPOCH.saturating_sub(away) } else { EPOCH.saturating_add(away) };
        Self { session, ad_line, above }
    }
}

impl From<Moment> for Packed {
    fn from(Moment { session, ad_line, above }: Moment) -> Self {
        (session.duration_since(EPOCH).as_secs() / DAY as i64, ad_line, above)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bellwether_schemas::fixture;

    fn moment(ordinal: u64) -> Moment {
        Moment { ad_line: Some(ordinal as i64), ..Moment::blank(&fixture::scan(ordinal, &fixture::moved(1, 0, 0))) }
    }

    #[test]
    fn sessions_are_found_by_number_while_they_are_kept() {
        let past = (1..=100).fold(Past::default(), |past, ordinal| past.after(moment(ordinal)));
        assert_eq!(past.at(100), Some(&moment(100)));
        assert_eq!(past.at(26), Some(&moment(26)));
        assert_eq!((past.at(25), past.at(101), past.at(0)), (None, None, None));
    }

    #[test]
    fn a_date_survives_its_packing() {
        for session in [Date::MIN, Date::MAX, Date::constant(1950, 1, 3), EPOCH, Date::constant(2012, 2, 29)] {
            let moment = Moment { session, ..moment(1) };
            assert_eq!(Moment::from(Packed::from(moment)), moment);
        }
    }
}

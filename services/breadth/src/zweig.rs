//! Zweig's breadth thrust.
//!
//! Source: M. Zweig, Winning on Wall Street (1986): the 10-session EMA of A/(A + D) rises from below 0.40 to above 0.615
//! within 10 sessions. The sessions are counted from the last one below 0.40, which is session 0.

use bellwether_schemas::{Date, breadth::Thrust};
use serde::{Deserialize, Serialize};

const ALPHA: f64 = 2.0 / 11.0;
const LOW: f64 = 0.40;
const HIGH: f64 = 0.615;
const SESSIONS: u32 = 10;

/// The average and how far a thrust has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Zweig {
    pub(crate) ema10: Option<f64>,
    /// Sessions since the average was last below [`LOW`]; `None` when that is too long ago, or a thrust came since.
    since_low: Option<u32>,
    active: bool,
    last: Option<Date>,
}

impl Zweig {
    /// A session without a share leaves the average as it is, but it is a session.
    pub(crate) fn after(&self, advance_share: Option<f64>, session: Date) -> Self {
        let moved = |ema: f64, share: f64| ema + ALPHA * (share - ema);
        let ema10 = match (self.ema10, advance_share) {
            (Some(ema), Some(share)) => Some(moved(ema, share)),
            (ema, share) => ema.or(share),
        };
        let since_low = self.since_low.map(|sessions| sessions + 1).filter(|sessions| *sessions <= SESSIONS);
        let next = Self { ema10, since_low, ..*self };
        match ema10 {
            Some(ema) if ema < LOW => Self { since_low: Some(0), active: false, ..next },
            Some(ema) if ema > HIGH && since_low.is_some() => {
                Self { since_low: None, active: true, last: Some(session), ..next }
            }
            _ => next,
        }
    }

    pub(crate) fn thrust(&self) -> Thrust {
        let (session, session_reason) = crate::split(self.last.ok_or_else(|| "no thrust so far".to_owned()));
        Thrust { active: self.active, session, session_reason }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bellwether_schemas::fixture::session;

    /// A state whose average was below 0.40 `sessions` ago and stands at 0.5.
    fn waiting(sessions: u32) -> Zweig {
        Zweig { ema10: Some(0.5), since_low: Some(sessions), active: false, last: None }
    }

    /// The share that lifts an average of 0.5 above 0.615 at once would be over 1, so the state is lifted instead.
    fn lifted(zweig: Zweig) -> Zweig {
        Zweig { ema10: Some(0.61), ..zweig }.after(Some(0.9), session(1))
    }

    #[test]
    fn a_thrust_on_session_10_counts_and_on_11_does_not() {
        let tenth = lifted(waiting(9));
        assert_eq!(tenth.thrust(), Thrust { active: true, session: Some(session(1)), session_reason: None });
        let eleventh = lifted(waiting(10));
        assert!(!eleventh.thrust().active);
        assert!(eleventh.thrust().session_reason.is_some());
    }

    #[test]
    fn ten_sessions_of_real_shares_from_below_040_make_one() {
        let mut zweig = [0.3, 0.3].iter().fold(Zweig::default(), |z, share| z.after(Some(*share), session(1)));
        let mut sessions = 0;
        while !zweig.thrust().active && sessions < 20 {
            sessions += 1;
            zweig = zweig.after(Some(0.9), session(1 + sessions));
        }
        // 0.9 − 0.6·(9/11)^k passes 0.40 at k = 1 and 0.615 at k = 4.
        assert_eq!((sessions, zweig.thrust().session), (4, Some(session(5))));
    }

    #[test]
    fn it_re_arms_below_040_only() {
        let thrust = lifted(waiting(3));
        let again = thrust.after(Some(0.2), session(2)).after(Some(0.9), session(3));
        assert_eq!(again.thrust().session, Some(session(1)), "0.54 to 0.62 without a low is no second thrust");
        let low = (0..10).fold(again, |z, _| z.after(Some(0.0), session(4)));
        assert!(!low.thrust().active);
        assert_eq!(low.thrust().session, Some(session(1)), "the last one stays known");
        assert_eq!(lifted(low).thrust().session, Some(session(1)));
        assert!(lifted(low).thrust().active);
    }

    #[test]
    fn a_session_without_a_share_counts_as_a_session_and_moves_nothing() {
        let zweig = waiting(3).after(None, session(1));
        assert_eq!((zweig.ema10, zweig.since_low), (Some(0.5), Some(4)));
    }
}

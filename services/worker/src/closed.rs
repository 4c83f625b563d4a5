use bellwether_schemas::{Date, Refusal, Scan, Timestamp};
use serde::{Deserialize, Serialize};

/// The last close scan folded by a worker that carries only close scans on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closed {
    session: Date,
    as_of: Timestamp,
}

impl Closed {
    /// Marks `scan` as the last one.
    pub fn of(scan: &Scan) -> Self {
        Self { session: scan.session, as_of: scan.as_of }
    }

    /// Whether `scan` may follow: a session that has closed must not be folded twice.
    ///
    /// # Errors
    /// Refuses a session that is not after the last one, and an instant before it.
    pub fn admit(last: Option<Self>, scan: &Scan) -> Result<(), Refusal> {
        let Some(last) = last else { return Ok(()) };
        if scan.session <= last.session {
            return Err(Refusal::new("session", scan.session, format!("after {}, which has closed", last.session)));
        }
        if scan.as_of < last.as_of {
            return Err(Refusal::new("as_of", scan.as_of, format!("{} or later, as folded before", last.as_of)));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bellwether_schemas::fixture::{intraday, moved, scan};

    #[test]
    fn a_closed_session_does_not_come_again() {
        let day = |ordinal| scan(ordinal, &moved(1, 1, 0));
        let last = Some(Closed::of(&day(5)));
        assert_eq!(Closed::admit(None, &day(5)), Ok(()));
        assert_eq!(Closed::admit(last, &day(6)), Ok(()));
        for again in [day(5), day(4), intraday(day(5), 30)] {
            assert_eq!(Closed::admit(last, &again).unwrap_err().field, "session");
        }
        let mut earlier = day(6);
        earlier.as_of = day(4).as_of;
        assert_eq!(Closed::admit(last, &earlier).unwrap_err().field, "as_of");
    }
}

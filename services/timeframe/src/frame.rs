//! The course of one frame: which period is under way, and the hits pooled over it.

use crate::calendar::Length;
use bellwether_schemas::{Date, Scan};
use serde::{Deserialize, Serialize};

/// Shared by all prices of a frame.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Frame {
    /// First day of the period under way.
    open: Option<Date>,
    /// First day of the last period that ended.
    ended: Option<Date>,
    /// Long and short hits of the period under way.
    pooling: (u64, u64),
    /// Long and short hits of the last period that ended.
    pooled: Option<(u64, u64)>,
}

/// What a scan does to the bars of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Course {
    /// The bars under way are of an earlier period: complete them first.
    pub(crate) starts: bool,
    /// The scan's session belongs to the bars under way.
    pub(crate) extends: bool,
    /// The scan's session is the last of its period: complete the bars after it.
    pub(crate) ends: bool,
}

impl Frame {
    /// The frame after a scan, and what that does to its bars.
    ///
    /// A session that comes after its period has ended (a stray row on a holiday) is left out of the frame: a completed
    /// bar never changes.
    pub(crate) fn after(self, length: Length, scan: &Scan) -> (Self, Course) {
        let period = length.period(scan.session);
        let starts = self.open.is_some_and(|open| open != period);
        let mut next = if starts { self.end() } else { self };
        let extends = next.ended != Some(period);
        if extends {
            let (long, short) = scan.hit_counts();
            next.open = Some(period);
            next.pooling.0 += u64::from(long);
            next.pooling.1 += u64::from(short);
        }
        let ends = extends && length.ends_with(scan);
        (if ends { next.end() } else { next }, Course { starts, extends, ends })
    }

    fn end(self) -> Self {
        Self { open: None, ended: self.open, pooling: (0, 0), pooled: Some(self.pooling) }
    }

    /// Long among all hits of the last period that ended, 0 … 1.
    pub(crate) fn hits_share(&self, length: Length) -> Result<f64, String> {
        let noun = length.noun();
        let (long, short) = self.pooled.ok_or_else(|| format!("no {noun} completed yet"))?;
        if long + short == 0 {
            return Err(format!("no hit in the last {noun}"));
        }
        Ok(long as f64 / (long + short) as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bellwether_schemas::fixture::{moved, scan, with_hits};

    fn day(session: &str, long: u32, short: u32) -> Scan {
        let mut scan = with_hits(scan(1, &moved(1, 0, 0)), long, short);
        scan.session = session.parse().unwrap();
        scan
    }

    fn week(days: &[Scan]) -> (Frame, Vec<Course>) {
        days.iter().fold((Frame::default(), Vec::new()), |(frame, mut courses), day| {
            let (frame, course) = frame.after(Length::Week, day);
            courses.push(course);
            (frame, courses)
        })
    }

    #[test]
    fn hits_are_pooled_over_the_week_that_ended() {
        let (frame, courses) = week(&[day("2024-01-04", 3, 1), day("2024-01-05", 3, 3), day("2024-01-08", 0, 9)]);
        assert_eq!(frame.hits_share(Length::Week), Ok(0.6));
        let ends: Vec<_> = courses.iter().map(|course| (course.starts, course.ends)).collect();
        assert_eq!(ends, [(false, false), (false, true), (false, false)]);
    }

    #[test]
    fn a_week_whose_last_session_never_came_ends_with_the_next_week() {
        let (frame, courses) = week(&[day("2024-01-04", 3, 1), day("2024-01-08", 0, 9)]);
        assert_eq!(courses[1], Course { starts: true, extends: true, ends: false });
        assert_eq!(frame.hits_share(Length::Week), Ok(0.75));
    }

    #[test]
    fn a_stray_session_after_the_week_has_ended_changes_nothing() {
        let thursday = day("2015-07-02", 1, 0);
        let (frame, courses) = week(&[thursday.clone(), day("2015-07-03", 0, 5)]);
        assert_eq!(courses[1], Course { starts: false, extends: false, ends: false });
        assert_eq!((frame, frame.hits_share(Length::Week)), (week(&[thursday]).0, Ok(1.0)));
    }

    #[test]
    fn without_hits_there_is_no_share() {
        assert!(Frame::default().hits_share(Length::Month).is_err());
        assert!(week(&[day("2024-01-05", 0, 0)]).0.hits_share(Length::Week).is_err());
    }
}

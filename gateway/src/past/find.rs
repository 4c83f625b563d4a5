//! Finding a scan by its name.

use super::{
    At, Of, Past, Unreachable,
    at::session_of,
    chunk::{Chunk, Row},
    number,
};
use crate::sources::Ends;
use bellwether_schemas::{Date, Ordinal, Status};

/// Which end of a range a name is: a day without a session is rounded inwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Edge {
    From,
    To,
}

impl Past {
    /// The row of the scan named `at`, if the log has it.
    pub(crate) async fn find(&self, of: &Of, at: &At, ends: &Ends) -> Result<Option<Row>, Unreachable> {
        match at {
            At::Ordinal(ordinal) => self.row(of, *ordinal, ends).await,
            At::Session(session) => self.of_session(of, *session, ends).await,
            At::Id(id) => self.of_id(of, id, ends).await,
        }
    }

    /// The ordinal that begins or ends a range. It may lie outside the log, which then holds nothing of the range.
    pub(crate) async fn edge(&self, of: &Of, at: &At, edge: Edge, ends: &Ends) -> Result<Option<Ordinal>, Unreachable> {
        let session = match at {
            At::Ordinal(ordinal) => return Ok(Some(*ordinal)),
            At::Id(id) => return Ok(self.of_id(of, id, ends).await?.map(|row| row.ordinal)),
            At::Session(session) => *session,
        };
        let (before, day) = match edge {
            // After everything of the days before.
            Edge::From => (1, session.yesterday().ok()),
            Edge::To => (0, Some(session)),
        };
        let Some(day) = day else { return Ok(Some(ends.first)) };
        let last = self.last_until(of, day, ends).await?;
        Ok(Some(last.map_or(ends.first.saturating_sub(1), |row| row.ordinal) + before))
    }

    /// The last scan of a session; of two with one ordinal the one that was folded.
    async fn of_session(&self, of: &Of, session: Date, ends: &Ends) -> Result<Option<Row>, Unreachable> {
        Ok(self.last_until(of, session, ends).await?.filter(|row| row.session == Some(session)))
    }

    async fn of_id(&self, of: &Of, id: &str, ends: &Ends) -> Result<Option<Row>, Unreachable> {
        let Some(session) = session_of(id) else { return Ok(None) };
        let Some(last) = self.last_until(of, session, ends).await? else { return Ok(None) };
        // A session may have many scans, and they may begin in an earlier chunk.
        let mut chunk = number(of, last.ordinal);
        loop {
            let rows = self.numbered(of, chunk, ends).await?;
            if let Some(row) = rows.rows.iter().rev().find(|row| row.id.as_deref() == Some(id)) {
                return Ok(Some(row.clone()));
            }
            let reaches_back = folded(&rows).next().is_none_or(|row| row.session >= Some(session));
            if !reaches_back || chunk == number(of, ends.first) {
                return Ok(None);
            }
            chunk -= 1;
        }
    }

    /// The last folded row whose session is `day` or earlier, by halving the chunks: sessions rise with ordinals.
    async fn last_until(&self, of: &Of, day: Date, ends: &Ends) -> Result<Option<Row>, Unreachable> {
        let (mut low, mut high) = (number(of, ends.first), number(of, ends.last));
        while low < high {
            let middle = u64::midpoint(low, high + 1).max(low + 1);
            let chunk = self.numbered(of, middle, ends).await?;
            match folded(&chunk).next() {
                Some(first) if first.session > Some(day) => high = middle - 1,
                _ => low = middle,
            }
        }
        loop {
            let chunk = self.numbered(of, low, ends).await?;
            let found = folded(&chunk).filter(|row| row.session <= Some(day)).last().cloned();
            if found.is_some() || low == number(of, ends.first) {
                return Ok(found);
            }
            low -= 1;
        }
    }

    async fn numbered(&self, of: &Of, number: u64, ends: &Ends) -> Result<super::Shared, Unreachable> {
        self.chunk(of, number * Chunk::span(&of.0) + 1, ends).await
    }
}

/// Rows that say their session and were folded: a rejected scan may be of any day.
fn folded(chunk: &Chunk) -> impl Iterator<Item = &Row> {
    chunk.rows.iter().filter(|row| row.status == Some(Status::Ok) && row.session.is_some())
}

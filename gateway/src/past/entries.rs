//! Past results as they were shown.

use super::{Of, Past, Unreachable, chunk::Row};
use crate::{
    entry::{Arrival, Entry},
    sources::Ends,
};
use bellwether_schemas::{Ordinal, Refusal, Status};
use std::sync::Arc;

/// Why a past result cannot be shown.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoEntry {
    #[error(transparent)]
    Unreachable(#[from] Unreachable),
    /// The log holds something else there.
    #[error("the stored result cannot be read: {0}")]
    Unreadable(#[from] Refusal),
}

impl Past {
    /// The result in `row`. A rejected scan shows what the last good one before it found, as it did then.
    pub(crate) async fn entry(
        &self,
        (section, epoch): (&Arc<str>, &Arc<str>),
        of: &Of,
        row: &Row,
        ends: &Ends,
    ) -> Result<Arc<Entry>, NoEntry> {
        let at = (of.clone(), row.ordinal);
        if let Some(entry) = self.held(|held| held.entries.get(&at)) {
            return Ok(entry);
        }
        let before = match row.status {
            Some(Status::Rejected) => self.good_before(of, row.ordinal, ends).await?,
            Some(Status::Ok) | None => None,
        };
        let before = match &before {
            Some(row) => Some(self.read(section, epoch, of, row, None).await?),
            None => None,
        };
        let entry = Arc::new(self.read(section, epoch, of, row, before.as_ref()).await?);
        self.held(|held| held.entries.put(at, entry.clone(), 2 * entry.frame.len() + 1024));
        Ok(entry)
    }

    async fn read(
        &self,
        section: &Arc<str>,
        epoch: &Arc<str>,
        of: &Of,
        row: &Row,
        before: Option<&Entry>,
    ) -> Result<Entry, NoEntry> {
        let record = self.message(&of.0.stream(&of.1), row.sequence).await?;
        let subject = of.0.subject(&of.1);
        let Some(record) = record.filter(|r| r.ordinal == Some(row.ordinal) && r.subject == subject) else {
            // The log went back and was written again: what was read of it no longer tells where things lie.
            self.held(|held| held.forget(of));
            return Err(Unreachable("the log was written anew; ask again".to_owned()).into());
        };
        let arrival = Arrival { key: of.1.clone(), revision: record.sequence, body: record.body };
        Ok(Entry::read(section, epoch, arrival, before)?)
    }

    async fn good_before(&self, of: &Of, ordinal: Ordinal, ends: &Ends) -> Result<Option<Row>, Unreachable> {
        let mut ordinal = ordinal;
        while ordinal > ends.first {
            let chunk = self.chunk(of, ordinal - 1, ends).await?;
            let good = |row: &&Row| row.ordinal < ordinal && row.status == Some(Status::Ok);
            if let Some(row) = chunk.rows.iter().rev().find(good) {
                return Ok(Some(row.clone()));
            }
            let Some(first) = chunk.rows.first() else { break };
            ordinal = first.ordinal.min(ordinal - 1);
        }
        Ok(None)
    }
}

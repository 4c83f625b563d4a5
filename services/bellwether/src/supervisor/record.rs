//! What runs, kept in a file for `ps` and for whoever looks from outside.

use crate::{
    data::replace,
    lock::{self, FileLock},
};
use anyhow::Result;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::{
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// One that looks at the lock, or was killed just now, gives it free within this time.
const PATIENCE: Duration = Duration::from_secs(1);

/// Everything one `up` runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Record {
    /// Process id of `up`.
    pub(crate) supervisor: u32,
    /// When it started.
    pub(crate) since: Timestamp,
    /// Where the broker answers.
    pub(crate) broker: Option<String>,
    /// Where the dashboard answers.
    pub(crate) dashboard: Option<String>,
    /// What it runs, in the order of starting.
    pub(crate) processes: Vec<Entry>,
}

/// One supervised process or task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// Service, with `#2` and so on from the second copy.
    pub(crate) name: String,
    /// What it does at the moment.
    pub(crate) state: State,
    /// Its process id; the supervisor's own for a task, null while it waits.
    pub(crate) pid: Option<u32>,
    /// How often it was started again.
    pub(crate) restarts: u32,
    /// Since when it is in this state.
    pub(crate) since: Timestamp,
    /// Why it ended the last time.
    pub(crate) last_exit: Option<String>,
    /// What is run.
    pub(crate) command: String,
}

/// What a supervised process does at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    /// It runs.
    Running,
    /// It ended and will be started again.
    Waiting,
    /// It ended and stays so.
    Stopped,
}

/// The record and its file; every change is written at once.
#[derive(Debug)]
pub(crate) struct Book {
    path: PathBuf,
    record: Mutex<Record>,
    /// Tells readers that the record is kept up to date.
    _lock: FileLock,
}

impl Book {
    /// An empty record at `path`.
    ///
    /// # Errors
    /// When another process keeps one there; says which.
    pub(crate) async fn open(path: PathBuf) -> Result<Self> {
        let lock = FileLock::take(&lock_of(&path), &path, PATIENCE).await?;
        let (supervisor, since) = (std::process::id(), Timestamp::now());
        let record = Record { supervisor, since, broker: None, dashboard: None, processes: Vec::new() };
        Ok(Self { path, record: Mutex::new(record), _lock: lock })
    }

    /// Changes the record and writes it. A full disk must not stop the supervisor, so a failure is only logged.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut Record) -> T) -> T {
        let mut record = self.record.lock().unwrap_or_else(PoisonError::into_inner);
        let result = change(&mut record);
        let text = serde_json::to_vec_pretty(&*record).unwrap_or_default();
        if let Err(error) = replace(&self.path, &text) {
            tracing::warn!(path = %self.path.display(), %error, "the list of processes cannot be written");
        }
        result
    }

    /// Adds an entry and gives its place in the list.
    pub(crate) fn add(&self, name: String, command: String) -> usize {
        self.change(|record| {
            let since = Timestamp::now();
            let state = State::Waiting;
            record.processes.push(Entry { name, state, pid: None, restarts: 0, since, last_exit: None, command });
            record.processes.len() - 1
        })
    }

    /// Looks at the record as it is now.
    pub(crate) fn look<T>(&self, look: impl FnOnce(&Record) -> T) -> T {
        look(&self.record.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// How often the next run of an entry will have been started again.
    pub(crate) fn restarts(&self, place: usize) -> u32 {
        self.look(|record| {
            let entry = &record.processes[place];
            entry.restarts + u32::from(entry.last_exit.is_some())
        })
    }

    /// Notes that an entry runs; every start after the first counts as a restart.
    pub(crate) fn started(&self, place: usize, pid: u32) {
        self.change(|record| {
            let entry = &mut record.processes[place];
            entry.restarts += u32::from(entry.last_exit.is_some());
            (entry.state, entry.pid, entry.since) = (State::Running, Some(pid), Timestamp::now());
        });
    }

    /// Notes how an entry ended.
    pub(crate) fn ended(&self, place: usize, reason: String, state: State) {
        self.change(|record| {
            let entry = &mut record.processes[place];
            (entry.state, entry.pid, entry.since, entry.last_exit) = (state, None, Timestamp::now(), Some(reason));
        });
    }
}

fn lock_of(path: &Path) -> PathBuf {
    path.with_extension("lock")
}

/// Reads a record back.
///
/// # Errors
/// When there is none or it cannot be read.
pub(crate) fn read(path: &Path) -> Result<Record> {
    Ok(serde_json::from_slice(&std::fs::read(path)?)?)
}

/// Whether the record at `path` is kept up to date; one that is not is what a killed `up` has left.
pub(crate) fn is_kept(path: &Path) -> bool {
    lock::is_held(&lock_of(path)).unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_file_tells_what_runs_and_what_happened() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("processes.json");
        let book = Book::open(path.clone()).await.unwrap();
        assert!(is_kept(&path) && Book::open(path.clone()).await.is_err());
        let place = book.add("regime".to_owned(), "run regime".to_owned());
        book.started(place, 7);
        book.ended(place, "signal 9".to_owned(), State::Waiting);
        book.started(place, 8);
        let record = read(&path).unwrap();
        let entry = &record.processes[0];
        assert_eq!((entry.pid, entry.restarts, entry.last_exit.as_deref()), (Some(8), 1, Some("signal 9")));
        assert_eq!((record.supervisor, entry.state), (std::process::id(), State::Running));
    }
}

use bellwether_schemas::Refusal;
use std::{fmt, path::PathBuf};

/// What an import tells while it runs. Every method may be left out; `()` listens to nothing.
pub trait Events {
    /// Called every few thousand rows and at the end of a file.
    fn progress(&mut self, progress: Progress) {
        let _ = progress;
    }

    /// Called for every refused row, in the order they are met.
    fn bad_row(&mut self, row: BadRow) {
        let _ = row;
    }
}

impl Events for () {}

/// How far an import is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Bytes read from disk, packed as they are there.
    pub bytes: u64,
    /// Bytes to read.
    pub total: u64,
    /// Rows kept so far.
    pub rows: u64,
}

/// A row that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadRow {
    /// The file it stands in.
    pub file: PathBuf,
    /// Its line, from 1; in a Parquet file its row, from 1.
    pub line: u64,
    /// Which field was refused, and why.
    pub refusal: Refusal,
    /// The row as it stands in the file, without its line end, at most 4,096 bytes of it.
    pub raw: Vec<u8>,
}

impl fmt::Display for BadRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file.display(), self.line, self.refusal)
    }
}

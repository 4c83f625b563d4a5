use super::BadRow;
use bellwether_schemas::Refusal;
use std::{io, path::PathBuf};

/// Why files could not be imported at all.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// A setting that cannot be.
    #[error("{0}")]
    Option(Refusal),
    /// A file or folder could not be read to its end.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system or the decompressor said.
        source: io::Error,
    },
    /// A file is of a kind that is not read.
    #[error("{}: {refusal}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What it is, and what would be read.
        refusal: Refusal,
    },
    /// A Parquet file, and a program built without Parquet.
    #[error("{}: Parquet needs a program built with the cargo feature `parquet`", path.display())]
    ParquetIsOff {
        /// The file.
        path: PathBuf,
    },
    /// The first bad row, with [`super::Options::strict`].
    #[error("{0}")]
    Strict(Box<BadRow>),
    /// No sound row in any file.
    #[error("no bars in {files} files{}", first.as_ref().map(|row| format!("; the first refusal: {row}")).unwrap_or_default())]
    Nothing {
        /// How many files were read.
        files: usize,
        /// The first row refused.
        first: Option<Box<BadRow>>,
    },
    /// More than fits.
    #[error("{0}")]
    TooMuch(Refusal),
}

impl SourceError {
    pub(super) fn io(path: &std::path::Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }
}

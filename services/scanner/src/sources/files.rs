//! Which files an import reads, what they are, and which symbol a file is named after.

use super::SourceError;
use bellwether_schemas::Refusal;
use std::{
    fs::{self, File},
    io::Read,
    path::{Path, PathBuf},
};

/// How text is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    None,
    Gzip,
    Zstd,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Text(Packing),
    Parquet,
}

/// One file to read.
#[derive(Debug)]
pub(super) struct Input {
    pub(super) path: PathBuf,
    pub(super) bytes: u64,
    pub(super) format: Format,
}

/// Files themselves, and of folders every file whose name says it is a table, in the order of their paths.
pub(super) fn expand<'a>(paths: impl IntoIterator<Item = &'a PathBuf>) -> Result<Vec<Input>, SourceError> {
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() { collect(path, &mut found)? } else { found.push(path.clone()) }
    }
    found.iter().map(|path| inspect(path)).collect()
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), SourceError> {
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let mut entries = entries.map_err(SourceError::io(folder))?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        // A link to a folder is not followed: it may lead back here.
        let kind = entry.file_type().map_err(SourceError::io(folder))?;
        let path = entry.path();
        match kind.is_dir() {
            true => collect(&path, found)?,
            false if is_table(&path) && path.is_file() => found.push(path),
            false => {}
        }
    }
    Ok(())
}

fn is_table(path: &Path) -> bool {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else { return false };
    let (stem, extension) = unpacked(name).rsplit_once('.').unwrap_or((name, ""));
    !stem.is_empty() && ["csv", "txt", "tsv", "parquet"].iter().any(|known| known.eq_ignore_ascii_case(extension))
}

/// The name without the ending of its packing.
fn unpacked(name: &str) -> &str {
    match name.rsplit_once('.') {
        Some((stem, ending)) if ["gz", "zst", "zstd"].iter().any(|p| p.eq_ignore_ascii_case(ending)) => stem,
        _ => name,
    }
}

/// A file's kind is told by its first bytes, not by its name.
fn inspect(path: &Path) -> Result<Input, SourceError> {
    let mut file = File::open(path).map_err(SourceError::io(path))?;
    let bytes = file.metadata().map_err(SourceError::io(path))?.len();
    let mut magic = Vec::with_capacity(4);
    file.by_ref().take(4).read_to_end(&mut magic).map_err(SourceError::io(path))?;
    let format = format_of(&magic).map_err(|refusal| SourceError::Format { path: path.to_owned(), refusal })?;
    Ok(Input { path: path.to_owned(), bytes, format })
}

fn format_of(magic: &[u8]) -> Result<Format, Refusal> {
    let refused = |what: &str| Err(Refusal::new("format", what, "text (UTF-8), plain, gzip or zstd, or Parquet"));
    match magic {
        [0x1f, 0x8b, ..] => Ok(Format::Text(Packing::Gzip)),
        [0x28, 0xb5, 0x2f, 0xfd] => Ok(Format::Text(Packing::Zstd)),
        b"PAR1" => Ok(Format::Parquet),
        [b'P', b'K', 3, 4] => refused("a zip archive; unpack it first"),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => refused("UTF-16 text"),
        _ => Ok(Format::Text(Packing::None)),
    }
}

/// The symbol a file is named after: `AAPL.csv.gz` is `AAPL`; Stooq's `brk-b.us.txt` and `aapl_us_d.csv`, which are
/// written in small letters, are `BRK-B` and `AAPL`.
pub(super) fn symbol_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let name = unpacked(&name);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let stooq = [".us", "_us_d"].iter().find_map(|tail| stem.strip_suffix(tail));
    stooq.map_or_else(|| stem.trim().to_owned(), |ticker| ticker.trim().to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_after_its_symbol() {
        for (name, symbol) in [
            ("AAPL.csv", "AAPL"),
            ("BRK.B.csv.gz", "BRK.B"),
            ("aapl.us.txt", "AAPL"),
            ("brk-b.us.txt.zst", "BRK-B"),
            ("aapl_us_d.csv", "AAPL"),
            ("^spx.csv", "^spx"),
            ("NAN", "NAN"),
        ] {
            assert_eq!(symbol_of(Path::new(name)), symbol, "{name}");
        }
    }

    #[test]
    fn only_tables_are_taken_from_a_folder() {
        for table in ["a.csv", "a.TXT", "a.us.txt", "a.csv.zst", "a.tsv.gz", "a.parquet"] {
            assert!(is_table(Path::new(table)), "{table}");
        }
        for other in ["README.md", ".csv", "a.gz", "a.csv.bak", "csv"] {
            assert!(!is_table(Path::new(other)), "{other}");
        }
    }

    #[test]
    fn kinds_that_are_not_read_are_named() {
        assert!(format_of(b"PK\x03\x04").unwrap_err().to_string().contains("zip"));
        assert!(format_of(b"\xff\xfed\0").unwrap_err().to_string().contains("UTF-16"));
        assert_eq!(format_of(b"").unwrap(), Format::Text(Packing::None));
    }
}

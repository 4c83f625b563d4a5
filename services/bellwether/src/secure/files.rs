//! Files of the folder: some are for everybody, some for their owner only.

use crate::data::replace;
use anyhow::{Context as _, Result};
use std::{fs, path::Path};

/// A folder nobody else may look into, made if it is missing.
pub(super) fn folder(path: &Path) -> Result<()> {
    fs::create_dir_all(path).and_then(|()| mode(path, 0o700)).with_context(|| format!("cannot make {}", path.display()))
}

/// A file for its owner only. It is never readable by anybody else, not even while it is written.
pub(super) fn secret(path: &Path, text: &str) -> Result<()> {
    replace(path, text.as_bytes())
        .and_then(|()| mode(path, 0o600))
        .with_context(|| format!("cannot write {}", path.display()))
}

/// A file without secrets.
pub(super) fn open(path: &Path, text: &str) -> Result<()> {
    replace(path, text.as_bytes())
        .and_then(|()| mode(path, 0o644))
        .with_context(|| format!("cannot write {}", path.display()))
}

fn mode(path: &Path, mode: u32) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

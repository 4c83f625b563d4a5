//! The folder in which fetched brokers are kept.

use super::pins;
use anyhow::{Context, Result};
use std::{
    fs,
    io::Write,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

/// Programs by version; nothing half written is ever seen in it.
#[derive(Debug, Clone)]
pub(crate) struct Cache {
    folder: PathBuf,
}

impl Cache {
    /// The folder given, or `bellwether` under the user's cache directory.
    pub(crate) fn open(given: Option<&Path>) -> Result<Self> {
        let folder = match given {
            Some(given) => std::path::absolute(given)?,
            None => dirs::cache_dir()
                .context("no cache directory is known for this user; give one with --cache DIR")?
                .join("bellwether"),
        };
        Ok(Self { folder })
    }

    /// The folder itself.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Programs that were installed before, newest first.
    pub(crate) fn programs(&self) -> impl Iterator<Item = PathBuf> {
        pins::VERSIONS.iter().map(|version| self.path(version)).filter(|path| path.is_file())
    }

    /// Writes a program beside its place, makes it executable and moves it there.
    pub(crate) fn install(&self, version: &str, program: &[u8]) -> Result<PathBuf> {
        let place = self.path(version);
        let folder = place.parent().unwrap_or(&self.folder);
        let write = || -> std::io::Result<()> {
            fs::create_dir_all(folder)?;
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            file.write_all(program)?;
            file.as_file().set_permissions(fs::Permissions::from_mode(0o755))?;
            file.as_file().sync_all()?;
            file.persist(&place)?;
            Ok(())
        };
        write().with_context(|| format!("cannot install {}", place.display()))?;
        Ok(place)
    }

    fn path(&self, version: &str) -> PathBuf {
        self.folder.join(format!("nats-server-{version}")).join("nats-server")
    }
}

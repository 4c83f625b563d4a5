//! Where everything of one installation lives on disk.

use anyhow::{Context, Result};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// One data directory: the broker's store, its configuration and log, and what runs at the moment.
#[derive(Debug, Clone)]
pub(crate) struct DataDir {
    root: PathBuf,
}

impl DataDir {
    /// Opens `given`, or `bellwether` under the user's data directory, creating what is missing.
    pub(crate) fn open(given: Option<&Path>) -> Result<Self> {
        let root = match given {
            Some(given) => std::path::absolute(given).with_context(|| format!("--data {}", given.display()))?,
            None => dirs::data_dir()
                .context("no data directory is known for this user; give one with --data DIR")?
                .join("bellwether"),
        };
        let data = Self { root };
        for folder in [data.root.clone(), data.root.join("run"), data.root.join("log"), data.store()] {
            fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
        }
        Ok(data)
    }

    /// The directory itself.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The broker's logs and buckets.
    pub(crate) fn store(&self) -> PathBuf {
        self.root.join("store")
    }

    /// Held by whoever uses the store.
    pub(crate) fn lock(&self) -> PathBuf {
        self.root.join("run/store.lock")
    }

    /// The broker's configuration, written at every start.
    pub(crate) fn broker_conf(&self) -> PathBuf {
        self.root.join("run/nats.conf")
    }

    /// Where the broker of this directory answers, while it runs.
    pub(crate) fn broker_info(&self) -> PathBuf {
        self.root.join("run/broker.json")
    }

    /// What runs, for `ps`.
    pub(crate) fn processes(&self) -> PathBuf {
        self.root.join("run/processes.json")
    }

    /// Where `up` takes orders.
    pub(crate) fn control(&self) -> PathBuf {
        self.root.join("run/control.sock")
    }

    /// What a short-lived command runs.
    pub(crate) fn processes_of(&self, command: &str) -> PathBuf {
        self.root.join(format!("run/processes-{command}.json"))
    }

    /// The broker's log.
    pub(crate) fn broker_log(&self) -> PathBuf {
        self.root.join("log/broker.log")
    }
}

/// Replaces a file at once: a reader sees the old content or the new, never half of it.
pub(crate) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = path.parent().ok_or_else(|| io::Error::other("a file needs a folder"))?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    io::Write::write_all(&mut file, content)?;
    file.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_data_directory_is_made_whole_and_can_be_opened_again() {
        let temp = tempfile::tempdir().unwrap();
        let given = temp.path().join("a b/c");
        for _ in 0..2 {
            let data = DataDir::open(Some(&given)).unwrap();
            assert!(data.store().is_dir());
            replace(&data.processes(), b"{}").unwrap();
            assert_eq!(fs::read(data.processes()).unwrap(), b"{}");
        }
    }
}

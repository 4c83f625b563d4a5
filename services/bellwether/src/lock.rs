//! Locks on files, given free by the kernel when their last holder ends, however it ends.

use anyhow::{Context, Result, bail};
use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{Read, Seek, Write},
    path::Path,
    time::Duration,
};
use tokio::time::{Instant, sleep};

const PAUSE: Duration = Duration::from_millis(20);

/// A held lock. The file says which process took it.
#[derive(Debug)]
pub(crate) struct FileLock {
    file: File,
}

impl FileLock {
    /// Takes the lock, waiting up to `patience` for a holder that is just ending.
    ///
    /// # Errors
    /// When it stays taken; says that `what` is in use, and by which process.
    pub(crate) async fn take(path: &Path, what: &Path, patience: Duration) -> Result<Self> {
        let deadline = Instant::now() + patience;
        loop {
            if let Some(lock) = Self::try_take(path)? {
                return Ok(lock);
            }
            if Instant::now() >= deadline {
                let (what, holder) = (what.display(), holder(path));
                bail!("{what} is in use by {holder}; stop that one, or give another folder with --data DIR");
            }
            sleep(PAUSE).await;
        }
    }

    fn try_take(path: &Path) -> Result<Option<Self>> {
        let file = open(path)?;
        match file.try_lock() {
            Ok(()) => Self { file }.named().map(Some),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("cannot lock {}", path.display())),
        }
    }

    /// A second handle to the same lock, to be given to another process.
    ///
    /// # Errors
    /// When the process has no file descriptor left.
    pub(crate) fn handle(&self) -> Result<File> {
        self.file.try_clone().context("cannot share a lock")
    }

    fn named(mut self) -> Result<Self> {
        self.file.set_len(0)?;
        self.file.rewind()?;
        writeln!(self.file, "bellwether, process {}", std::process::id())?;
        Ok(self)
    }
}

/// Whether somebody holds the lock now.
///
/// # Errors
/// When the file cannot be opened or locked at all.
pub(crate) fn is_held(path: &Path) -> Result<bool> {
    // Shared, so that two who only ask do not see each other.
    match open(path)?.try_lock_shared() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("cannot lock {}", path.display())),
    }
}

fn open(path: &Path) -> Result<File> {
    let open = OpenOptions::new().read(true).append(true).create(true).open(path);
    open.with_context(|| format!("cannot open {}", path.display()))
}

fn holder(path: &Path) -> String {
    let mut text = String::new();
    let read = File::open(path).and_then(|file| file.take(200).read_to_string(&mut text));
    match (read, text.lines().next()) {
        (Ok(_), Some(line)) => line.to_owned(),
        _ => "another process".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A neighbour that is just being forked holds a copy of every handle for a moment.
    const MOMENT: Duration = Duration::from_secs(10);

    #[tokio::test]
    async fn what_is_in_use_is_refused_with_its_user_until_the_last_handle_is_closed() {
        let temp = tempfile::tempdir().unwrap();
        let (path, store) = (temp.path().join("lock"), Path::new("/the/store"));
        let lock = FileLock::take(&path, store, MOMENT).await.unwrap();
        let handle = lock.handle().unwrap();
        drop(lock);
        assert!(is_held(&path).unwrap(), "the other handle still holds it");
        let refused = FileLock::take(&path, store, Duration::ZERO).await.unwrap_err().to_string();
        let expected = format!("/the/store is in use by bellwether, process {};", std::process::id());
        assert!(refused.starts_with(&expected) && refused.contains("--data"), "{refused}");
        drop(handle);
        FileLock::take(&path, store, MOMENT).await.unwrap();
    }
}

//! Looks for a broker that is already here.

use super::{
    cache::Cache,
    version::{OLDEST, Version},
};
use anyhow::{Context, Result, anyhow, bail};
use std::{
    ffi::OsStr,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};
use tokio::{process::Command, time::timeout};

const ASK_LIMIT: Duration = Duration::from_secs(10);

/// A program that was asked for its version and is new enough.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    /// The program.
    pub(crate) program: PathBuf,
    /// What it said.
    pub(crate) version: Version,
    /// Where it came from, in words.
    pub(crate) place: &'static str,
}

/// Takes the program given, else the first of PATH and the cache that is new enough; `say` hears of those that are not.
///
/// # Errors
/// When a program is given and cannot be used.
pub(crate) async fn find(
    given: Option<&Path>,
    path: Option<&OsStr>,
    cache: &Cache,
    say: &(dyn Fn(&str) + Sync),
) -> Result<Option<Found>> {
    if let Some(given) = given {
        return check(given.to_owned(), "--nats-server").await.map(Some);
    }
    let on_path = on_path(path).into_iter().map(|program| (program, "PATH"));
    for (program, place) in on_path.chain(cache.programs().map(|program| (program, "the cache"))) {
        match check(program, place).await {
            Ok(found) => return Ok(Some(found)),
            Err(error) => say(&format!("{error:#}; looking on")),
        }
    }
    Ok(None)
}

fn on_path(path: Option<&OsStr>) -> Vec<PathBuf> {
    let folders = path.map(std::env::split_paths).into_iter().flatten();
    folders.map(|folder| folder.join("nats-server")).filter(|program| is_executable(program)).collect()
}

fn is_executable(program: &Path) -> bool {
    program.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

/// Asks a program for its version.
///
/// # Errors
/// When it cannot be run, says nothing that reads as a version, or is older than [`OLDEST`].
pub(crate) async fn check(program: PathBuf, place: &'static str) -> Result<Found> {
    let mut command = Command::new(&program);
    command.arg("--version").stdin(Stdio::null()).kill_on_drop(true);
    let output = timeout(ASK_LIMIT, command.output())
        .await
        .map_err(|_| anyhow!("no answer to --version within {ASK_LIMIT:?}"))
        .and_then(|output| output.map_err(Into::into))
        .with_context(|| format!("{} ({place}) cannot be run", program.display()))?;
    let said = String::from_utf8_lossy(&output.stdout);
    let Some(version) = Version::find(&said) else {
        bail!("{} ({place}) is no nats-server: to --version it says {:?}", program.display(), said.trim());
    };
    if version < OLDEST {
        bail!("{} ({place}) is nats-server {version}; {OLDEST} or newer is needed", program.display());
    }
    Ok(Found { program, version, place })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{ffi::OsString, fs, sync::Mutex};

    fn fake(folder: &Path, version: &str) -> PathBuf {
        fs::create_dir_all(folder).unwrap();
        let program = folder.join("nats-server");
        // Moved into place: a script that is still open for writing by a forked neighbour cannot be run.
        let text = format!("#!/bin/sh\necho nats-server: v{version}\n");
        crate::data::replace(&program, text.as_bytes()).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        program
    }

    async fn look(given: Option<&Path>, path: &[PathBuf], cache: &Cache) -> (Result<Option<Found>>, Vec<String>) {
        let path: OsString = std::env::join_paths(path).unwrap();
        let said = Mutex::new(Vec::new());
        let found = find(given, Some(&path), cache, &|line| said.lock().unwrap().push(line.to_owned())).await;
        (found, said.into_inner().unwrap())
    }

    #[tokio::test]
    async fn the_one_given_goes_before_path_and_path_before_the_cache() {
        let temp = tempfile::tempdir().unwrap();
        let cache = Cache::open(Some(&temp.path().join("cache"))).unwrap();
        assert_eq!(look(None, &[], &cache).await.0.unwrap(), None);

        fake(&temp.path().join("cache/nats-server-2.15.1"), "2.15.1");
        assert_eq!(look(None, &[], &cache).await.0.unwrap().unwrap().place, "the cache");

        let on_path = fake(&temp.path().join("bin"), "2.12.0");
        let found = look(None, &[temp.path().join("bin")], &cache).await.0.unwrap().unwrap();
        assert_eq!((found.place, &found.program), ("PATH", &on_path));

        let given = fake(&temp.path().join("own"), "2.14.3");
        let found = look(Some(&given), &[temp.path().join("bin")], &cache).await.0.unwrap().unwrap();
        assert_eq!((found.place, found.version), ("--nats-server", Version(2, 14, 3)));
    }

    #[tokio::test]
    async fn an_old_server_is_passed_over_with_a_word_but_refused_when_given() {
        let temp = tempfile::tempdir().unwrap();
        let cache = Cache::open(Some(&temp.path().join("cache"))).unwrap();
        let old = fake(&temp.path().join("old"), "2.9.10");
        let (found, said) = look(None, &[temp.path().join("old")], &cache).await;
        assert_eq!(found.unwrap(), None);
        assert!(said[0].contains("2.9.10; 2.12.0 or newer is needed"), "{said:?}");
        let refused = look(Some(&old), &[], &cache).await.0.unwrap_err();
        assert!(format!("{refused:#}").contains("(--nats-server) is nats-server 2.9.10"), "{refused:#}");
        assert!(look(Some(&temp.path().join("none")), &[], &cache).await.0.is_err());
    }
}

//! The broker: one that is given, or one of our own.

pub(crate) mod cache;
pub(crate) mod child;
mod config;
mod fetch;
mod find;
mod pins;
mod probe;
mod unpack;
mod version;

pub(crate) use config::TEMPLATE;

use crate::{data::DataDir, say::say, supervisor::record::Book};
use anyhow::{Context, Result, anyhow};
use cache::Cache;
use child::ChildBroker;
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

/// How the user wants the broker.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wish {
    /// Address of a running one; nothing is started then.
    pub(crate) url: Option<String>,
    /// The program to start.
    pub(crate) program: Option<PathBuf>,
    /// Where fetched programs are kept; the user's cache directory when absent.
    pub(crate) cache: Option<PathBuf>,
    /// Folder of a secured broker.
    pub(crate) secure: Option<PathBuf>,
    /// The port; see [`ChildBroker::start`].
    pub(crate) port: Option<u16>,
    /// Acknowledge before the disk has it: only to measure what that would save.
    pub(crate) lazy_sync: bool,
}

/// A broker to work with.
pub(crate) enum Broker {
    /// Somebody else's.
    Given(String),
    /// Our own.
    Child(Box<ChildBroker>),
}

impl Broker {
    /// Takes the broker given, else starts one of our own, fetching the program if there is none.
    ///
    /// # Errors
    /// When none can be had; the text says the three ways to provide one.
    pub(crate) async fn provide(wish: &Wish, data: &DataDir, book: Arc<Book>) -> Result<Self> {
        if let Some(url) = &wish.url {
            return Ok(Self::Given(url.clone()));
        }
        let program = program(wish).await?;
        Ok(Self::Child(Box::new(ChildBroker::start(program, data, wish, book).await?)))
    }

    /// As [`Broker::provide`], but the one that already runs on this data directory is used, too.
    ///
    /// # Errors
    /// As [`Broker::provide`].
    pub(crate) async fn join_or_provide(wish: &Wish, data: &DataDir, book: Arc<Book>) -> Result<Self> {
        match (&wish.url, child::running(data)?) {
            (None, Some(running)) => Ok(Self::Given(running.url)),
            _ => Self::provide(wish, data, book).await,
        }
    }

    /// Its address.
    pub(crate) fn url(&self) -> &str {
        match self {
            Self::Given(url) => url,
            Self::Child(child) => &child.url,
        }
    }

    /// Stops it, if it is ours.
    pub(crate) async fn stop(self) {
        if let Self::Child(child) = self {
            child.stop().await;
        }
    }
}

/// Finds or fetches a program.
///
/// # Errors
/// As [`Broker::provide`].
pub(crate) async fn program(wish: &Wish) -> Result<PathBuf> {
    let cache = Cache::open(wish.cache.as_deref())?;
    if let Some(program) = find(wish).await? {
        return Ok(program);
    }
    fetch::fetch(&cache, &say).await.map_err(|error| none(&error, cache.folder()))
}

/// Looks for a program that is here.
///
/// # Errors
/// When the one wished for cannot be used.
pub(crate) async fn find(wish: &Wish) -> Result<Option<PathBuf>> {
    let (cache, path) = (Cache::open(wish.cache.as_deref())?, std::env::var_os("PATH"));
    let found = find::find(wish.program.as_deref(), path.as_deref(), &cache, &say).await?;
    Ok(found.map(|found| {
        say(&format!("nats-server {} from {}: {}", found.version, found.place, found.program.display()));
        found.program
    }))
}

fn none(error: &anyhow::Error, cache: &Path) -> anyhow::Error {
    anyhow!(
        "there is no nats-server {} or newer here, and none could be fetched: {error:#}\n\
         Provide one in any of these ways:\n  \
         1. install it, so that it is found on PATH (the project's releases, or your package manager);\n  \
         2. name the program: --nats-server FILE, or BELLWETHER_NATS_SERVER=FILE (or put it at {});\n  \
         3. use a broker that already runs, with JetStream on: --nats URL, or NATS_URL=nats://host:4222",
        version::OLDEST,
        cache.join(format!("nats-server-{}", pins::PACKAGE_VERSION)).join("nats-server").display(),
    )
}

/// Checks that a broker given by address can be used, when that can be asked without a client.
///
/// # Errors
/// When it says that it is too old.
pub(crate) fn check(url: &str, version: &str) -> Result<()> {
    child::check_version(url, version).context("this broker cannot be used")
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The server to test with, if there is one; says so when not.
    pub(crate) fn server() -> Option<PathBuf> {
        let cache = Cache::open(std::env::var_os("BELLWETHER_CACHE").map(PathBuf::from).as_deref()).ok()?;
        let given = std::env::var_os("BELLWETHER_NATS_SERVER").map(PathBuf::from);
        let path = std::env::var_os("PATH");
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let found = runtime.block_on(find::find(given.as_deref(), path.as_deref(), &cache, &|_| {})).unwrap();
        if found.is_none() {
            eprintln!("skipped: no nats-server here");
        }
        found.map(|found| found.program)
    }

    #[test]
    fn when_nothing_works_the_three_ways_are_said() {
        let text = none(&anyhow!("by pip: no"), Path::new("/c")).to_string();
        for part in ["by pip: no", "PATH", "--nats-server", "NATS_URL", "2.12.0", "/c/nats-server-2.15.1/nats-server"] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }
}

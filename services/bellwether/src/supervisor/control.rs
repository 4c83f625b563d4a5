//! Orders to a running `up`, through a socket in its data directory that only its own user may use.

use super::{Order, Orders, What};
use anyhow::{Context as _, Result, bail, ensure};
use serde::{Deserialize, Serialize};
use std::{fs, os::unix::fs::PermissionsExt, path::Path, time::Duration};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{UnixListener, UnixStream},
    sync::oneshot,
    time::timeout,
};
use tokio_util::sync::CancellationToken;

/// For an order and its answer; a service that stops has five seconds, and one that starts gets ready in less.
const LIMIT: Duration = Duration::from_secs(90);
const LONGEST: u64 = 4096;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Ask {
    /// What to do.
    pub(crate) what: What,
    /// With which process; `regime` means all its copies, `regime#2` that one, and nothing everything.
    pub(crate) name: Option<String>,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Answer {
    /// Whether it was done.
    pub(crate) done: bool,
    /// In sentences.
    pub(crate) said: Vec<String>,
}

/// Takes orders until `stop`.
///
/// # Errors
/// When the socket cannot be made.
pub(crate) fn listen(path: &Path, orders: Orders, stop: CancellationToken) -> Result<()> {
    // What a killed `up` has left; a running one holds the lock of the record beside it.
    let _ = fs::remove_file(path);
    let listener = UnixListener::bind(path).with_context(|| format!("cannot take orders at {}", path.display()))?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
    tokio::spawn(async move {
        while let Some(Ok((caller, _))) = stop.run_until_cancelled(listener.accept()).await {
            let (orders, stop) = (orders.clone(), stop.clone());
            tokio::spawn(async move {
                if let Ok(Err(error)) = timeout(LIMIT, answer(caller, &orders, &stop)).await {
                    tracing::warn!(error = format!("{error:#}"), "an order was not understood");
                }
            });
        }
    });
    Ok(())
}

async fn answer(mut caller: UnixStream, orders: &Orders, stop: &CancellationToken) -> Result<()> {
    let own = rustix::process::getuid().as_raw();
    let theirs = caller.peer_cred()?.uid();
    ensure!(theirs == own || theirs == 0, "user {theirs} may not give orders");
    let mut line = String::new();
    let (reader, mut writer) = caller.split();
    BufReader::new(reader.take(LONGEST)).read_line(&mut line).await?;
    let ask: Ask = serde_json::from_str(&line).context("not an order")?;
    tracing::info!(what = ?ask.what, name = ask.name, "an order");
    let answer = match carry_out(&ask, orders, stop).await {
        Ok(said) => Answer { done: true, said },
        Err(error) => Answer { done: false, said: vec![format!("{error:#}")] },
    };
    writer.write_all(&serde_json::to_vec(&answer)?).await?;
    writer.write_all(b"\n").await?;
    Ok(())
}

async fn carry_out(ask: &Ask, orders: &Orders, stop: &CancellationToken) -> Result<Vec<String>> {
    let Some(name) = &ask.name else {
        ensure!(ask.what == What::Stop, "say which process");
        stop.cancel();
        return Ok(vec!["everything stops".to_owned()]);
    };
    let all = orders.iter().filter(|(unit, _)| *unit == name || unit.split('#').next() == Some(name.as_str()));
    let mut said = Vec::new();
    // One after the other, each ready before the next: of two copies one always works.
    for (unit, inbox) in all {
        let (done, outcome) = oneshot::channel();
        inbox
            .send(Order { what: ask.what, done })
            .await
            .ok()
            .with_context(|| format!("{unit} is not kept any more"))?;
        said.push(outcome.await.with_context(|| format!("{unit} did not answer"))?);
    }
    if said.is_empty() {
        let known: Vec<_> = orders.keys().map(String::as_str).collect();
        bail!("there is no process {name:?} here; there are {}", known.join(", "));
    }
    Ok(said)
}

/// Gives an order to the `up` behind `path`.
///
/// # Errors
/// When none runs there, or it does not do it.
pub(crate) async fn order(path: &Path, ask: &Ask) -> Result<Vec<String>> {
    let missing = || format!("no `bellwether up` takes orders at {}; is it running, with this --data?", path.display());
    let mut link = UnixStream::connect(path).await.with_context(missing)?;
    link.write_all(&serde_json::to_vec(ask)?).await?;
    link.write_all(b"\n").await?;
    let mut text = String::new();
    timeout(LIMIT, link.read_to_string(&mut text)).await.context("no answer")??;
    let answer: Answer = serde_json::from_str(&text).context("no answer: it ended before")?;
    ensure!(answer.done, "{}", answer.said.join("; "));
    Ok(answer.said)
}

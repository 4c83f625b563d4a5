//! Publishes the bars of the undisturbed run again, one by one, whatever happens to the broker meanwhile.

use crate::{node, record::reached};
use anyhow::{Context as _, Result, ensure};
use bellwether_harness::{
    Bus, Entry,
    publish::{Numbered, Published, Publisher},
};
use bellwether_schemas::{Key, names, names::header};
use std::time::Duration;
use tokio::task::JoinHandle;

/// How far the bars may run ahead of the chain: enough for batches, and for results that come one by one.
const AHEAD: u64 = 300;

/// Starts publishing `bars`; ends when all of them are acknowledged.
pub(crate) fn start(url: String, key: Key, bars: Vec<Entry>) -> JoinHandle<Result<()>> {
    tokio::spawn(async move {
        let bus = node::bus(&url).await?;
        let mut publisher = attach(&bus, &key, 0).await?;
        while publisher.next() <= bars.len() as u64 {
            let next = publisher.next();
            if next.is_multiple_of(25) {
                while next > reached(&bus, &key, "regime").await + AHEAD {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
            match publisher.put(&message(&bars[next as usize - 1])?).await {
                Ok(Published::Stored(_)) => {}
                Ok(Published::Overtaken) => anyhow::bail!("somebody else publishes bars of {key}"),
                // The broker is away: what was acknowledged must be there when it is back.
                Err(_) => publisher = attach(&bus, &key, next - 1).await?,
            }
        }
        Ok(())
    })
}

/// Publishes `bars` to a broker that stays.
pub(crate) async fn all(bus: &Bus, key: &Key, bars: &[Entry]) -> Result<()> {
    let mut publisher = attach(bus, key, 0).await?;
    for entry in bars {
        publisher.put(&message(entry)?).await?;
    }
    Ok(())
}

fn message(entry: &Entry) -> Result<Numbered<'_>> {
    let session = entry.header(header::SESSION).and_then(|text| text.parse().ok()).context("a session")?;
    Ok(Numbered { schema: "bars/1", scan_id: None, session, body: entry.body.clone() })
}

async fn attach(bus: &Bus, key: &Key, acknowledged: u64) -> Result<Publisher> {
    for _ in 0..200 {
        match Publisher::attach(bus, names::BARS, &names::bars_subject(key), key, "chaos").await {
            Ok(publisher) => {
                let held = publisher.next() - 1;
                ensure!(held >= acknowledged, "bar {acknowledged} of {key} was acknowledged and is gone: {held} left");
                return Ok(publisher);
            }
            Err(_) => tokio::time::sleep(Duration::from_millis(200)).await,
        }
    }
    anyhow::bail!("the broker does not come back")
}

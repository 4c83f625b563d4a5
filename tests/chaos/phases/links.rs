//! The services reach their broker over a link that is slow, cut, or open and silent.

use super::Setting;
use crate::{
    dice::Dice,
    feed,
    fleet::Fleet,
    node::Node,
    proxy::{Link, Proxy},
    record::{Record, complete, undisturbed, universe, until},
};
use anyhow::{Result, ensure};
use std::{sync::atomic::Ordering, time::Duration};

const SESSIONS: usize = 500;

pub(super) async fn run(setting: &Setting, mut dice: Dice) -> Result<String> {
    let sessions = SESSIONS * setting.profile.link_faults.div_ceil(40).max(1) as usize;
    let records = undisturbed(&setting.binary, 1, sessions, &[]).await?;
    let node = Node::single().await?;
    let proxy = Proxy::before(node.port).await?;
    let url = format!("nats://127.0.0.1:{}", proxy.port);
    let mut fleet = Fleet::new(&setting.binary, &url, &node.folder, &[]);
    fleet.command(&["init"])?;
    fleet.chain(1)?;
    let (bus, keys) = (node.bus().await?, [universe(1)]);
    let feed = feed::start(node.url(), keys[0].clone(), records[0].bars.clone());
    for fault in 1..=setting.profile.link_faults {
        until(&bus, &keys, sessions as u64 * fault / (setting.profile.link_faults + 2), &mut fleet).await?;
        let (link, seconds) = match fault % 4 {
            0 => (Link::Delayed, 1),
            1 => (Link::Slow, 2),
            // Longer than a request waits for its answer.
            2 => (Link::HalfOpen, 4),
            _ => (Link::Fine, 0),
        };
        proxy.set(link);
        if link == Link::Fine || dice.below(2) == 0 {
            proxy.cut();
        }
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        proxy.set(Link::Fine);
    }
    feed.await??;
    complete(&bus, &keys, sessions as u64, &mut fleet).await?;
    Record::read(&bus, &keys[0]).await?.compare(&records[0], sessions)?;
    let alarms = fleet.alarms();
    ensure!(alarms.is_empty(), "alarms: {alarms:?}");
    Ok(format!(
        "{sessions} scans over {} faults of the link, which carried {} kB",
        setting.profile.link_faults,
        proxy.passed.load(Ordering::Relaxed) / 1024
    ))
}

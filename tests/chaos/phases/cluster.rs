//! Three brokers, everything held three times: the leader, a follower, any one, or all of them are killed.

use super::Setting;
use crate::{
    dice::Dice,
    feed,
    fleet::Fleet,
    node::{Node, bus},
    record::{Record, complete, next_result, progress, undisturbed, universe, until},
};
use anyhow::{Context as _, Result, ensure};
use bellwether_harness::Bus;
use bellwether_schemas::names;
use bellwether_tests::eventually_async;
use rustix::process::Signal;
use std::time::Duration;

const SESSIONS: usize = 400;

pub(super) async fn run(setting: &Setting, mut dice: Dice) -> Result<String> {
    let sessions = SESSIONS * setting.profile.cluster_kills.div_ceil(20).max(1) as usize;
    let records = undisturbed(&setting.binary, 1, sessions, &[]).await?;
    let mut nodes = Node::cluster().await?;
    let url = nodes.iter().map(Node::url).collect::<Vec<_>>().join(",");
    let folder = nodes[0].folder.clone();
    let mut fleet = Fleet::new(&setting.binary, &url, &folder, &[]);
    eventually_async("the cluster has a leader", Duration::from_secs(60), async || {
        fleet.command(&["init", "--replicas", "3"]).ok()
    })
    .await;
    fleet.chain(2)?;
    let (bus, keys) = (bus(&url).await?, [universe(1)]);
    let feed = feed::start(url, keys[0].clone(), records[0].bars.clone());
    let mut longest = [Duration::ZERO; 2];
    for kill in 1..=setting.profile.cluster_kills {
        until(&bus, &keys, sessions as u64 * kill / (setting.profile.cluster_kills + 2), &mut fleet).await?;
        let leader = leader(&bus).await.unwrap_or(0);
        let victims = match kill % 4 {
            1 => vec![leader],
            2 => vec![(leader + 1 + dice.below(2) as usize) % 3],
            3 => vec![dice.below(3) as usize],
            _ => vec![0, 1, 2],
        };
        let before = progress(&bus, &keys).await;
        victims.iter().for_each(|&victim| nodes[victim].end(Signal::KILL));
        if let [_] = victims[..] {
            // Two are a majority: writes go on before the third is back.
            let stood = next_result(&bus, &keys, before, sessions as u64).await;
            longest[0] = longest[0].max(stood);
        }
        for &victim in &victims {
            nodes[victim].start().await?;
        }
        if victims.len() == 3 {
            let stood = next_result(&bus, &keys, before, sessions as u64).await;
            longest[1] = longest[1].max(stood);
        }
    }
    feed.await??;
    complete(&bus, &keys, sessions as u64, &mut fleet).await?;
    Record::read(&bus, &keys[0]).await?.compare(&records[0], sessions)?;
    let alarms = fleet.alarms();
    ensure!(alarms.is_empty(), "alarms: {alarms:?}");
    Ok(format!(
        "{sessions} scans over {} kills of one to three of three brokers; results stood still for at most {:.1} s with \
         one gone, {:.1} s after all were",
        setting.profile.cluster_kills,
        longest[0].as_secs_f64(),
        longest[1].as_secs_f64(),
    ))
}

/// Number of the node that leads the regime bucket.
async fn leader(bus: &Bus) -> Result<usize> {
    let stream = bus.js().get_stream(names::bucket_stream("regime")).await?;
    let name = stream.cached_info().cluster.as_ref().and_then(|cluster| cluster.leader.clone());
    name.and_then(|name| name.strip_prefix('n')?.parse().ok()).context("no leader")
}

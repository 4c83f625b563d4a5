//! One event in a hundred is poison to a worker. It is rejected, once, and nothing else is touched by it.

use super::Setting;
use crate::{
    dice::Dice,
    feed,
    fleet::Fleet,
    node::Node,
    record::{Record, WORKERS, complete, rejects, undisturbed, universe, until},
};
use anyhow::{Context as _, Result, ensure};
use std::collections::BTreeMap;

const KINDS: [&str; 4] = ["panic", "abort", "loop", "allocate"];

type Poison = BTreeMap<(&'static str, u64), &'static str>;

fn drawn(sessions: u64, dice: &mut Dice) -> Poison {
    let mut poison = Poison::new();
    while (poison.len() as u64) < sessions / 100 {
        let worker = WORKERS[dice.below(WORKERS.len() as u64) as usize];
        // Endless loops take their time: one in ten is enough.
        let kind = KINDS[if poison.len().is_multiple_of(10) { 2 } else { [0, 1, 3][dice.below(3) as usize] }];
        poison.insert((worker, dice.within(1, sessions)), kind);
    }
    poison
}

/// What each worker must have rejected: its own poison, and what the one before it rejected.
fn expected(poison: &Poison, worker: &str) -> Vec<u64> {
    let upstream = match worker {
        "position" => Some("regime"),
        "index" => Some("breadth"),
        _ => None,
    };
    let mine = |&&(at, _): &&(&'static str, u64)| at == worker || Some(at) == upstream;
    let mut ordinals: Vec<_> = poison.keys().filter(mine).map(|&(_, ordinal)| ordinal).collect();
    ordinals.sort_unstable();
    ordinals.dedup();
    ordinals
}

pub(super) async fn run(setting: &Setting, mut dice: Dice) -> Result<String> {
    let sessions = setting.profile.poison_sessions;
    let poison = drawn(sessions as u64, &mut dice);
    let text: Vec<_> = poison.iter().map(|((worker, ordinal), kind)| format!("{worker}:{ordinal}={kind}")).collect();
    let text = text.join(",");
    let environment = [("BELLWETHER_POISON", text.as_str()), ("BELLWETHER_STEP_SECONDS", "1")];
    // Undisturbed but for the poison, which one copy meets alone.
    let alone = undisturbed(&setting.binary, 1, sessions, &environment).await.context("one copy")?.remove(0);
    let node = Node::single().await?;
    let mut fleet = Fleet::new(&setting.binary, &node.url(), &node.folder, &environment);
    fleet.command(&["init"])?;
    fleet.chain(2)?;
    let (bus, keys) = (node.bus().await?, [universe(1)]);
    let feed = feed::start(node.url(), keys[0].clone(), alone.bars.clone());
    for kill in 1..=20 {
        until(&bus, &keys, sessions as u64 * kill / 21, &mut fleet).await?;
        let victim = dice.below(fleet.members.len() as u64) as usize;
        fleet.kill(victim, None)?;
    }
    feed.await??;
    complete(&bus, &keys, sessions as u64, &mut fleet).await?;
    let found = Record::read(&bus, &keys[0]).await?;
    for worker in WORKERS {
        let expected = expected(&poison, worker);
        ensure!(found.refused(worker) == expected, "{worker} refused {:?}, not {expected:?}", found.refused(worker));
        let rejects = rejects(&bus, &keys[0], worker).await?;
        ensure!(rejects == expected, "REJECTS of {worker} holds {rejects:?}, not {expected:?}");
    }
    found.compare(&alone, sessions)?;
    let alarms = fleet.alarms();
    ensure!(alarms.is_empty(), "alarms: {alarms:?}");
    Ok(format!(
        "{} poison events among {sessions}, each rejected once; {} deaths, 20 kills",
        poison.len(),
        fleet.deaths
    ))
}

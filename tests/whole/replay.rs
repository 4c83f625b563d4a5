//! Replays: the recorded past run again in a lane of its own, to the same bytes, whatever dies meanwhile.

use crate::{
    WORKERS,
    processes::{bellwether, command, succeed},
    verify::{SESSIONS, folded},
};
use bellwether_harness::{Bus, history, lane};
use bellwether_schemas::{Key, names};
use bellwether_tests::{Broker, eventually_async};
use bytes::Bytes;
use serde_json::Value;
use std::{process::Stdio, time::Duration};

const PATIENCE: Duration = Duration::from_secs(180);

/// Bodies of one log, which must be the row `first`, `first` + 1 …
async fn bodies(bus: &Bus, (stream, subject): (String, String), first: u64) -> Vec<Bytes> {
    let entries = history::range(bus, &stream, &subject, 1, usize::MAX).await.expect("the whole log");
    let row: Vec<_> = (first..first + entries.len() as u64).map(Some).collect();
    assert_eq!(entries.iter().map(|entry| entry.ordinal).collect::<Vec<_>>(), row, "{subject}: each ordinal once");
    entries.into_iter().map(|entry| entry.body).collect()
}

async fn assert_same(bus: &Bus, lane: &str, first: u64, last: u64) {
    let (live, lane) = (Key::live("sample").expect("a key"), Key::new(lane, "sample").expect("a key"));
    for worker in WORKERS {
        let stored = bodies(bus, names::results(worker, &live), 1).await;
        let replayed = bodies(bus, names::results(worker, &lane), first).await;
        let differing = stored[first as usize - 1..last as usize].iter().zip(&replayed).position(|(a, b)| a != b);
        assert_eq!((replayed.len() as u64, differing), (last + 1 - first, None), "{worker} in {lane}");
    }
}

fn listed(broker: &Broker, lane: &str) -> Option<Value> {
    let list: Value = serde_json::from_str(&succeed(broker, &["replay", "list", "--json"])).expect("JSON");
    list["lanes"].as_array().expect("lanes").iter().find(|row| row["lane"] == lane).cloned()
}

/// What the logs of the running market hold: nothing of it may ever change by a replay.
async fn record_of_live(bus: &Bus) -> Vec<(u64, u64)> {
    let mut record = Vec::new();
    let buckets = WORKERS.map(names::bucket_stream);
    for stream in [names::BARS, names::SCANS].into_iter().chain(buckets.iter().map(String::as_str)) {
        let stream = bus.js().get_stream(stream).await.expect("a stream");
        let info = stream.cached_info();
        assert!(info.config.deny_delete && info.config.deny_purge, "{}", info.config.name);
        record.push((info.state.messages, info.state.bytes));
    }
    record
}

async fn room_used(bus: &Bus) -> u64 {
    bus.js().query_account().await.expect("the account").storage as u64
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_comes_to_the_same_bytes_from_scans_and_from_bars_and_frees_its_room() {
    let broker = folded(None).await;
    let bus = broker.bus().await;
    let (live, room) = (record_of_live(&bus).await, room_used(&bus).await);
    succeed(&broker, &["replay", "--universe", "sample"]);
    assert_same(&bus, "replay-1", 1, SESSIONS).await;
    let row = listed(&broker, "replay-1").expect("listed");
    assert_eq!((&row["state"], &row["reached"]), (&"done".into(), &SESSIONS.into()), "{row}");

    succeed(&broker, &["replay", "--universe", "sample", "--from", "1000", "--to", "1100", "--from-bars"]);
    assert_same(&bus, "replay-2", 1000, 1100).await;
    let lane = Key::new("replay-2", "sample").expect("a key");
    let scans = bodies(&bus, names::scans(&Key::live("sample").expect("a key")), 1).await;
    assert!(scans[999..1100] == bodies(&bus, names::scans(&lane), 1000).await[..], "the same scans, too");

    assert_eq!(record_of_live(&bus).await, live, "the running market's logs are as they were");
    succeed(&broker, &["replay", "delete", "replay-1", "replay-2"]);
    assert_eq!(listed(&broker, "replay-1"), None);
    assert_eq!(room_used(&bus).await, room, "all the room is free again");
    assert_eq!(record_of_live(&bus).await, live);
    // A lane that is no replay is a record: there is no command that deletes it.
    assert!(!bellwether(&broker, &["replay", "delete", "live"]).status.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn kills_pauses_and_another_speed_leave_the_same_bytes() {
    let mut broker = folded(None).await;
    let replay = ["replay", "--universe", "sample", "--lane", "replay-killed", "--speed", "200x"];
    let start = |broker: &Broker, arguments: &[&str]| {
        let mut replay = command(broker, arguments);
        replay.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("start the replay")
    };
    let mut running = start(&broker, &replay);
    let bus = broker.bus().await;
    let reaches = async |scan: u64| {
        eventually_async(&format!("the replay reaches {scan}"), PATIENCE, async || {
            let lane = lane::find(&bus, "replay-killed").await.ok()??;
            (lane::progress(&bus, &lane).await.ok()? >= scan).then_some(())
        })
        .await;
    };
    for scan in [100, 200] {
        reaches(scan).await;
        running.kill().expect("kill the replay");
        running.wait().expect("its end");
        running = start(&broker, &["replay", "resume", "replay-killed"]);
    }
    reaches(300).await;
    broker.kill();
    broker.spawn();
    reaches(400).await;
    // Two at once are safe: each ordinal is stored once.
    let mut second = start(&broker, &["replay", "resume", "replay-killed"]);
    reaches(500).await;
    succeed(&broker, &["replay", "pause", "replay-killed"]);
    eventually_async("the replay stays where it is", PATIENCE, async || {
        let row = listed(&broker, "replay-killed")?;
        (row["state"] == "paused").then_some(())
    })
    .await;
    succeed(&broker, &["replay", "resume", "replay-killed", "--speed", "max"]);
    for mut process in [running, second.try_wait().map(|_| second).expect("a process")] {
        assert!(process.wait().expect("its end").success());
    }
    assert_same(&bus, "replay-killed", 1, SESSIONS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_rule_is_another_lane_and_what_cannot_be_is_refused() {
    let broker = folded(None).await;
    let bus = broker.bus().await;
    let live = record_of_live(&bus).await;
    let what_if = ["replay", "--universe", "sample", "--set", "regime.confirm_scans=5", "--services", "regime"];
    succeed(&broker, &what_if);
    let lane = Key::new("what-if-1", "sample").expect("a key");
    let stored = bodies(&bus, names::results("regime", &Key::live("sample").expect("a key")), 1).await;
    assert!(stored != bodies(&bus, names::results("regime", &lane), 1).await, "the rule matters");
    assert_eq!(lane::counts(&bus, "what-if-1").await.expect("the lane").len(), 1, "regime alone was asked for");
    assert_eq!(record_of_live(&bus).await, live, "the services of the running market do not touch it");
    for (bad, said) in [
        (vec!["--universe", "nobody"], "one with scans: sample"),
        (vec!["--universe", "sample", "--set", "regime.nonsense=1"], "regime.nonsense"),
        (vec!["--universe", "sample", "--lane", "live"], "a name that begins with replay-"),
        (vec!["--universe", "sample", "--lane", "what-if-1"], "exists"),
        (vec!["--universe", "sample", "--from", "1200", "--to", "1100"], "at most scan 1100"),
        (vec![], "--universe"),
    ] {
        let output = bellwether(&broker, &[&["replay"], bad.as_slice()].concat());
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && errors.contains(said), "{bad:?}: {errors}");
    }
    assert!(!bellwether(&broker, &["replay", "pause", "replay-none"]).status.success());
}

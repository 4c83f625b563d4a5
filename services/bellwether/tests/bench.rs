//! The measurement itself is measured: it ends, says what it should, and leaves nothing behind.

#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use common::{bellwether, gone, pid, server, until};
use rustix::process::{Signal, kill_process};
use serde_json::Value;
use std::{
    fs,
    path::Path,
    process::{Child, Stdio},
};

/// Starts a run with its store in `folder/store` and what it says in `folder/said`.
fn start(folder: &Path, args: &[&str]) -> Child {
    fs::create_dir(folder.join("store")).unwrap();
    let mut command = bellwether(folder, &["bench", "chain"]);
    command.args(args).arg("--folder").arg(folder.join("store"));
    command.stdout(Stdio::piped()).stderr(fs::File::create(folder.join("said")).unwrap()).spawn().unwrap()
}

fn said(folder: &Path) -> String {
    fs::read_to_string(folder.join("said")).unwrap()
}

#[test]
fn a_small_run_gives_every_figure_and_leaves_nothing_behind() {
    if server().is_none() {
        return;
    }
    let temp = tempfile::tempdir().unwrap();
    let file = temp.path().join("figures.json");
    let small = ["--scans", "20", "--symbols", "200", "--warm-up", "5", "--sync", "default"];
    let args = [&small[..], &["--streams", "each", "--json", file.to_str().unwrap()]].concat();
    let output = start(temp.path(), &args).wait_with_output().unwrap();
    assert!(output.status.success(), "{}", said(temp.path()));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("sync default") && text.contains("floor: two bare hops"), "{text}");

    let figures: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    let of = |part: &str| figures[part].as_array().unwrap().clone();
    assert_eq!((of("measured").len(), of("inside").len(), of("compute").len()), (5, 8, 5), "{figures}");
    for line in &of("measured") {
        let [p50, p90, p99, max] = ["p50", "p90", "p99", "max"].map(|name| line[name].as_f64().unwrap());
        assert!(0.0 < p50 && p50 <= p90 && p90 <= p99 && p99 <= max, "{line}");
        assert_eq!((line["count"].as_u64(), line["rounds"].as_array().unwrap().len()), (Some(20), 3));
    }
    let [regime, breadth, both] = [0, 1, 2].map(|place| of("measured")[place]["max"].as_f64().unwrap());
    assert!(regime.max(breadth) == both && of("measured")[2]["to_floor"]["p50"].as_f64().unwrap() > 0.0);
    assert_eq!(fs::read_dir(temp.path().join("store")).unwrap().count(), 0);
}

#[test]
fn an_interrupted_run_stops_what_it_started() {
    if server().is_none() {
        return;
    }
    let temp = tempfile::tempdir().unwrap();
    let mut child = start(temp.path(), &["--symbols", "50", "--scans", "100000", "--warm-up", "0", "--pause", "1"]);
    until("the first round", || said(temp.path()).contains("round 1").then_some(()));
    let store = fs::read_dir(temp.path().join("store")).unwrap().next().unwrap().unwrap().path();
    let record: Value = serde_json::from_slice(&fs::read(store.join("run/processes.json")).unwrap()).unwrap();
    let started: Vec<_> =
        record["processes"].as_array().unwrap().iter().map(|entry| entry["pid"].as_u64().unwrap()).collect();
    assert_eq!(started.len(), 4);
    kill_process(pid(u64::from(child.id())), Signal::INT).unwrap();
    let ended = child.wait().unwrap();
    assert!(!ended.success() && said(temp.path()).contains("interrupted"), "{}", said(temp.path()));
    assert!(started.iter().all(|&pid| gone(pid)) && !store.exists());
}

//! A running `bellwether up` to test against.

#![allow(dead_code, reason = "each test file uses its own part")]

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    thread::park_timeout,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// The program under test.
pub(crate) const BELLWETHER: &str = env!("CARGO_BIN_EXE_bellwether");

/// Longer than anything takes on a busy machine.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);

/// Where the broker to test with is; `None`, and said so, when there is none.
pub(crate) fn server() -> Option<PathBuf> {
    let output = Command::new(BELLWETHER).args(["fetch-broker", "--no-fetch"]).output().unwrap();
    let found = String::from_utf8(output.stdout).unwrap().trim().to_owned();
    if found.is_empty() {
        eprintln!("skipped: no nats-server here");
        return None;
    }
    Some(found.into())
}

/// Waits until `look` finds something.
pub(crate) fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + LIMIT;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "not within {LIMIT:?}: {what}");
        park_timeout(Duration::from_millis(5));
    }
}

pub(crate) fn pid(raw: u64) -> Pid {
    Pid::from_raw(i32::try_from(raw).unwrap()).unwrap()
}

pub(crate) fn kill(raw: u64) {
    kill_process(pid(raw), Signal::KILL).unwrap();
}

/// Whether a process is no more; one that only waits to be collected counts as gone.
pub(crate) fn gone(raw: u64) -> bool {
    match fs::read_to_string(format!("/proc/{raw}/stat")) {
        Ok(stat) => stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('Z')),
        Err(_) => test_kill_process(pid(raw)).is_err(),
    }
}

/// A command of ours with this data directory and nothing of the surroundings.
pub(crate) fn bellwether(data: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(BELLWETHER);
    for name in ["NATS_URL", "BELLWETHER_LISTEN", "BELLWETHER_NATS_PORT", "BELLWETHER_NO_SAMPLE"] {
        command.env_remove(name);
    }
    command.args(args).env("BELLWETHER_DATA", data).stdin(Stdio::null());
    command
}

pub(crate) fn run(data: &Path, args: &[&str]) -> Output {
    bellwether(data, args).output().unwrap()
}

/// The standard output of a command that must succeed.
pub(crate) fn said(data: &Path, args: &[&str]) -> String {
    let output = run(data, args);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The last words of a command that must fail.
pub(crate) fn refused(data: &Path, args: &[&str]) -> String {
    let output = run(data, args);
    assert!(!output.status.success(), "{args:?} succeeded: {}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8(output.stderr).unwrap()
}

/// A running `up`; killed, and with it everything it runs, when dropped.
pub(crate) struct Up {
    pub(crate) child: Child,
    pub(crate) data: TempDir,
}

impl Up {
    /// Starts `up` on free ports, without a browser, and waits until it is ready.
    pub(crate) fn start(args: &[&str]) -> Self {
        let data = tempfile::tempdir().unwrap();
        let always = ["up", "--listen", "127.0.0.1:0", "--nats-port", "0", "--no-open"];
        let mut command = bellwether(data.path(), &[&always, args].concat());
        // Where the tests' output is caught a full pipe would stop the services.
        let log = fs::File::create(data.path().join("up.log")).unwrap();
        let child = command.stdout(Stdio::null()).stderr(log).spawn().unwrap();
        let mut up = Self { child, data };
        until("up is ready", || {
            let ended = up.child.try_wait().unwrap();
            assert!(ended.is_none(), "up ended: {}", up.log());
            up.log().contains("is ready").then_some(())
        });
        until("everything runs", || {
            let record = up.record();
            record["processes"].as_array().unwrap().iter().all(|entry| entry["state"] == "running").then_some(())
        });
        up
    }

    pub(crate) fn path(&self) -> &Path {
        self.data.path()
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.path().join("up.log")).unwrap_or_default()
    }

    pub(crate) fn record(&self) -> Value {
        let text = fs::read(self.path().join("run/processes.json")).unwrap();
        serde_json::from_slice(&text).unwrap()
    }

    /// What the record says of one process.
    pub(crate) fn process(&self, name: &str) -> Value {
        let record = self.record();
        let found = record["processes"].as_array().unwrap().iter().find(|entry| entry["name"] == name);
        found.unwrap_or_else(|| panic!("no {name} in {record}")).clone()
    }

    pub(crate) fn pids(&self) -> Vec<u64> {
        let record = self.record();
        record["processes"].as_array().unwrap().iter().filter_map(|entry| entry["pid"].as_u64()).collect()
    }

    /// Kills a process and waits until it runs again.
    pub(crate) fn kill_and_wait(&self, name: &str) {
        let before = self.process(name);
        kill(before["pid"].as_u64().unwrap());
        until(&format!("{name} runs again"), || {
            let now = self.process(name);
            (now["state"] == "running" && now["pid"] != before["pid"]).then_some(())
        });
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        let pids = self.pids();
        let _ = self.child.kill();
        let _ = self.child.wait();
        if !std::thread::panicking() {
            until("everything has ended with up", || pids.iter().all(|&pid| gone(pid)).then_some(()));
        }
    }
}

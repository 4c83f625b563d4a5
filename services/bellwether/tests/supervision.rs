//! What dies is started again; what must end, ends.

#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use common::{BELLWETHER, Up, gone, kill, pid, refused, run, said, server, until};
use rustix::process::{Signal, kill_process};
use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

#[test]
fn a_killed_service_is_started_again_and_the_record_says_why_it_ended() {
    if server().is_none() {
        return;
    }
    let up = Up::start(&["--no-sample", "--copies", "2"]);
    up.kill_and_wait("regime");
    let regime = up.process("regime");
    assert_eq!((regime["restarts"].as_u64(), regime["last_exit"].as_str()), (Some(1), Some("signal 9")));
    assert_eq!(up.process("regime#2")["restarts"], 0);
    let table = said(up.path(), &["ps"]);
    assert!(table.contains("signal 9") && table.contains("bellwether-gateway"), "{table}");
}

#[test]
fn health_says_whether_the_gateway_is_ready_and_fails_where_nothing_answers() {
    if server().is_none() {
        return;
    }
    let up = Up::start(&["--no-sample"]);
    let log = up.log();
    let url = log.split_whitespace().find(|word| word.starts_with("http://")).unwrap_or_else(|| panic!("{log}"));
    until("the gateway is ready", || run(up.path(), &["health", "--url", url]).status.success().then_some(()));
    let nobody = run(up.path(), &["health", "--url", "http://127.0.0.1:1"]);
    let words = String::from_utf8_lossy(&nobody.stdout);
    assert_eq!(nobody.status.code(), Some(2));
    assert!(words.contains("http://127.0.0.1:1/health/ready does not answer"), "{words}");
}

#[test]
fn orders_restart_stop_and_start_processes_and_nobody_else_notices() {
    if server().is_none() {
        return;
    }
    let mut up = Up::start(&["--no-sample", "--copies", "2"]);
    let running = |up: &Up| {
        let lines = run(up.path(), &["logs", "--service", "regime", "--text", "running", "--json"]).stdout;
        String::from_utf8_lossy(&lines).lines().count()
    };
    until("both copies have begun", || (running(&up) == 2).then_some(()));
    let before = up.record();
    let answer = said(up.path(), &["restart", "regime"]);
    assert_eq!(answer, "regime runs and is ready\nregime#2 runs and is ready\n");
    for entry in before["processes"].as_array().unwrap() {
        let name = entry["name"].as_str().unwrap();
        let restarted = name.starts_with("regime");
        assert_eq!(up.process(name)["pid"] != entry["pid"], restarted, "{name}");
    }
    until("everything is well", || run(up.path(), &["health"]).status.success().then_some(()));

    assert_eq!(said(up.path(), &["stop", "index#2"]), "index#2 has stopped\n");
    assert_eq!(up.process("index#2")["state"], "stopped");
    until("health speaks of it", || {
        let health = run(up.path(), &["health"]);
        let words = String::from_utf8_lossy(&health.stdout).into_owned();
        (health.status.code() == Some(1) && words.contains("index#2: stopped: ended by an operator")).then_some(())
    });
    assert!(refused(up.path(), &["doctor"]).is_empty(), "what is wrong is said on standard output");
    said(up.path(), &["start", "index#2"]);
    until("everything is well again", || run(up.path(), &["health"]).status.success().then_some(()));
    assert!(said(up.path(), &["doctor"]).contains("every message is on disk"));

    until("both have begun anew", || (running(&up) == 4).then_some(()));
    let unknown = refused(up.path(), &["restart", "nonsense"]);
    assert!(unknown.contains("nonsense") && unknown.contains("scanner"), "{unknown}");
    for pid in up.pids() {
        let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        assert!(!String::from_utf8_lossy(&line).contains("nats://"), "an address may hold a password");
    }

    assert_eq!(said(up.path(), &["stop"]), "everything stops\n");
    assert!(up.child.wait().unwrap().success());
    assert_eq!(run(up.path(), &["health"]).status.code(), Some(1));
    assert!(refused(up.path(), &["restart", "regime"]).contains("is it running"));
}

#[test]
fn everything_ends_with_an_up_that_is_killed() {
    if server().is_none() {
        return;
    }
    let mut up = Up::start(&["--no-sample"]);
    let pids = up.pids();
    assert!(pids.len() >= 5, "{}", up.record());
    up.child.kill().unwrap();
    up.child.wait().unwrap();
    until("all processes are gone", || pids.iter().all(|&pid| gone(pid)).then_some(()));
}

#[test]
fn sigterm_stops_everything_in_order() {
    if server().is_none() {
        return;
    }
    for mode in [&[][..], &["--one-process"]] {
        let mut up = Up::start(&[&["--no-sample"], mode].concat());
        let pids: Vec<_> = up.pids().into_iter().filter(|&pid| pid != u64::from(up.child.id())).collect();
        kill_process(pid(up.child.id().into()), Signal::TERM).unwrap();
        let status = up.child.wait().unwrap();
        assert!(status.success(), "{}", up.log());
        assert!(pids.iter().all(|&pid| gone(pid)));
        let record = up.record();
        assert!(record["processes"].as_array().unwrap().iter().all(|entry| entry["state"] == "stopped"), "{record}");
        assert!(!up.path().join("run/broker.json").exists());
    }
}

#[test]
fn a_store_in_use_is_refused_with_the_process_that_uses_it() {
    if server().is_none() {
        return;
    }
    let up = Up::start(&["--no-sample"]);
    let error = refused(up.path(), &["up", "--listen", "127.0.0.1:0", "--no-open"]);
    assert!(error.contains("is in use by") && error.contains(&up.child.id().to_string()), "{error}");
}

#[test]
fn a_taken_port_of_the_dashboard_is_refused_before_anything_starts() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let data = tempfile::tempdir().unwrap();
    let listen = taken.local_addr().unwrap().to_string();
    let error = refused(data.path(), &["up", "--listen", &listen, "--no-open"]);
    assert!(error.contains(&listen) && error.contains("--listen 127.0.0.1:0"), "{error}");
}

#[test]
fn a_program_ends_with_the_parent_that_started_it_even_when_that_was_killed() {
    // The shell is the parent; it prints the program's process id and waits.
    let script = r#""$0" exec-child --parent $$ -- sleep 1000 & echo $!; wait"#;
    let mut parent = Command::new("sh").args(["-c", script, BELLWETHER]).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(parent.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let child: u64 = line.trim().parse().unwrap();
    until("it runs", || {
        let line = std::fs::read_to_string(format!("/proc/{child}/cmdline"));
        line.is_ok_and(|line| line.starts_with("sleep")).then_some(())
    });
    assert!(!gone(child));
    kill(parent.id().into());
    parent.wait().unwrap();
    until("it has ended", || gone(child).then_some(()));
}

#[test]
fn a_program_whose_parent_is_gone_already_is_not_started() {
    let output = Command::new(BELLWETHER).args(["exec-child", "--parent", "1", "--", "echo", "ran"]).output().unwrap();
    assert!(!output.status.success() && output.stdout.is_empty());
    assert!(String::from_utf8_lossy(&output.stderr).contains("the parent 1 is gone"));
}

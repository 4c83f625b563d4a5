//! This machine: folders, disk, limits, ports, clock.

use super::Finding;
use crate::{
    data::DataDir,
    supervisor::record::{Record, State},
};
use rustix::{
    fs::statvfs,
    process::{Resource, getrlimit},
};
use std::{net::TcpListener, os::unix::fs::PermissionsExt};

/// Room for the logs of a large universe for some years.
const ROOMY: u64 = 20 << 30;
/// With less the broker makes small logs, or none.
const TIGHT: u64 = 2 << 30;
/// A browser is a file; so is a log of the broker.
const FILES: u64 = 8192;
/// More is no accident.
const MANY_RESTARTS: u32 = 5;

pub(super) fn look(data: &DataDir, running: Option<&Record>) -> Vec<Finding> {
    let mut findings = vec![folder(data), disk(data), files(), clock(jiff::Timestamp::now())];
    match running {
        None => findings.extend([8080, 4222].map(port)),
        Some(record) => findings.push(processes(record)),
    }
    findings
}

fn folder(data: &DataDir) -> Finding {
    let root = data.root();
    if let Err(error) = tempfile::tempfile_in(root) {
        let cure = format!("let this user write there, or take another folder with --data (now {})", root.display());
        return Finding::wrong("data folder", format!("{} cannot be written: {error}", root.display()), cure);
    }
    let open = std::fs::metadata(root).is_ok_and(|found| found.permissions().mode() & 0o022 != 0);
    if open {
        let cure = format!("chmod go-w {}", root.display());
        return Finding::doubtful("data folder", format!("{} can be written by other users", root.display()), cure);
    }
    Finding::good("data folder", root.display().to_string())
}

fn disk(data: &DataDir) -> Finding {
    let Ok(found) = statvfs(data.root()) else {
        return Finding::doubtful("disk", "cannot be asked how much is free", "look with df");
    };
    let free = found.f_bavail * found.f_frsize;
    let said = format!("{:.1} GB free for {}", free as f64 / 1e9, data.root().display());
    let cure = "make room, or move the data folder with --data; a log that is full refuses writes and loses nothing";
    match free {
        free if free < TIGHT => Finding::wrong("disk", said, cure),
        free if free < ROOMY => Finding::doubtful("disk", said, cure),
        _ => Finding::good("disk", said),
    }
}

fn files() -> Finding {
    match getrlimit(Resource::Nofile).current {
        Some(limit) if limit < FILES => {
            let cure = format!("ulimit -n {FILES}, or LimitNOFILE={FILES} in the unit: each browser takes one");
            Finding::doubtful("open files", format!("at most {limit}"), cure)
        }
        limit => Finding::good(
            "open files",
            limit.map_or("as many as wanted".to_owned(), |limit| format!("at most {limit}")),
        ),
    }
}

fn clock(now: jiff::Timestamp) -> Finding {
    let built: jiff::Timestamp = "2026-01-01T00:00:00Z".parse().unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    if now < built {
        return Finding::wrong("clock", format!("it is {now} here"), "set the clock (timedatectl set-ntp true)");
    }
    Finding::good("clock", format!("{now:.0}"))
}

fn port(port: u16) -> Finding {
    match TcpListener::bind(("127.0.0.1", port)) {
        Ok(_) => Finding::good("port", format!("{port} is free")),
        Err(error) => {
            let cure = if port == 8080 {
                "--listen 127.0.0.1:0 takes any free port"
            } else {
                "nothing: another port is taken; or use that broker with --nats"
            };
            Finding::doubtful("port", format!("{port} is taken: {error}"), cure)
        }
    }
}

fn processes(record: &Record) -> Finding {
    let away = record.processes.iter().find(|entry| entry.state != State::Running);
    let restless = record.processes.iter().find(|entry| entry.restarts >= MANY_RESTARTS);
    if let Some(entry) = away {
        let exit = entry.last_exit.as_deref().unwrap_or("not started yet");
        let cure = format!("bellwether logs --service {}, then bellwether restart {}", entry.name, entry.name);
        return Finding::wrong("processes", format!("{} does not run: {exit}", entry.name), cure);
    }
    match restless {
        Some(entry) => {
            let exit = entry.last_exit.as_deref().unwrap_or("no reason known");
            let found = format!("{} was started again {} times, last because of: {exit}", entry.name, entry.restarts);
            Finding::doubtful("processes", found, format!("bellwether logs --service {} --level warn", entry.name))
        }
        None => Finding::good("processes", format!("{} run", record.processes.len())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::doctor::Verdict;

    #[test]
    fn a_taken_port_and_a_clock_of_the_past_are_named() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let found = port(taken.local_addr().unwrap().port());
        assert_eq!(found.verdict, Verdict::Doubtful);
        assert_eq!(clock("1970-01-01T00:00:10Z".parse().unwrap()).verdict, Verdict::Wrong);
        assert_eq!(clock("2026-11-28T00:00:00Z".parse().unwrap()).verdict, Verdict::Good);
    }

    #[test]
    fn a_folder_that_others_may_write_is_doubtful_and_a_private_one_good() {
        let temp = tempfile::tempdir().unwrap();
        let data = DataDir::open(Some(temp.path())).unwrap();
        let mode = |mode| std::fs::set_permissions(temp.path(), std::fs::Permissions::from_mode(mode)).unwrap();
        mode(0o777);
        assert_eq!(folder(&data).verdict, Verdict::Doubtful);
        mode(0o700);
        assert_eq!(folder(&data).verdict, Verdict::Good);
    }
}

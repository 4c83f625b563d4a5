//! The services as processes, and their end.

use crate::{
    node::{signal_to, size_of},
    record::WORKERS,
};
use anyhow::{Context as _, Result, ensure};
use bellwether_tests::nats_server;
use rustix::process::Signal;
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

pub(crate) struct Fleet {
    binary: PathBuf,
    url: String,
    folder: PathBuf,
    /// For every process.
    environment: Vec<(String, String)>,
    pub(crate) members: Vec<Member>,
    /// Ends by our hand, and by their own.
    pub(crate) kills: u64,
    pub(crate) deaths: u64,
}

pub(crate) struct Member {
    pub(crate) service: &'static str,
    copy: String,
    child: Child,
    /// It is to end itself at some point.
    armed: bool,
    pub(crate) stopped: bool,
}

impl Fleet {
    pub(crate) fn new(binary: &Path, url: &str, folder: &Path, environment: &[(&str, &str)]) -> Self {
        let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let (binary, url, folder) = (binary.to_owned(), url.to_owned(), folder.to_owned());
        Self { binary, url, folder, environment, members: Vec::new(), kills: 0, deaths: 0 }
    }

    /// So many copies of the scanner and of every worker.
    pub(crate) fn chain(&mut self, copies: u64) -> Result<()> {
        for service in ["scanner"].into_iter().chain(WORKERS) {
            for copy in 1..=copies {
                self.add(service, format!("{service}-{copy}"), &[])?;
            }
        }
        Ok(())
    }

    pub(crate) fn add(&mut self, service: &'static str, copy: String, more: &[(&str, &str)]) -> Result<()> {
        let child = self.spawn(service, &copy, more)?;
        self.members.push(Member { service, copy, child, armed: false, stopped: false });
        Ok(())
    }

    /// The command line's own commands, to their end.
    pub(crate) fn command(&self, arguments: &[&str]) -> Result<()> {
        let output = Command::new(&self.binary)
            .args(arguments)
            .env("NATS_URL", &self.url)
            .env("BELLWETHER_DATA", self.folder.join("data"))
            .env("BELLWETHER_NATS_SERVER", nats_server())
            .stdin(Stdio::null())
            .output()?;
        ensure!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        Ok(())
    }

    fn spawn(&self, service: &str, copy: &str, more: &[(&str, &str)]) -> Result<Child> {
        let log = File::options().create(true).append(true).open(self.folder.join(format!("{service}.log")))?;
        let mut command = Command::new(&self.binary);
        command.args(["run", service, "--instance", copy, "--nats", &self.url]);
        command.env("BELLWETHER_LOG", "warn").env("RUST_BACKTRACE", "0");
        command.envs(self.environment.iter().map(|(name, value)| (name, value))).envs(more.iter().copied());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        command.spawn().with_context(|| format!("start {service}"))
    }

    /// SIGKILL, and another one in its place; `crash` is where that one is to end itself.
    pub(crate) fn kill(&mut self, at: usize, crash: Option<&str>) -> Result<()> {
        let member = &mut self.members[at];
        // It may have ended by itself; then there is nothing to kill.
        let _ = member.child.kill();
        let _ = member.child.wait();
        self.kills += 1;
        self.replace(at, crash, true)
    }

    fn replace(&mut self, at: usize, crash: Option<&str>, killed: bool) -> Result<()> {
        let (service, copy) = (self.members[at].service, self.members[at].copy.clone());
        let mut more: Vec<_> = crash.map(|crash| ("BELLWETHER_CRASH_AT", crash)).into_iter().collect();
        more.extend(killed.then_some(("BELLWETHER_PREDECESSOR_KILLED", "1")));
        let child = self.spawn(service, &copy, &more)?;
        let member = &mut self.members[at];
        (member.child, member.armed, member.stopped) = (child, crash.is_some(), false);
        Ok(())
    }

    /// Starts again what has ended by itself.
    pub(crate) fn revive(&mut self) -> Result<()> {
        for at in 0..self.members.len() {
            let member = &mut self.members[at];
            if member.child.try_wait()?.is_none() {
                continue;
            }
            self.deaths += 1;
            let armed = self.members[at].armed;
            // An end at a point of ours says as little about the event as a kill.
            self.replace(at, None, armed)?;
        }
        Ok(())
    }

    pub(crate) fn stop(&mut self, at: usize) -> u32 {
        let member = &mut self.members[at];
        member.stopped = true;
        signal_to(Some(member.child.id()), Signal::STOP);
        member.child.id()
    }

    pub(crate) fn running(&self) -> Vec<usize> {
        (0..self.members.len()).filter(|&at| !self.members[at].stopped).collect()
    }

    pub(crate) fn sizes(&self) -> String {
        let each = self.members.iter().filter_map(|member| Some((member.service, size_of(member.child.id())?)));
        let most = each.max_by_key(|(_, size)| *size);
        most.map_or_else(String::new, |(service, (mb, files))| {
            format!("largest service {service} {mb} MB, {files} files")
        })
    }

    /// Lines of the services' logs that must not be there.
    pub(crate) fn alarms(&self) -> Vec<String> {
        let services = ["scanner"].into_iter().chain(WORKERS);
        let logs = services.filter_map(|service| fs::read_to_string(self.folder.join(format!("{service}.log"))).ok());
        let lines: Vec<_> = logs.collect();
        let bad = |line: &&str| line.contains("determinism alarm") || line.contains("stopped halt");
        lines.iter().flat_map(|log| log.lines()).filter(bad).map(str::to_owned).collect()
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        for member in &mut self.members {
            let _ = member.child.kill();
            let _ = member.child.wait();
        }
    }
}

//! Brokers that can be killed, stopped and started again.

use anyhow::{Context as _, Result};
use bellwether_harness::Bus;
use bellwether_tests::{eventually_async, free_port, nats_server};
use rustix::process::{Pid, Signal, kill_process};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};
use tempfile::TempDir;

/// One broker process.
pub(crate) struct Node {
    child: Option<Child>,
    pub(crate) port: u16,
    pub(crate) folder: PathBuf,
    _temp: Option<TempDir>,
}

impl Node {
    /// A broker by itself, that syncs every message.
    pub(crate) async fn single() -> Result<Self> {
        let temp = tempfile::tempdir()?;
        let folder = temp.path().to_owned();
        Self::at(&folder, &folder.join("store"), "always", Some(temp)).await
    }

    /// With its store at `store`.
    pub(crate) async fn at(folder: &Path, store: &Path, sync: &str, temp: Option<TempDir>) -> Result<Self> {
        let sync = format!("sync_interval: {sync}, max_file_store: 64GB");
        let mut node = Self::configured(free_port(), folder, store, &sync, "", temp)?;
        node.start().await?;
        Ok(node)
    }

    /// Three that hold everything three times.
    pub(crate) async fn cluster() -> Result<Vec<Self>> {
        let routes: Vec<_> = (0..3).map(|_| free_port()).collect();
        let all: Vec<_> = routes.iter().map(|port| format!("nats://127.0.0.1:{port}")).collect();
        let mut nodes = Vec::new();
        for (number, route) in routes.iter().enumerate() {
            let temp = tempfile::tempdir()?;
            let folder = temp.path().to_owned();
            let cluster = format!(
                "server_name: n{number}\ncluster {{ name: chaos, listen: 127.0.0.1:{route}, routes: [{}] }}\n",
                all.join(", ")
            );
            let jetstream = "sync_interval: always, max_file_store: 64GB";
            nodes.push(Self::configured(free_port(), &folder, &folder.join("store"), jetstream, &cluster, Some(temp))?);
        }
        for node in &mut nodes {
            node.spawn()?;
        }
        for node in &nodes {
            node.answers().await;
        }
        Ok(nodes)
    }

    fn configured(
        port: u16,
        folder: &Path,
        store: &Path,
        jetstream: &str,
        more: &str,
        temp: Option<TempDir>,
    ) -> Result<Self> {
        let text = format!(
            "listen: 127.0.0.1:{port}\nmax_payload: 8MB\njetstream {{ store_dir: {store:?}, {jetstream} }}\n{more}"
        );
        fs::write(folder.join("nats.conf"), text)?;
        Ok(Self { child: None, port, folder: folder.to_owned(), _temp: temp })
    }

    pub(crate) fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    fn spawn(&mut self) -> Result<()> {
        let log = fs::File::options().create(true).append(true).open(self.folder.join("broker.log"))?;
        let mut command = Command::new(nats_server());
        command.arg("-c").arg(self.folder.join("nats.conf"));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        self.child = Some(command.spawn().context("start nats-server")?);
        Ok(())
    }

    async fn answers(&self) {
        let port = self.port;
        eventually_async("the broker answers", Duration::from_secs(30), async || {
            tokio::net::TcpStream::connect(("127.0.0.1", port)).await.ok()
        })
        .await;
    }

    pub(crate) async fn start(&mut self) -> Result<()> {
        self.spawn()?;
        self.answers().await;
        Ok(())
    }

    pub(crate) fn pid(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    pub(crate) fn signal(&self, signal: Signal) {
        signal_to(self.pid(), signal);
    }

    /// Ends it: `how` is SIGKILL or SIGTERM.
    pub(crate) fn end(&mut self, how: Signal) {
        if let Some(mut child) = self.child.take() {
            signal_to(Some(child.id()), how);
            // Its end is all that is waited for.
            let _ = child.wait();
        }
    }

    pub(crate) async fn restart(&mut self, how: Signal) -> Result<()> {
        self.end(how);
        self.start().await
    }

    pub(crate) async fn bus(&self) -> Result<Bus> {
        bus(&self.url()).await
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.end(Signal::KILL);
    }
}

pub(crate) async fn bus(url: &str) -> Result<Bus> {
    bellwether_harness::connect(&bellwether_harness::Connect { url: url.to_owned(), name: "chaos".to_owned() }).await
}

/// Sends a signal; a process that is gone needs none.
pub(crate) fn signal_to(pid: Option<u32>, signal: Signal) {
    if let Some(pid) = pid.and_then(|pid| Pid::from_raw(pid as i32)) {
        let _ = kill_process(pid, signal);
    }
}

/// Memory in MB and open files of a process.
pub(crate) fn size_of(pid: u32) -> Option<(u64, usize)> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = resident.trim().trim_end_matches(" kB").parse().ok()?;
    Some((kilobytes / 1024, fs::read_dir(format!("/proc/{pid}/fd")).ok()?.count()))
}

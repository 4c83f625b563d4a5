//! A server with a crowd of clients: what it costs, and what they hear.

use super::{
    Server, mark,
    process::{cpu, resident_kb},
    report::Round,
};
use crate::supervisor::own_program;
use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use std::{process::Stdio, time::Duration};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
    time::{Instant, MissedTickBehavior, interval, sleep, timeout},
};

/// What the crowd says when all its streams have begun.
pub(super) const READY: &str = "ready";
/// For the crowd to connect, and to say what it heard.
const LIMIT: Duration = Duration::from_secs(90);
/// Messages before those that count.
const WARM_UP: u32 = 4;
const SETTLE: Duration = Duration::from_millis(500);

/// How many clients are told how much.
pub(super) struct Pace {
    pub(super) clients: u32,
    pub(super) rate: u32,
    pub(super) seconds: u32,
}

/// What the clients of a run heard.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Heard {
    /// Clients that got the last message.
    pub(super) newest: u32,
    pub(super) messages: u64,
    /// Messages that were passed over for a newer one.
    pub(super) skipped: u64,
    /// Clients whose stream ended before.
    pub(super) ended: u32,
    pub(super) bytes: u64,
    pub(super) p50_us: u64,
    pub(super) p99_us: u64,
    pub(super) max_us: u64,
}

/// What a run cost.
#[derive(Debug, Clone)]
pub(super) struct Measured {
    pub(super) heard: Heard,
    pub(super) cpu: Duration,
    pub(super) connect_ms: u64,
    /// Memory of the server before the clients came, in kB.
    pub(super) empty_kb: u64,
    /// When all had come.
    pub(super) connected_kb: u64,
    /// After the last message.
    pub(super) served_kb: u64,
}

/// Lets a crowd come, tells it `rate` messages a second, and asks what it heard.
pub(super) async fn measure<S: Server>(pace: &Pace, server: &mut S) -> Result<Round> {
    let empty_kb = resident_kb(&server.processes()?)?;
    let mut crowd = Crowd::gather(pace.clients, server).await?;
    sleep(SETTLE).await;
    let connected_kb = resident_kb(&server.processes()?)?;
    let mut ticks = interval(Duration::from_secs(1) / pace.rate);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    for number in 1..=WARM_UP {
        ticks.tick().await;
        server.publish(&mark(number)).await?;
    }
    sleep(SETTLE).await;
    let before = cpu(&server.processes()?)?;
    let last = WARM_UP + pace.rate * pace.seconds;
    ticks.reset();
    for number in WARM_UP + 1..=last {
        ticks.tick().await;
        server.publish(&mark(number)).await?;
    }
    let connect_ms = crowd.connect_ms;
    let heard = crowd.ask(last).await?;
    let cpu = cpu(&server.processes()?)?.saturating_sub(before);
    let served_kb = resident_kb(&server.processes()?)?;
    let Pace { clients, .. } = *pace;
    ensure!(heard.newest == clients, "{} of {clients} clients lack the newest message", clients - heard.newest);
    Ok(Round::new(S::NAME, Measured { heard, cpu, connect_ms, empty_kb, connected_kb, served_kb }, pace))
}

struct Crowd {
    child: Child,
    input: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
    connect_ms: u64,
}

impl Crowd {
    async fn gather<S: Server>(clients: u32, server: &S) -> Result<Self> {
        let (address, path) = server.stream();
        let mut child = Command::new(own_program()?)
            .args([
                "bench-crowd",
                "--clients",
                &clients.to_string(),
                "--address",
                &address.to_string(),
                "--path",
                &path,
            ])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("start the clients")?;
        let input = child.stdin.take().context("no input")?;
        let mut lines = BufReader::new(child.stdout.take().context("no output")?).lines();
        let begun = Instant::now();
        let said = timeout(LIMIT, lines.next_line()).await.context("the clients do not connect")??.unwrap_or_default();
        let mut words = said.split(' ');
        ensure!(words.next() == Some(READY), "the clients could not connect");
        let open: u32 = words.next().unwrap_or_default().parse()?;
        ensure!(open == clients, "only {open} of {clients} clients were served within {:?}", begun.elapsed());
        let connect_ms = words.next().unwrap_or_default().parse()?;
        Ok(Self { child, input, lines, connect_ms })
    }

    /// Tells it the last number and hears what it heard.
    async fn ask(&mut self, last: u32) -> Result<Heard> {
        self.input.write_all(format!("{last}\n").as_bytes()).await?;
        let said = timeout(LIMIT, self.lines.next_line()).await.context("the clients do not answer")??;
        let heard = serde_json::from_str(&said.unwrap_or_default()).context("what the clients heard")?;
        self.child.wait().await?;
        Ok(heard)
    }
}

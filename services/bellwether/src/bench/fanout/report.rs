//! What a run found, for a person and for a program.

use super::crowded::{Measured, Pace};
use crate::{
    bench::{report::Load, stats::Spread},
    cli::BenchFanout,
    data::replace,
    say::print,
};
use anyhow::{Context, Result};
use serde::Serialize;
use std::{fmt, num::NonZeroUsize, path::Path, thread::available_parallelism};

/// One server in one round.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Round {
    server: &'static str,
    round: u32,
    /// Of the server, per message and client.
    cpu_us: f64,
    /// Of the server, per client: more than when nobody was connected, at the end.
    memory_kb: f64,
    /// The same when all were connected and nothing was sent yet.
    memory_connected_kb: f64,
    /// From sending to the end of the client's read.
    p50_ms: f64,
    p99_ms: f64,
    max_ms: f64,
    /// Until all clients were served.
    connect_ms: u64,
    /// On the wire, per message and client.
    bytes: f64,
    /// Messages that reached a client.
    messages: u64,
    /// Messages that were passed over for a newer one.
    skipped: u64,
}

impl Round {
    pub(super) fn new(server: &'static str, measured: Measured, pace: &Pace) -> Self {
        let Measured { heard, cpu, connect_ms, empty_kb, connected_kb, served_kb } = measured;
        let sent = f64::from(pace.rate * pace.seconds) * f64::from(pace.clients);
        let per_client = |kb: u64| kb.saturating_sub(empty_kb) as f64 / f64::from(pace.clients);
        let ms = |micros: u64| micros as f64 / 1000.0;
        Self {
            server,
            round: 0,
            cpu_us: cpu.as_secs_f64() * 1e6 / sent,
            memory_kb: per_client(served_kb),
            memory_connected_kb: per_client(connected_kb),
            p50_ms: ms(heard.p50_us),
            p99_ms: ms(heard.p99_us),
            max_ms: ms(heard.max_us),
            connect_ms,
            bytes: heard.bytes as f64 / heard.messages.max(1) as f64,
            messages: heard.messages,
            skipped: heard.skipped,
        }
    }
}

impl fmt::Display for Round {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:<17} {:>8.2} {:>9.2} {:>9.1} {:>9.1} {:>9.1} {:>9} {:>7.0} {:>8}",
            self.server,
            self.cpu_us,
            self.memory_kb,
            self.p50_ms,
            self.p99_ms,
            self.max_ms,
            self.connect_ms,
            self.bytes,
            self.skipped
        )
    }
}

/// Ours over the other's, round by round.
#[derive(Debug, Clone, Copy, Serialize)]
struct Ratios {
    cpu: Spread,
    memory: Spread,
    p50: Spread,
    p99: Spread,
}

/// Everything.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    bellwether: &'static str,
    nginx: Option<String>,
    cores: usize,
    load_before: Load,
    load_after: Load,
    clients: u32,
    rate: u32,
    seconds: u32,
    rounds: Vec<Round>,
    ratios: Option<Ratios>,
}

impl Report {
    pub(super) fn begin(args: &BenchFanout, nginx: Option<String>) -> Self {
        Self {
            bellwether: env!("CARGO_PKG_VERSION"),
            nginx,
            cores: available_parallelism().map_or(1, NonZeroUsize::get),
            load_before: Load::now(),
            load_after: Load::now(),
            clients: args.clients,
            rate: args.rate,
            seconds: args.seconds,
            rounds: Vec::new(),
            ratios: None,
        }
    }

    pub(super) fn add(&mut self, round: u32, measured: Round) {
        self.rounds.push(Round { round, ..measured });
    }

    pub(super) fn end(mut self) -> Self {
        self.load_after = Load::now();
        let ratio = |of: fn(&Round) -> f64| self.ratio(of);
        self.ratios = ratio(|round| round.cpu_us).and_then(|cpu| {
            Some(Ratios {
                cpu,
                memory: ratio(|round| round.memory_kb)?,
                p50: ratio(|round| round.p50_ms)?,
                p99: ratio(|round| round.p99_ms)?,
            })
        });
        self
    }

    fn ratio(&self, of: fn(&Round) -> f64) -> Option<Spread> {
        let ours = self.rounds.iter().filter(|round| round.server == "bellwether");
        Spread::of(ours.filter_map(|ours| {
            let other = self.rounds.iter().find(|other| other.round == ours.round && other.server != ours.server)?;
            Some(of(ours) / of(other))
        }))
    }

    /// Prints it, and writes it to `json` if that is given.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(super) fn give(&self, json: Option<&Path>) -> Result<()> {
        let nginx = self.nginx.as_ref().map_or(String::new(), |version| format!(", nginx {version} with nchan"));
        print(&format!("bellwether {}{nginx}, {} cores", self.bellwether, self.cores));
        let Self { clients, rate, seconds, .. } = self;
        print(&format!("{clients} clients, {rate} messages a second for {seconds} s; per message and client:\n"));
        let names = ["CPU µs", "memory kB", "p50 ms", "p99 ms", "max ms", "connect", "bytes", "skipped"];
        let widths = [8, 9, 9, 9, 9, 9, 7, 8];
        let columns: String = names.iter().zip(widths).map(|(name, width)| format!(" {name:>width$}")).collect();
        print(&format!("{:<17}{columns}", ""));
        self.rounds.iter().for_each(|round| print(&round.to_string()));
        if let Some(Ratios { cpu, memory, p50, p99 }) = self.ratios {
            let span = |spread: Spread| format!("{:.2} – {:.2}", spread.low, spread.high);
            print("\nours over nchan's, best and worst round:");
            print(&format!("CPU {}, memory {}, p50 {}, p99 {}", span(cpu), span(memory), span(p50), span(p99)));
        }
        let Some(path) = json else { return Ok(()) };
        let path = std::path::absolute(path)?;
        replace(&path, &serde_json::to_vec_pretty(self)?).with_context(|| format!("cannot write {}", path.display()))
    }
}

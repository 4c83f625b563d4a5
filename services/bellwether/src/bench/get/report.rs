//! What a run found, for a person and for a program.

use super::wrk::Answered;
use crate::{
    bench::{report::Load, stats::Spread},
    cli::BenchGet,
    data::replace,
    say::print,
};
use anyhow::{Context, Result};
use serde::Serialize;
use std::{fmt, num::NonZeroUsize, path::Path, thread::available_parallelism, time::Duration};

/// One server in one round.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Round {
    server: &'static str,
    round: u32,
    /// Of the server, per request.
    cpu_us: f64,
    requests: u64,
    per_second: f64,
}

impl Round {
    pub(super) fn new(server: &'static str, round: u32, answered: &Answered, cpu: Duration) -> Self {
        let Answered { requests, per_second, .. } = *answered;
        Self { server, round, cpu_us: cpu.as_secs_f64() * 1e6 / requests.max(1) as f64, requests, per_second }
    }
}

impl fmt::Display for Round {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<14} {:>8.2} {:>10.0}", self.server, self.cpu_us, self.per_second)
    }
}

/// Everything.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    bellwether: &'static str,
    nginx: Option<String>,
    cores: usize,
    load_before: Load,
    load_after: Load,
    connections: u32,
    seconds: u32,
    body_bytes: usize,
    rounds: Vec<Round>,
    /// CPU per request, ours over the other's, round by round.
    to_file: Option<Spread>,
    to_memory: Option<Spread>,
}

impl Report {
    pub(super) fn begin(args: &BenchGet, nginx: Option<String>, body_bytes: usize) -> Self {
        Self {
            bellwether: env!("CARGO_PKG_VERSION"),
            nginx,
            cores: available_parallelism().map_or(1, NonZeroUsize::get),
            load_before: Load::now(),
            load_after: Load::now(),
            connections: args.connections,
            seconds: args.seconds,
            body_bytes,
            rounds: Vec::new(),
            to_file: None,
            to_memory: None,
        }
    }

    pub(super) fn add(&mut self, round: Round) {
        self.rounds.push(round);
    }

    pub(super) fn end(mut self) -> Self {
        self.load_after = Load::now();
        (self.to_file, self.to_memory) = (self.ratio("nginx, file"), self.ratio("nginx, memory"));
        self
    }

    fn ratio(&self, other: &str) -> Option<Spread> {
        let of = |server: &str, round| self.rounds.iter().find(|r| r.server == server && r.round == round);
        let rounds = self.rounds.iter().filter(|round| round.server == other);
        Spread::of(rounds.filter_map(|theirs| Some(of("bellwether", theirs.round)?.cpu_us / theirs.cpu_us)))
    }

    /// Prints it, and writes it to `json` if that is given.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(super) fn give(&self, json: Option<&Path>) -> Result<()> {
        let nginx = self.nginx.as_ref().map_or(String::new(), |version| format!(", nginx {version}"));
        print(&format!("bellwether {}{nginx}, {} cores", self.bellwether, self.cores));
        print(&format!("{} connections for {} s, {} bytes\n", self.connections, self.seconds, self.body_bytes));
        print(&format!("{:<14} {:>8} {:>10}", "", "CPU µs", "requests/s"));
        self.rounds.iter().for_each(|round| print(&round.to_string()));
        let span = |spread: Spread| format!("{:.2} – {:.2}", spread.low, spread.high);
        if let (Some(file), Some(memory)) = (self.to_file, self.to_memory) {
            print("\nCPU, ours over nginx's, best and worst round:");
            print(&format!("from a file {}, from memory {}", span(file), span(memory)));
        }
        let Some(path) = json else { return Ok(()) };
        let path = std::path::absolute(path)?;
        replace(&path, &serde_json::to_vec_pretty(self)?).with_context(|| format!("cannot write {}", path.display()))
    }
}

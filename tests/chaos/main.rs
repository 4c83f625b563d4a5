//! Kill anything at any time: nothing lost, nothing twice, the same bytes. Real brokers, the real binary, real signals.
//!
//! `chaos --seed 7 --profile ci` runs one phase after another, each on a broker of its own, and compares what is left
//! with an undisturbed run. What is done when follows from the seed; how the processes answer does not, so a seed
//! repeats a schedule and not a run.
#![expect(clippy::print_stdout, reason = "its report is what it is for")]

mod dice;
mod feed;
mod fleet;
mod market;
mod node;
mod phases;
mod proxy;
mod record;

use anyhow::{Context as _, Result, ensure};
use clap::{Parser, ValueEnum};
use dice::Dice;
use phases::{Profile, Setting};
use std::{path::PathBuf, process::ExitCode, time::Instant};

/// Kills what can be killed, and compares what is left with an undisturbed run.
#[derive(Debug, Parser)]
#[command(
    name = "chaos",
    after_help = "\
Examples:
  chaos                                     what every change is tested with, about five minutes
  chaos --seed 7 --only kills,poison        the schedule of another run
  chaos --profile nightly                   hours

It needs the debug build of `bellwether` beside it, and a nats-server: BELLWETHER_NATS_SERVER, else the one on PATH."
)]
struct Arguments {
    /// Where the schedule comes from; any number [default: drawn, and printed]
    #[arg(long)]
    seed: Option<u64>,
    /// How much.
    #[arg(long, value_enum, default_value = "ci")]
    profile: Scale,
    /// Phases to run [default: all]
    #[arg(long, value_delimiter = ',', value_enum)]
    only: Vec<phases::Phase>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Scale {
    /// A few minutes.
    Ci,
    /// Hours.
    Nightly,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("FAILED: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<()> {
    let seed =
        arguments.seed.unwrap_or_else(|| u64::from(std::process::id()) ^ (jiff::Timestamp::now().as_second() as u64));
    println!("chaos: seed {seed}, profile {:?}", arguments.profile);
    let profile = match arguments.profile {
        Scale::Ci => Profile::ci(),
        Scale::Nightly => Profile::nightly(),
    };
    let runtime = tokio::runtime::Runtime::new()?;
    let begun = Instant::now();
    let setting = Setting { binary: binary()?, profile };
    for phase in phases::chosen(&arguments.only) {
        let dice = Dice::of(seed, phase as u64);
        let started = Instant::now();
        let report = runtime.block_on(phase.run(&setting, dice)).with_context(|| {
            format!("{phase:?}; again with: chaos --seed {seed} --profile {:?} --only {phase:?}", arguments.profile)
                .to_lowercase()
        })?;
        println!("{phase:?} ({:.0} s): {report}", started.elapsed().as_secs_f64());
    }
    println!("chaos: all held, {:.0} s", begun.elapsed().as_secs_f64());
    Ok(())
}

fn binary() -> Result<PathBuf> {
    let binary = std::env::current_exe()?.with_file_name("bellwether");
    ensure!(binary.is_file(), "{} is missing: run `cargo build` first", binary.display());
    Ok(binary)
}

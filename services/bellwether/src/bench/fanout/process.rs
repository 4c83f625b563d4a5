//! What the kernel says of a process.

use anyhow::{Context, Result, ensure};
use rustix::{
    process::{Resource, getrlimit, setrlimit},
    time::{ClockId, clock_gettime},
};
use std::{fs, time::Duration};

/// Nanoseconds of a clock that all processes of the machine share.
pub(in crate::bench) fn monotonic_ns() -> u64 {
    let now = clock_gettime(ClockId::Monotonic);
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}

/// Time all threads of these processes have run, in user and kernel mode.
///
/// # Errors
/// When one of them is gone.
pub(in crate::bench) fn cpu(processes: &[u32]) -> Result<Duration> {
    processes.iter().map(|&process| cpu_of(process)).sum()
}

fn cpu_of(process: u32) -> Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).with_context(|| format!("process {process}"))?;
    // The name, in parentheses, may hold anything; fields are counted from behind it.
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
    let mut fields = fields.split_whitespace().skip(11).map(|field| field.parse::<u64>().unwrap_or_default());
    let ticks = fields.next().unwrap_or_default() + fields.next().unwrap_or_default();
    Ok(Duration::from_secs_f64(ticks as f64 / rustix::param::clock_ticks_per_second() as f64))
}

/// Memory these processes hold, in kB.
///
/// # Errors
/// When one of them is gone.
pub(in crate::bench) fn resident_kb(processes: &[u32]) -> Result<u64> {
    processes.iter().map(|&process| resident_kb_of(process)).sum()
}

fn resident_kb_of(process: u32) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

/// Children of a process.
///
/// # Errors
/// When it is gone.
pub(in crate::bench) fn children(process: u32) -> Result<Vec<u32>> {
    let listed = fs::read_to_string(format!("/proc/{process}/task/{process}/children"))?;
    listed.split_whitespace().map(|child| Ok(child.parse()?)).collect()
}

/// Lets this process and those it starts open `needed` files.
///
/// # Errors
/// When the machine does not allow so many.
pub(in crate::bench) fn raise_open_files(needed: u64) -> Result<()> {
    let mut limit = getrlimit(Resource::Nofile);
    let most = limit.maximum.unwrap_or(u64::MAX);
    ensure!(needed <= most, "{needed} open files are needed and {most} are allowed; see `ulimit -Hn`");
    if limit.current.is_some_and(|current| current < needed) {
        limit.current = Some(most);
        setrlimit(Resource::Nofile, limit).context("raise the limit of open files")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_process_is_known() {
        let own = [std::process::id()];
        let before = cpu(&own).unwrap();
        let begun = monotonic_ns();
        let mut sum = 0u64;
        while cpu(&own).unwrap() == before {
            sum = sum.wrapping_add(monotonic_ns());
        }
        assert!(monotonic_ns() > begun && sum > 0);
        assert!(resident_kb(&own).unwrap() > 1000);
        assert!(cpu(&[u32::MAX]).is_err());
    }
}

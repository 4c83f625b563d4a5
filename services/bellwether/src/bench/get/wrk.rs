//! wrk, where it is installed: many connections that ask again as soon as they are answered.

use crate::cli::BenchGet;
use anyhow::{Context, Result, ensure};
use std::{net::SocketAddr, path::PathBuf, process::Stdio};
use tokio::process::Command;

/// The program.
pub(super) struct Wrk(PathBuf);

/// What it says of a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Answered {
    pub(super) requests: u64,
    pub(super) per_second: f64,
    /// Answers that were no success, and sockets that broke.
    pub(super) failed: u64,
}

/// Looks for the Debian package `wrk`.
///
/// # Errors
/// Says how to get it.
pub(super) fn find() -> Result<Wrk> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|folder| folder.join("wrk")).find(|file| file.is_file());
    found.map(Wrk).context("wrk is not installed (apt install wrk)")
}

impl Wrk {
    /// Asks for `seconds`.
    ///
    /// # Errors
    /// When it fails.
    pub(super) async fn run(&self, address: SocketAddr, path: &str, args: &BenchGet) -> Result<Answered> {
        let output = Command::new(&self.0)
            .args(["-t1", &format!("-c{}", args.connections), &format!("-d{}s", args.seconds)])
            .arg(format!("http://{address}{path}"))
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output()
            .await
            .context("start wrk")?;
        ensure!(output.status.success(), "wrk failed: {}", String::from_utf8_lossy(&output.stderr));
        read(&String::from_utf8_lossy(&output.stdout)).context("what wrk said cannot be read")
    }
}

fn read(said: &str) -> Option<Answered> {
    let lines = || said.lines().map(str::trim);
    let requests = lines().find_map(|line| line.split_once(" requests in ")?.0.parse().ok())?;
    let per_second = lines().find_map(|line| line.strip_prefix("Requests/sec:")?.trim().parse().ok())?;
    let refused = lines().find_map(|line| line.strip_prefix("Non-2xx or 3xx responses:")?.trim().parse().ok());
    let broken = lines()
        .find_map(|line| line.strip_prefix("Socket errors:"))
        .map_or(0, |errors| errors.split([' ', ',']).filter_map(|word| word.parse::<u64>().ok()).sum());
    Some(Answered { requests, per_second, failed: refused.unwrap_or(0) + broken })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_wrk_says_is_read() {
        let said = "Running 1s test @ http://127.0.0.1:1/\n  1 threads and 64 connections\n  52345 requests in 1.00s, \
                    9.1MB read\nRequests/sec:  52001.50\nTransfer/sec: 1MB\n";
        assert_eq!(read(said), Some(Answered { requests: 52345, per_second: 52001.5, failed: 0 }));
        let bad =
            format!("{said}  Socket errors: connect 1, read 2, write 0, timeout 3\n  Non-2xx or 3xx responses: 4\n");
        assert_eq!(read(&bad).map(|answered| answered.failed), Some(10));
        assert_eq!(read("unable to connect"), None);
    }
}

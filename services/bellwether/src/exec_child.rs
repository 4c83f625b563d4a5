//! `exec-child`: runs another program that ends when its parent ends, even when the parent was killed.

use anyhow::{Context, Result, bail};
use rustix::process::getppid;
use std::{
    ffi::{OsStr, OsString},
    process::ExitCode,
};

/// Runs `program` for the process `parent`, which must be the one that started us.
///
/// # Errors
/// When the parent is gone already, or the program cannot be run.
pub(crate) fn run(parent: i32, program: &[OsString]) -> Result<ExitCode> {
    let (name, args) = program.split_first().context("no program given")?;
    tie_and_run(parent, name, args).with_context(|| format!("cannot run {}", name.to_string_lossy()))
}

/// Asks the kernel for a SIGKILL at the parent's end, then becomes the program. Everything we run survives being
/// killed, so the certain signal is the better one.
#[cfg(target_os = "linux")]
fn tie_and_run(parent: i32, name: &OsStr, args: &[OsString]) -> Result<ExitCode> {
    use rustix::process::{Signal, set_parent_process_death_signal};
    use std::os::unix::process::CommandExt;

    set_parent_process_death_signal(Some(Signal::KILL)).context("cannot ask for a signal at the parent's end")?;
    // The parent may have ended before the request: then no signal will ever come.
    check_parent(parent)?;
    Err(std::process::Command::new(name).args(args).stdin(std::process::Stdio::null()).exec().into())
}

/// Stays between the two where the kernel knows no such signal.
#[cfg(not(target_os = "linux"))]
fn tie_and_run(parent: i32, name: &OsStr, args: &[OsString]) -> Result<ExitCode> {
    check_parent(parent)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let code = runtime.block_on(watch::over(name, args, tokio::io::stdin()));
    // The read of the standard input may never end.
    runtime.shutdown_background();
    code
}

fn check_parent(parent: i32) -> Result<()> {
    if getppid().map(|pid| pid.as_raw_nonzero().get()) != Some(parent) {
        bail!("the parent {parent} is gone");
    }
    Ok(())
}

#[cfg(any(not(target_os = "linux"), test))]
mod watch {
    use super::*;
    use rustix::process::{Pid, Signal, kill_process};
    use tokio::{
        io::{AsyncRead, AsyncReadExt},
        process::Command,
        signal::unix::{SignalKind, signal},
    };

    /// Runs a program; kills it when `parent` ends, which only the parent keeps open; hands SIGTERM on.
    pub(super) async fn over(name: &OsStr, args: &[OsString], mut parent: impl AsyncRead + Unpin) -> Result<ExitCode> {
        let mut term = signal(SignalKind::terminate())?;
        let mut child = Command::new(name).args(args).stdin(std::process::Stdio::null()).kill_on_drop(true).spawn()?;
        let mut byte = [0];
        loop {
            tokio::select! {
                ended = child.wait() => return Ok(ended?.code().map_or(ExitCode::FAILURE, |code| ExitCode::from(code as u8))),
                _ = parent.read(&mut byte) => {
                    child.kill().await?;
                    return Ok(ExitCode::FAILURE);
                }
                _ = term.recv() => {
                    if let Some(pid) = child.id().and_then(|pid| Pid::from_raw(pid as i32)) {
                        kill_process(pid, Signal::TERM)?;
                    }
                }
            }
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;
        use std::time::Duration;
        use tokio::time::timeout;

        #[tokio::test]
        async fn the_end_of_the_parent_ends_the_program() {
            let (ours, parent) = tokio::io::duplex(1);
            drop(ours);
            let args = ["1000".into()];
            let ended = timeout(Duration::from_secs(10), over("sleep".as_ref(), &args, parent)).await;
            assert!(ended.is_ok_and(|code| code.is_ok()));
        }

        #[tokio::test]
        async fn the_programs_code_is_handed_on() {
            let (_ours, parent) = tokio::io::duplex(1);
            let args = ["-c".into(), "exit 7".into()];
            let code = timeout(Duration::from_secs(10), over("sh".as_ref(), &args, parent)).await.unwrap().unwrap();
            assert_eq!(format!("{code:?}"), format!("{:?}", ExitCode::from(7)));
        }
    }
}

//! Programs that end with this process, however it ends.

use anyhow::{Context, Result};
use bellwether_harness::{KILLED_FROM_OUTSIDE, beacon::RESTARTS};
use std::{
    ffi::OsString,
    fs::File,
    io,
    path::PathBuf,
    process::Stdio,
    sync::{OnceLock, mpsc},
};
use tokio::{
    process::{Child, Command},
    runtime::Handle,
    sync::oneshot,
};

/// What to run.
#[derive(Debug)]
pub(crate) struct Program {
    /// The program.
    pub(crate) path: PathBuf,
    /// Its arguments.
    pub(crate) args: Vec<OsString>,
    /// Its standard output; nothing when absent.
    pub(crate) stdout: Option<File>,
    /// Environment variables that others on this machine must not see, as they would see arguments.
    pub(crate) secrets: Vec<(&'static str, String)>,
}

impl Program {
    /// As one would type it.
    pub(crate) fn line(&self) -> String {
        let args = self.args.iter().map(|arg| format!(" {}", arg.to_string_lossy()));
        args.fold(self.path.display().to_string(), |line, arg| line + &arg)
    }

    /// Starts it through `exec-child`, in a process group of its own: the terminal's Ctrl-C is for us alone, so that
    /// services stop in order.
    ///
    /// `killed`: the one before it was killed from outside, so its end says nothing about what it was working on.
    /// `restarts`: how often it was started again, for it to tell.
    pub(crate) async fn spawn(&self, killed: bool, restarts: u32) -> Result<Child> {
        let mut command = Command::new(own_program()?);
        command.arg("exec-child").arg("--parent").arg(std::process::id().to_string()).arg("--").arg(&self.path);
        command.args(&self.args).process_group(0).kill_on_drop(true);
        command.env_remove(KILLED_FROM_OUTSIDE).envs(killed.then_some((KILLED_FROM_OUTSIDE, "1")));
        command.env(RESTARTS, restarts.to_string());
        command.envs(self.secrets.iter().map(|(name, value)| (name, value)));
        // Kept open by us alone: where the kernel has no death signal, its end tells the child that we are gone.
        command.stdin(Stdio::piped());
        command.stdout(match &self.stdout {
            Some(file) => Stdio::from(file.try_clone()?),
            None => Stdio::null(),
        });
        on_lasting_thread(command).await.with_context(|| format!("cannot start {}", self.path.display()))
    }
}

/// Ourselves, as we were found at the start: later the name may read `… (deleted)` after a new build.
pub(crate) fn own_program() -> io::Result<&'static PathBuf> {
    static OWN: OnceLock<PathBuf> = OnceLock::new();
    if let Some(own) = OWN.get() {
        return Ok(own);
    }
    let own = std::env::current_exe()?;
    Ok(OWN.get_or_init(|| own))
}

struct Job {
    command: Command,
    runtime: Handle,
    done: oneshot::Sender<io::Result<Child>>,
}

/// Spawns from one thread that lives as long as the process: the kernel sends the death signal of a child when the
/// *thread* that made it ends, and the runtime's threads may.
async fn on_lasting_thread(command: Command) -> io::Result<Child> {
    static JOBS: OnceLock<mpsc::Sender<Job>> = OnceLock::new();
    let jobs = JOBS.get_or_init(|| {
        let (jobs, inbox) = mpsc::channel::<Job>();
        std::thread::spawn(move || {
            for mut job in inbox {
                let _runtime = job.runtime.enter();
                let _ = job.done.send(job.command.spawn());
            }
        });
        jobs
    });
    let (done, child) = oneshot::channel();
    let gone = || io::Error::other("the thread that starts processes is gone");
    jobs.send(Job { command, runtime: Handle::current(), done }).map_err(|_| gone())?;
    child.await.map_err(|_| gone())?
}

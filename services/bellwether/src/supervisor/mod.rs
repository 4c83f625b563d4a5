//! Starts services, starts them again when they end, and stops them in order.

mod backoff;
mod program;
pub(crate) mod record;

pub(crate) use program::{Program, own_program};

use anyhow::Result;
use backoff::Backoff;
use futures::future::BoxFuture;
use record::{Book, State};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use std::{os::unix::process::ExitStatusExt, process::ExitStatus, sync::Arc, time::Duration};
use tokio::{
    process::Child,
    task::JoinSet,
    time::{Instant, sleep, timeout},
};
use tokio_util::sync::CancellationToken;

/// How long a service may take to stop before it is killed.
const STOP_LIMIT: Duration = Duration::from_secs(5);

/// One thing to keep running.
pub(crate) struct Unit {
    /// Its name in logs and in `ps`.
    pub(crate) name: String,
    /// How it is run.
    pub(crate) how: How,
}

/// How a unit is run.
pub(crate) enum How {
    /// As a process of its own.
    Process(Program),
    /// As a task of this process; it ends soon after its token is cancelled.
    Task(Box<dyn Fn(CancellationToken) -> BoxFuture<'static, Result<()>> + Send + Sync>),
}

/// Runs units until it is told to stop.
pub(crate) struct Supervisor {
    book: Arc<Book>,
    stop: CancellationToken,
    units: JoinSet<()>,
}

impl Supervisor {
    /// Keeps its record in `book`.
    pub(crate) fn new(book: Arc<Book>) -> Self {
        Self { book, stop: CancellationToken::new(), units: JoinSet::new() }
    }

    /// Starts a unit and keeps it running.
    pub(crate) fn keep(&mut self, unit: Unit) {
        let command = match &unit.how {
            How::Process(program) => program.line(),
            How::Task(_) => "task".to_owned(),
        };
        let place = self.book.add(unit.name.clone(), command);
        self.units.spawn(keep(unit, place, Arc::clone(&self.book), self.stop.clone()));
    }

    /// Asks everything to stop, and waits until it has; what takes over five seconds is killed.
    pub(crate) async fn stop(mut self) {
        self.stop.cancel();
        while self.units.join_next().await.is_some() {}
    }
}

/// Ends that come from outside: SIGKILL and SIGTERM.
const KILLS: [&str; 2] = ["signal 9", "signal 15"];

async fn keep(unit: Unit, place: usize, book: Arc<Book>, stop: CancellationToken) {
    let mut backoff = Backoff::default();
    let mut killed = false;
    loop {
        let started = Instant::now();
        let reason = match &unit.how {
            How::Process(program) => run_process(program, killed, place, &book, &stop).await,
            How::Task(task) => run_task(task(stop.child_token()), place, &book, &stop).await,
        };
        if stop.is_cancelled() {
            book.ended(place, reason, State::Stopped);
            return;
        }
        killed = KILLS.contains(&reason.as_str());
        let pause = backoff.after(started.elapsed());
        tracing::warn!(unit = unit.name, reason, pause_ms = pause.as_millis() as u64, "ended; it is started again");
        book.ended(place, reason, State::Waiting);
        tokio::select! {
            () = sleep(pause) => {}
            () = stop.cancelled() => {}
        }
    }
}

async fn run_process(program: &Program, killed: bool, place: usize, book: &Book, stop: &CancellationToken) -> String {
    let mut child = match program.spawn(killed).await {
        Ok(child) => child,
        Err(error) => return format!("{error:#}"),
    };
    book.started(place, child.id().unwrap_or_default());
    let ended = tokio::select! {
        ended = child.wait() => ended,
        () = stop.cancelled() => end(&mut child).await,
    };
    ended.map_or_else(|error| format!("lost sight of it: {error}"), said)
}

/// SIGTERM, and SIGKILL for the whole group when that does not help.
async fn end(child: &mut Child) -> std::io::Result<ExitStatus> {
    let pid = child.id().and_then(|pid| Pid::from_raw(pid as i32));
    if let Some(pid) = pid {
        let _ = kill_process(pid, Signal::TERM);
    }
    if let Ok(ended) = timeout(STOP_LIMIT, child.wait()).await {
        return ended;
    }
    if let Some(pid) = pid {
        let _ = kill_process_group(pid, Signal::KILL);
    }
    child.wait().await
}

fn said(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit code {code}"),
        (None, Some(signal)) => format!("signal {signal}"),
        (None, None) => status.to_string(),
    }
}

async fn run_task(task: BoxFuture<'static, Result<()>>, place: usize, book: &Book, stop: &CancellationToken) -> String {
    book.started(place, std::process::id());
    let mut task = tokio::spawn(task);
    let ended = tokio::select! {
        ended = &mut task => ended,
        () = stop.cancelled() => match timeout(STOP_LIMIT, &mut task).await {
            Ok(ended) => ended,
            Err(_) => {
                task.abort();
                return format!("did not stop within {STOP_LIMIT:?}");
            }
        },
    };
    match ended {
        Ok(Ok(())) => "ended by itself".to_owned(),
        Ok(Err(error)) => format!("{error:#}"),
        Err(error) => format!("panicked: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[tokio::test]
    async fn a_task_that_fails_or_panics_is_run_again_until_told_to_stop() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("processes.json");
        let mut supervisor = Supervisor::new(Arc::new(Book::open(path.clone()).await.unwrap()));
        let runs = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&runs);
        let task = move |stop: CancellationToken| -> BoxFuture<'static, Result<()>> {
            let run = counted.fetch_add(1, Ordering::SeqCst);
            Box::pin(async move {
                match run {
                    0 => anyhow::bail!("no bread"),
                    1 => panic!("no butter"),
                    _ => stop.cancelled().await,
                }
                Ok(())
            })
        };
        supervisor.keep(Unit { name: "cook".to_owned(), how: How::Task(Box::new(task)) });
        let deadline = Instant::now() + Duration::from_secs(10);
        while runs.load(Ordering::SeqCst) < 3 {
            assert!(Instant::now() < deadline);
            sleep(Duration::from_millis(1)).await;
        }
        supervisor.stop().await;
        let entry = &record::read(&path).unwrap().processes[0];
        assert_eq!((entry.restarts, entry.state, entry.pid), (2, State::Stopped, None));
        assert_eq!(entry.last_exit.as_deref(), Some("ended by itself"));
    }
}

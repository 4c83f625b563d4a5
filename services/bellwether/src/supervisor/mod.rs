//! Starts services, starts them again when they end, and stops them in order.

mod backoff;
pub(crate) mod control;
mod probe;
mod program;
pub(crate) mod record;

pub(crate) use program::{Program, own_program};

use anyhow::Result;
use backoff::Backoff;
use futures::future::BoxFuture;
use record::{Book, State};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap, net::SocketAddr, os::unix::process::ExitStatusExt, process::ExitStatus, sync::Arc,
    time::Duration,
};
use tokio::{
    process::Child,
    sync::{mpsc, oneshot},
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
    /// Where it says whether it is ready; one that says nothing is ready when it runs.
    pub(crate) ready: Option<SocketAddr>,
}

/// What an operator wants done with a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum What {
    /// End it and start it again.
    Restart,
    /// End it and leave it so.
    Stop,
    /// Start it, if it does not run.
    Start,
}

/// An order for one unit.
#[derive(Debug)]
pub(crate) struct Order {
    /// What to do.
    pub(crate) what: What,
    /// Told what became of it.
    pub(crate) done: oneshot::Sender<String>,
}

/// Where the orders for each unit are put.
pub(crate) type Orders = Arc<BTreeMap<String, mpsc::Sender<Order>>>;

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
    orders: BTreeMap<String, mpsc::Sender<Order>>,
}

impl Supervisor {
    /// Keeps its record in `book`.
    pub(crate) fn new(book: Arc<Book>) -> Self {
        Self { book, stop: CancellationToken::new(), units: JoinSet::new(), orders: BTreeMap::new() }
    }

    /// Starts a unit and keeps it running.
    pub(crate) fn keep(&mut self, unit: Unit) {
        let command = match &unit.how {
            How::Process(program) => program.line(),
            How::Task(_) => "task".to_owned(),
        };
        let place = self.book.add(unit.name.clone(), command);
        let (sender, orders) = mpsc::channel(8);
        self.orders.insert(unit.name.clone(), sender);
        let keeper = Keeper { unit, place, book: Arc::clone(&self.book), stop: self.stop.clone(), orders };
        self.units.spawn(keeper.keep());
    }

    /// Where to put orders for what is kept now.
    pub(crate) fn orders(&self) -> Orders {
        Arc::new(self.orders.clone())
    }

    /// Asks everything to stop, and waits until it has; what takes over five seconds is killed.
    pub(crate) async fn stop(mut self) {
        self.stop.cancel();
        while self.units.join_next().await.is_some() {}
    }
}

/// Ends that come from outside: SIGKILL and SIGTERM.
const KILLS: [&str; 2] = ["signal 9", "signal 15"];
/// How long a unit may take to get ready before whoever waits for it is told that it is not.
const READY_LIMIT: Duration = Duration::from_secs(30);

/// Keeps one unit running.
struct Keeper {
    unit: Unit,
    place: usize,
    book: Arc<Book>,
    stop: CancellationToken,
    orders: mpsc::Receiver<Order>,
}

/// How a run ended.
enum Ended {
    /// By itself, or because everything stops.
    Alone(String),
    /// Because somebody wanted it to.
    Ordered(Order),
}

impl Keeper {
    async fn keep(mut self) {
        let mut backoff = Backoff::default();
        // Why the one before ended from outside, and who waits for the next to be ready.
        let (mut killed, mut waiting) = (false, None);
        loop {
            let started = Instant::now();
            let ended = self.run(killed, waiting.take()).await;
            let (reason, order) = match ended {
                Ended::Alone(reason) if self.stop.is_cancelled() => {
                    return self.book.ended(self.place, reason, State::Stopped);
                }
                Ended::Alone(reason) => {
                    killed = KILLS.contains(&reason.as_str());
                    let pause = backoff.after(started.elapsed());
                    let (unit, pause_ms) = (&self.unit.name, pause.as_millis() as u64);
                    tracing::warn!(unit, reason, pause_ms, "ended; it is started again");
                    self.book.ended(self.place, reason, State::Waiting);
                    tokio::select! {
                        () = sleep(pause) => continue,
                        () = self.stop.cancelled() => continue,
                        Some(order) = self.orders.recv() => ("waiting to be started again".to_owned(), order),
                    }
                }
                Ended::Ordered(order) => ("ended by an operator".to_owned(), order),
            };
            killed = true;
            waiting = self.follow(reason, order).await;
            if self.stop.is_cancelled() {
                return self.book.ended(self.place, "ended by an operator".to_owned(), State::Stopped);
            }
        }
    }

    /// Carries an order out on a unit that does not run; gives back who waits for it to be ready.
    async fn follow(&mut self, reason: String, mut order: Order) -> Option<oneshot::Sender<String>> {
        while order.what == What::Stop {
            tracing::info!(unit = self.unit.name, "stopped by an operator");
            self.book.ended(self.place, "ended by an operator".to_owned(), State::Stopped);
            // Who asked may be gone.
            let _ = order.done.send(format!("{} has stopped", self.unit.name));
            order = tokio::select! {
                next = self.orders.recv() => next?,
                () = self.stop.cancelled() => return None,
            };
        }
        self.book.ended(self.place, reason, State::Waiting);
        Some(order.done)
    }

    /// Runs the unit until it ends, everything stops, or an order ends it.
    async fn run(&mut self, killed: bool, waiting: Option<oneshot::Sender<String>>) -> Ended {
        let halt = self.stop.child_token();
        let (unit, place, book) = (&self.unit, self.place, &*self.book);
        let mut waiting = waiting;
        let run = async {
            match &unit.how {
                How::Process(program) => run_process(program, killed, place, book, &halt).await,
                How::Task(task) => run_task(task(halt.child_token()), place, book, &halt).await,
            }
        };
        tokio::pin!(run);
        let ready = probe::ready(unit.ready, READY_LIMIT);
        tokio::pin!(ready);
        loop {
            tokio::select! {
                biased;
                reason = &mut run => {
                    if let Some(done) = waiting.take() {
                        let _ = done.send(format!("{} ended again: {reason}", unit.name));
                    }
                    return Ended::Alone(reason);
                }
                is_ready = &mut ready, if waiting.is_some() => {
                    if let Some(done) = waiting.take() {
                        let how = if is_ready { "runs and is ready" } else { "runs, and is not ready yet" };
                        let _ = done.send(format!("{} {how}", unit.name));
                    }
                }
                Some(order) = self.orders.recv() => {
                    if order.what == What::Start {
                        let _ = order.done.send(format!("{} runs", unit.name));
                        continue;
                    }
                    halt.cancel();
                    run.await;
                    return Ended::Ordered(order);
                }
            }
        }
    }
}

async fn run_process(program: &Program, killed: bool, place: usize, book: &Book, stop: &CancellationToken) -> String {
    let mut child = match program.spawn(killed, book.restarts(place)).await {
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
        supervisor.keep(Unit { name: "cook".to_owned(), how: How::Task(Box::new(task)), ready: None });
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

    #[tokio::test]
    async fn a_unit_is_restarted_stopped_and_started_by_order_and_the_others_go_on() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("processes.json");
        let mut supervisor = Supervisor::new(Arc::new(Book::open(path.clone()).await.unwrap()));
        for name in ["cook", "cook#2", "waiter"] {
            let task = |stop: CancellationToken| -> BoxFuture<'static, Result<()>> {
                Box::pin(async move {
                    stop.cancelled().await;
                    Ok(())
                })
            };
            supervisor.keep(Unit { name: name.to_owned(), how: How::Task(Box::new(task)), ready: None });
        }
        let (socket, all) = (temp.path().join("control.sock"), CancellationToken::new());
        control::listen(&socket, supervisor.orders(), all.clone()).unwrap();
        let order = async |what, name: Option<&str>| {
            control::order(&socket, &control::Ask { what, name: name.map(str::to_owned) }).await
        };
        let states = || {
            let record = record::read(&path).unwrap();
            record.processes.into_iter().map(|entry| (entry.restarts, entry.state)).collect::<Vec<_>>()
        };
        assert_eq!(order(What::Restart, Some("cook#2")).await.unwrap(), ["cook#2 runs and is ready"]);
        assert_eq!(states(), [(0, State::Running), (1, State::Running), (0, State::Running)]);
        assert_eq!(order(What::Restart, Some("cook")).await.unwrap().len(), 2);
        assert_eq!(states()[2], (0, State::Running));
        assert_eq!(order(What::Stop, Some("waiter")).await.unwrap(), ["waiter has stopped"]);
        assert_eq!(states()[2].1, State::Stopped);
        order(What::Stop, Some("waiter")).await.unwrap();
        order(What::Start, Some("waiter")).await.unwrap();
        assert_eq!(states()[2], (1, State::Running));
        let unknown = order(What::Restart, Some("baker")).await.unwrap_err().to_string();
        assert!(unknown.contains("baker") && unknown.contains("waiter"), "{unknown}");
        assert!(order(What::Start, None).await.is_err() && !all.is_cancelled());
        order(What::Stop, None).await.unwrap();
        assert!(all.is_cancelled());
        supervisor.stop().await;
    }
}

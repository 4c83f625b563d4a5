//! Tasks, time and chance of one simulated run: all of them follow from its seed.

use futures::future::BoxFuture;
use std::{
    cell::RefCell,
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
    future::{Future, poll_fn},
    sync::{Arc, Mutex, MutexGuard},
    task::{Context, Poll, Wake, Waker},
    time::Duration,
};

thread_local! {
    static CURRENT: RefCell<Option<Arc<Time>>> = const { RefCell::new(None) };
}

pub(crate) async fn sleep(pause: Duration) {
    current().sleep(pause).await;
}

pub(crate) fn now() -> Duration {
    current().now()
}

pub(crate) fn jitter() -> f64 {
    0.5 + current().below(1000) as f64 / 1000.0
}

fn current() -> Arc<Time> {
    CURRENT.with_borrow(|time| time.clone().expect("inside a simulation"))
}

pub(super) type Task = usize;

/// The clock, the dice and the list of tasks of one run.
pub(super) struct Time(Mutex<State>);

#[derive(Default)]
struct State {
    now: Duration,
    dice: u64,
    ready: Vec<Task>,
    timers: BinaryHeap<Reverse<(Duration, Timer)>>,
    born: Vec<(Task, BoxFuture<'static, ()>)>,
    ended: Vec<Task>,
    tasks: Task,
}

/// A waker in a heap: which of two at the same moment comes first is by number.
struct Timer(usize, Waker);

impl PartialEq for Timer {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for Timer {}

impl PartialOrd for Timer {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Timer {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}

struct Awake {
    time: Arc<Time>,
    task: Task,
}

impl Wake for Awake {
    fn wake(self: Arc<Self>) {
        let mut state = self.time.lock();
        if !state.ready.contains(&self.task) {
            state.ready.push(self.task);
        }
    }
}

impl Time {
    pub(super) fn new(seed: u64) -> Arc<Self> {
        Arc::new(Self(Mutex::new(State { dice: seed, ..State::default() })))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("no panic while the clock is held")
    }

    pub(super) fn now(&self) -> Duration {
        self.lock().now
    }

    /// One of 0 … `bound` − 1 (splitmix64).
    pub(super) fn below(&self, bound: u64) -> u64 {
        let mut state = self.lock();
        state.dice = state.dice.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state.dice;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound.max(1)
    }

    pub(super) fn chance(&self, per_mille: u64) -> bool {
        per_mille > 0 && self.below(1000) < per_mille
    }

    pub(super) fn millis(&self, bound: u64) -> Duration {
        Duration::from_millis(self.below(bound))
    }

    pub(super) async fn sleep(&self, pause: Duration) {
        let mut deadline = None;
        poll_fn(|context| {
            let mut state = self.lock();
            let due = *deadline.get_or_insert(state.now + pause);
            if state.now >= due {
                return Poll::Ready(());
            }
            let number = state.timers.len();
            state.timers.push(Reverse((due, Timer(number, context.waker().clone()))));
            Poll::Pending
        })
        .await;
    }

    pub(super) fn spawn(&self, future: impl Future<Output = ()> + Send + 'static) -> Task {
        let mut state = self.lock();
        state.tasks += 1;
        let task = state.tasks;
        state.born.push((task, Box::pin(future)));
        task
    }

    pub(super) fn forget(&self) {
        let gone = std::mem::take(&mut *self.lock());
        drop(gone);
    }

    /// Ends a task wherever it waits.
    pub(super) fn end(&self, task: Task) {
        self.lock().ended.push(task);
    }

    /// Runs everything until `main` ends; an error when nothing can go on, or it takes longer than `limit`.
    pub(super) fn run(
        self: &Arc<Self>,
        main: impl Future<Output = ()> + Send + 'static,
        limit: Duration,
    ) -> Result<(), String> {
        CURRENT.set(Some(self.clone()));
        let main = self.spawn(main);
        let mut tasks: BTreeMap<Task, (BoxFuture<'static, ()>, Waker)> = BTreeMap::new();
        loop {
            let (born, ended) = {
                let mut state = self.lock();
                (std::mem::take(&mut state.born), std::mem::take(&mut state.ended))
            };
            for (task, future) in born {
                tasks.insert(task, (future, Arc::new(Awake { time: self.clone(), task }).into()));
                self.lock().ready.push(task);
            }
            for task in ended {
                tasks.remove(&task);
            }
            let Some(task) = self.pick()? else { continue };
            if self.now() > limit {
                return Err(format!("not done after {limit:?}"));
            }
            let Some((future, waker)) = tasks.get_mut(&task) else { continue };
            if future.as_mut().poll(&mut Context::from_waker(waker)).is_ready() {
                tasks.remove(&task);
                if task == main {
                    CURRENT.set(None);
                    return Ok(());
                }
            }
        }
    }

    /// Any task that can go on; else the clock moves on to the next timer.
    fn pick(&self) -> Result<Option<Task>, String> {
        let ready = self.lock().ready.len() as u64;
        if ready > 0 {
            let at = if ready == 1 { 0 } else { self.below(ready) };
            return Ok(Some(self.lock().ready.swap_remove(at as usize)));
        }
        let mut state = self.lock();
        if !state.born.is_empty() {
            return Ok(None);
        }
        let Some(Reverse((due, timer))) = state.timers.pop() else {
            return Err("deadlock: nothing waits for time and nothing can go on".to_owned());
        };
        state.now = state.now.max(due);
        drop(state);
        timer.1.wake();
        Ok(None)
    }
}

//! One simulated run: the broker, the processes, and what happens to them.

use super::{
    chain::{Alpha, Beta, MAKER, Maker, Plan, Trap, bar},
    link::Link,
    store::{Store, stream_of},
    time::{Task, Time},
};
use crate::{
    RefoldSpec, batch,
    follow::{Source, follow},
    health::Health,
    identity, markers,
    publish::{Numbered, Published, Publisher},
    refold::StatefulFold,
    track::{WorkerFold, source_stream, source_subject},
};
use async_nats::HeaderMap;
use bellwether_schemas::{Key, fixture, names};
use bellwether_worker::Worker;
use bytes::Bytes;
use futures::{FutureExt, future::BoxFuture};
use std::{
    future::pending,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::sync::{Semaphore, watch};

/// How often what goes wrong, of a thousand times it could.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Odds {
    pub(super) crash: u64,
    pub(super) slow: u64,
    pub(super) lose: u64,
    pub(super) late_put: u64,
    pub(super) late_replica: u64,
    pub(super) lost_delivery: u64,
    pub(super) stall: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Service {
    Publisher,
    Maker,
    Alpha,
    Beta,
}

/// A place in which one process after another lives.
pub(super) struct Slot {
    pub(super) service: Service,
    copy: String,
    tasks: Vec<Task>,
    life: Option<Arc<Life>>,
}

/// One process.
pub(super) struct Life {
    pub(super) slot: usize,
    /// The next thing it asks of the broker it asks no more.
    pub(super) dying: Arc<AtomicBool>,
    linked: AtomicBool,
    pub(super) connections: watch::Sender<u64>,
    pub(super) gate: Arc<Semaphore>,
}

impl Life {
    pub(super) fn linked(&self) -> bool {
        self.linked.load(Ordering::Relaxed)
    }
}

pub(super) struct World {
    pub(super) time: Arc<Time>,
    pub(super) key: Key,
    pub(super) plan: Plan,
    pub(super) bars: u64,
    /// Longest pause between two bars, in milliseconds.
    pub(super) pace: u64,
    pub(super) acknowledged: AtomicU64,
    store: Mutex<Store>,
    odds: Mutex<Odds>,
    slots: Mutex<Vec<Slot>>,
    broker_up: AtomicBool,
    broker_life: AtomicU64,
    /// Puts on their way do not reach a store that was put back.
    era: AtomicU64,
    lives: AtomicU64,
    pub(super) healths: Mutex<Vec<Health>>,
    pub(super) faults: Mutex<Vec<String>>,
    pub(super) broken: Mutex<Vec<String>>,
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("no panic while it is held")
}

impl World {
    pub(super) fn new(time: Arc<Time>, plan: Plan, bars: u64, pace: u64, odds: Odds) -> Arc<Self> {
        Arc::new(Self {
            time,
            key: Key::live("u").expect("a key"),
            plan,
            bars,
            pace,
            acknowledged: AtomicU64::new(0),
            store: Mutex::default(),
            odds: Mutex::new(odds),
            slots: Mutex::default(),
            broker_up: AtomicBool::new(true),
            broker_life: AtomicU64::new(1),
            era: AtomicU64::new(0),
            lives: AtomicU64::new(0),
            healths: Mutex::default(),
            faults: Mutex::default(),
            broken: Mutex::default(),
        })
    }

    pub(super) fn store(&self) -> MutexGuard<'_, Store> {
        lock(&self.store)
    }

    pub(super) fn chance(&self, of: impl Fn(&Odds) -> u64) -> bool {
        let odds = of(&lock(&self.odds));
        self.time.chance(odds)
    }

    pub(super) fn set_odds(&self, odds: Odds) {
        *lock(&self.odds) = odds;
    }

    pub(super) fn broker_life(&self) -> u64 {
        self.broker_life.load(Ordering::Relaxed)
    }

    pub(super) fn note(&self, fault: impl Into<String>) {
        lock(&self.faults).push(format!("{:>7} ms  {}", self.time.now().as_millis(), fault.into()));
    }

    pub(super) fn break_with(&self, what: impl Into<String>) {
        lock(&self.broken).push(what.into());
    }

    /// A put that is on its way while its sender has given up on it.
    pub(super) fn put_later(
        self: &Arc<Self>,
        subject: String,
        messages: Vec<(HeaderMap, Bytes)>,
        follows: Option<u64>,
    ) {
        let (world, era) = (self.clone(), self.era.load(Ordering::Relaxed));
        self.time.spawn(async move {
            world.time.sleep(world.time.millis(6000)).await;
            if world.era.load(Ordering::Relaxed) == era {
                let arrived = world.store().put(&subject, messages, follows).is_ok();
                world.note(format!("a late put on {subject} arrives; stored: {arrived}"));
            }
        });
    }

    pub(super) fn broker_down(&self) {
        self.note("the broker is killed");
        self.broker_up.store(false, Ordering::Relaxed);
        self.broker_life.fetch_add(1, Ordering::Relaxed);
        for slot in lock(&self.slots).iter() {
            if let Some(life) = &slot.life {
                life.linked.store(false, Ordering::Relaxed);
            }
        }
    }

    pub(super) fn broker_up(self: &Arc<Self>) {
        self.note("the broker is back");
        self.broker_up.store(true, Ordering::Relaxed);
        for life in lock(&self.slots).iter().filter_map(|slot| slot.life.clone()) {
            let world = self.clone();
            self.time.spawn(async move {
                world.time.sleep(world.time.millis(300)).await;
                life.linked.store(true, Ordering::Relaxed);
                life.connections.send_modify(|count| *count += 1);
            });
        }
    }

    /// The stream forgets its newest messages. What was on its way to it is lost.
    pub(super) fn go_back(&self, stream: &str) {
        let mut store = self.store();
        let log = store.log_mut(stream);
        let kept = self.time.below(log.entries.len() as u64 + 1) as usize;
        self.note(format!("{stream} goes back from {} messages to {kept}", log.entries.len()));
        log.go_back(kept);
        self.era.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn remake(&self, stream: &str) {
        self.note(format!("{stream} is deleted and made again"));
        self.store().make(stream, usize::MAX, None);
        self.era.fetch_add(1, Ordering::Relaxed);
    }

    /// Tasks hold the world and the world holds tasks: takes them apart.
    pub(super) fn forget(&self) {
        lock(&self.slots).clear();
        self.time.forget();
    }

    pub(super) fn add(self: &Arc<Self>, service: Service) {
        let mut slots = lock(&self.slots);
        let slot = slots.len();
        slots.push(Slot { service, copy: format!("{service:?}#{slot}"), tasks: vec![], life: None });
        drop(slots);
        self.start(slot, false);
    }

    pub(super) fn slots(&self) -> usize {
        lock(&self.slots).len()
    }

    /// Ends a process wherever it is. Another takes its place after a moment.
    pub(super) fn kill(self: &Arc<Self>, slot: usize, from_outside: bool) {
        let mut slots = lock(&self.slots);
        let place = &mut slots[slot];
        if place.life.take().is_none() {
            return;
        }
        place.tasks.drain(..).for_each(|task| self.time.end(task));
        self.note(format!("{} {}", place.copy, if from_outside { "is killed" } else { "dies of an event" }));
        drop(slots);
        let world = self.clone();
        self.time.spawn(async move {
            world.time.sleep(Duration::from_millis(20) + world.time.millis(400)).await;
            world.start(slot, from_outside);
        });
    }

    fn start(self: &Arc<Self>, slot: usize, after_kill: bool) {
        let (service, copy) = {
            let slots = lock(&self.slots);
            (slots[slot].service, slots[slot].copy.clone())
        };
        let life = Arc::new(Life {
            slot,
            dying: Arc::default(),
            linked: AtomicBool::new(self.broker_up.load(Ordering::Relaxed)),
            connections: watch::channel(1).0,
            gate: Arc::new(Semaphore::new(32)),
        });
        let number = self.lives.fetch_add(1, Ordering::Relaxed);
        let born = Born {
            link: Link { world: self.clone(), life: life.clone() },
            mark: markers::Life::named(&copy, number, after_kill),
            trap: Trap { plan: self.plan.clone(), dying: life.dying.clone() },
            copy,
        };
        let tasks = born.run(service).into_iter().map(|task| self.time.spawn(task)).collect();
        let place = &mut lock(&self.slots)[slot];
        (place.tasks, place.life) = (tasks, Some(life));
    }
}

/// A process at its start.
struct Born {
    link: Link,
    mark: markers::Life,
    trap: Trap,
    copy: String,
}

type Tasks = Vec<BoxFuture<'static, ()>>;

impl Born {
    fn run(self, service: Service) -> Tasks {
        match service {
            Service::Publisher => vec![publish(self.link).boxed()],
            Service::Maker => self.maker(),
            Service::Alpha => self.worker(Alpha),
            Service::Beta => self.worker(Beta),
        }
    }

    fn health(&self) -> crate::health::Track {
        let health = Health::default();
        let track = health.track(&self.link.world.key);
        lock(&self.link.world.healths).push(health);
        track
    }

    fn maker(self) -> Tasks {
        let spec = RefoldSpec {
            service: MAKER,
            source: names::BARS,
            source_subjects: names::BARS_SUBJECTS,
            source_subject: names::bars_subject,
            target: names::SCANS,
            target_subject: names::scan_subject,
            code: "sim".to_owned(),
        };
        let (trap, key) = (self.trap.clone(), self.link.world.key.clone());
        let make: crate::refold::Make<Maker> = Arc::new(move |_| Maker { trap: trap.clone(), hash: 0 });
        let mut fold = StatefulFold::new(self.link.clone(), spec, key.clone(), make, self.copy.clone(), self.health());
        fold.life = self.mark.clone();
        self.follow(fold, names::BARS.to_owned(), names::bars_subject(&key), names::SCANS.to_owned())
    }

    fn worker<W: Worker>(self, make: impl Fn(Trap) -> W) -> Tasks {
        let (key, worker) = (self.link.world.key.clone(), Arc::new(make(self.trap.clone())));
        let (code, copy) = ("sim".to_owned(), self.copy.clone());
        let mut fold = WorkerFold::new(self.link.clone(), worker, key.clone(), code, copy, self.health());
        fold.life = self.mark.clone();
        self.follow(fold, source_stream::<W>(), source_subject::<W>(&key), names::bucket_stream(W::NAME))
    }

    fn follow(
        self,
        fold: impl crate::follow::Fold + 'static,
        stream: String,
        subject: String,
        target: String,
    ) -> Tasks {
        let (count, breaks) = watch::channel(0);
        let (link, world) = (self.link.clone(), self.link.world.clone());
        let source = Source { bus: self.link, stream, subject, name: self.copy.clone(), chunk: batch::MOST, breaks };
        let followed = async move {
            let halt = follow(source, fold).await;
            world.break_with(format!("{} halted: {halt}", self.copy));
        };
        vec![followed.boxed(), identity::watch_over(link, target, count).boxed()]
    }
}

/// Publishes every bar that is not there yet, however often it dies.
async fn publish(link: Link) {
    let world = link.world.clone();
    let subject = names::bars_subject(&world.key);
    loop {
        world.time.sleep(world.time.millis(100)).await;
        let acknowledged = world.acknowledged.load(Ordering::Relaxed);
        let Ok(mut publisher) = Publisher::attach_on(&link, names::BARS, &subject, &world.key, "sim").await else {
            continue;
        };
        if publisher.next() <= acknowledged {
            return world.break_with(format!("bar {acknowledged} was acknowledged and is gone"));
        }
        while publisher.next() <= world.bars {
            let ordinal = publisher.next();
            world.time.sleep(world.time.millis(world.pace)).await;
            let body = bar(ordinal).into();
            let message = Numbered { schema: "bars/1", scan_id: None, session: fixture::session(ordinal), body };
            match publisher.put(&message).await {
                Ok(Published::Stored(ordinal)) => drop(world.acknowledged.fetch_max(ordinal, Ordering::Relaxed)),
                Ok(Published::Overtaken) => {}
                Err(_) => break,
            }
        }
        if publisher.next() > world.bars {
            pending::<()>().await;
        }
    }
}

pub(super) fn stray(world: &World, subject: &str) {
    // One with the right next ordinal is no stray: whoever may publish that may publish scans.
    let begun = world.store().log(&stream_of(subject)).of(subject).any(|entry| entry.ordinal == Some(1));
    let ordinal = match world.time.below(3) {
        0 => None,
        1 if begun => Some(1),
        _ => Some(world.bars + 50),
    };
    world.note(format!("somebody publishes {ordinal:?} on {}", stream_of(subject)));
    super::link::publish_raw(world, subject, ordinal);
}

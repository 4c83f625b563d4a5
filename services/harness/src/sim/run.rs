//! One seed: what is run, what goes wrong meanwhile, and what must be there at the end.

use super::{
    chain::{Alpha, Beta, Expected, MAKER, Plan, Poison, expected},
    link::publish_raw,
    mutant::{self, Mutant, left_out},
    time::Time,
    world::{Odds, Service, World, lock, stray},
};
use bellwether_schemas::{Key, Ordinal, names, names::header};
use bellwether_worker::Worker;
use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Once},
    time::Duration,
};

/// Simulated time after which a run that has not ended never will.
const LIMIT: Duration = Duration::from_secs(900);
const BUCKETS: [&str; 2] = [Alpha::NAME, Beta::NAME];

pub(super) struct Outcome {
    seed: u64,
    faults: Vec<String>,
    broken: Vec<String>,
}

impl Outcome {
    pub(super) fn fine(&self) -> bool {
        self.broken.is_empty()
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "seed {}", self.seed)?;
        self.faults.iter().try_for_each(|fault| writeln!(f, "  {fault}"))?;
        self.broken.iter().try_for_each(|broken| writeln!(f, "  BROKEN: {broken}"))
    }
}

/// What a seed is made of.
struct Script {
    faults: u64,
    broker: bool,
    goes_back: bool,
    strays: bool,
    full: bool,
    idle_remake: bool,
}

pub(super) fn run(seed: u64, without: Option<Mutant>) -> Outcome {
    quiet();
    mutant::leave_out(without);
    let time = Time::new(seed);
    let often = |bound| if time.chance(500) { time.below(bound) } else { 0 };
    let odds = Odds {
        crash: often(12),
        slow: often(300),
        lose: often(25),
        late_put: often(40),
        late_replica: often(200),
        lost_delivery: often(60),
        stall: often(8),
    };
    let script = Script {
        faults: often(10),
        broker: time.chance(500),
        goes_back: time.chance(400),
        strays: time.chance(250),
        full: time.chance(200),
        idle_remake: time.chance(250),
    };
    let far_behind = time.chance(200);
    let bars = if far_behind { 24 } else { 3 + time.below(9) };
    let pace = if far_behind { 1 } else { 1 + time.below(400) };
    let plan = plan(&time, bars);
    let world = World::new(time.clone(), plan.clone(), bars, pace, odds);
    provision(&world);
    let main = drive(world.clone(), script, far_behind);
    if let Err(stuck) = time.run(main, LIMIT) {
        world.break_with(stuck);
        world.break_with(state(&world));
    }
    mutant::leave_out(None);
    let outcome = Outcome {
        seed,
        faults: std::mem::take(&mut *lock(&world.faults)),
        broken: std::mem::take(&mut *lock(&world.broken)),
    };
    world.forget();
    outcome
}

/// Panics of the poison are part of the run and nothing to read.
fn quiet() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let poison = info.payload().downcast_ref::<String>().is_some_and(|text| text.starts_with("poison"));
            if !poison {
                usual(info);
            }
        }));
    });
}

fn plan(time: &Time, bars: u64) -> Plan {
    let mut plan = BTreeMap::new();
    for _ in 0..if time.chance(400) { 1 + time.below(3) } else { 0 } {
        let service = [MAKER, Alpha::NAME, Beta::NAME][time.below(3) as usize];
        let poison = [Poison::Refused, Poison::Panic, Poison::Abort, Poison::Junk][time.below(4) as usize];
        plan.insert((service, (1 + time.below(bars)) * 7), poison);
    }
    Arc::new(plan)
}

fn provision(world: &World) {
    let mut store = world.store();
    store.make(names::BARS, usize::MAX, left_out(Mutant::DiscardOld).then_some(8));
    store.make(names::SCANS, usize::MAX, None);
    store.make(names::REJECTS, usize::MAX, None);
    for bucket in BUCKETS {
        let history = if left_out(Mutant::HistoryOfOne) { 1 } else { usize::MAX };
        store.make(&names::bucket_stream(bucket), history, None);
    }
    store.make(&names::bucket_stream(names::MARKERS), 1, None);
}

async fn drive(world: Arc<World>, script: Script, far_behind: bool) {
    let time = world.time.clone();
    let copies = |most| 1 + if time.chance(500) { time.below(most) } else { 0 };
    let services = [
        (Service::Publisher, copies(2)),
        (Service::Maker, copies(2)),
        (Service::Alpha, copies(5)),
        (Service::Beta, copies(2)),
    ];
    for (service, copies) in services {
        (0..copies).for_each(|_| world.add(service));
        if far_behind && time.chance(700) {
            time.sleep(time.millis(4000)).await;
        }
    }
    for _ in 0..script.faults {
        time.sleep(time.millis(1500)).await;
        fault(&world, &script).await;
    }
    world.set_odds(Odds::default());
    let expected = expected(world.bars, &world.plan);
    complete(&world, &expected).await;
    if script.idle_remake {
        // Nothing new comes to tell them.
        world.remake(&names::bucket_stream(BUCKETS[time.below(2) as usize]));
        complete(&world, &expected).await;
    }
    // Whatever is still on its way arrives.
    time.sleep(Duration::from_secs(7)).await;
    check(&world, &expected);
}

async fn fault(world: &Arc<World>, script: &Script) {
    let time = &world.time;
    let any = |streams: &[&str]| streams[time.below(streams.len() as u64) as usize].to_owned();
    let ours = || any(&[names::SCANS, "KV_alpha", "KV_beta"]);
    match time.below(8) {
        0 | 1 => world.kill(time.below(world.slots() as u64) as usize, true),
        // The sequences of another universe lie between ours.
        2 => {
            let elsewhere = Key::live("v").expect("a key");
            let subjects = [names::scan_subject(&elsewhere), names::state_subject(Alpha::NAME, &elsewhere)];
            subjects.iter().for_each(|subject| publish_raw(world, subject, None));
        }
        3 | 4 if script.broker => {
            world.broker_down();
            time.sleep(time.millis(4000)).await;
            if script.goes_back && time.chance(500) {
                world.go_back(&ours());
            }
            if left_out(Mutant::SyncLater) {
                world.go_back(names::BARS);
            }
            world.broker_up();
        }
        5 if script.goes_back => world.remake(&ours()),
        6 if script.strays && !script.goes_back => {
            let subjects = [names::bars_subject(&world.key), names::scan_subject(&world.key)];
            stray(world, &subjects[time.below(2) as usize]);
        }
        7 if script.full => {
            let stream = any(&[names::BARS, names::SCANS, names::REJECTS, "KV_alpha", "KV_beta"]);
            world.note(format!("{stream} is full for a while"));
            world.store().log_mut(&stream).full = true;
            time.sleep(time.millis(8000)).await;
            world.store().log_mut(&stream).full = false;
        }
        _ => {}
    }
}

/// The row 1, 2, 3 … of a log, and how many messages stand beside it.
fn row(world: &World, stream: &str, subject: &str) -> (Vec<Vec<u8>>, usize) {
    let store = world.store();
    let (mut row, mut beside) = (Vec::new(), 0);
    for entry in store.log(stream).of(subject) {
        if entry.ordinal == Some(row.len() as Ordinal + 1) {
            row.push(entry.body.to_vec());
        } else {
            beside += 1;
        }
    }
    (row, beside)
}

fn bucket(world: &World, worker: &str) -> (Vec<Vec<u8>>, usize) {
    row(world, &names::bucket_stream(worker), &names::state_subject(worker, &world.key))
}

fn scans(world: &World) -> (Vec<Vec<u8>>, usize) {
    row(world, names::SCANS, &names::scan_subject(&world.key))
}

async fn complete(world: &World, expected: &Expected) {
    let key = &world.key;
    let buckets = BUCKETS.map(|worker| (names::bucket_stream(worker), names::state_subject(worker, key)));
    let reached = |stream: &str, subject: &str, count: usize| {
        world.store().log(stream).of(subject).filter_map(|entry| entry.ordinal).any(|ordinal| ordinal == count as u64)
    };
    let done = || {
        reached(&buckets[1].0, &buckets[1].1, expected.beta.len())
            && reached(&buckets[0].0, &buckets[0].1, expected.alpha.len())
            && reached(names::SCANS, &names::scan_subject(key), expected.scans.len())
            && reached(names::BARS, &names::bars_subject(key), world.bars as usize)
    };
    while !done() && lock(&world.broken).is_empty() {
        world.time.sleep(Duration::from_millis(200)).await;
    }
}

fn state(world: &World) -> String {
    let lengths =
        [scans(world), bucket(world, Alpha::NAME), bucket(world, Beta::NAME)].map(|(row, beside)| (row.len(), beside));
    let conditions: Vec<_> = lock(&world.healths)
        .iter()
        .flat_map(|health| {
            health.reports().into_values().map(|report| format!("{} {:?}", report.ordinal, report.condition))
        })
        .collect();
    format!("scans, alpha, beta: {lengths:?} of {} bars; {conditions:#?}", world.bars)
}

fn check(world: &World, expected: &Expected) {
    let (bars, _) = row(world, names::BARS, &names::bars_subject(&world.key));
    let same_bars = bars.iter().zip(1..).all(|(body, ordinal)| *body == super::chain::bar(ordinal));
    if bars.len() as u64 != world.bars || !same_bars {
        world.break_with(format!("{} bars, not {}", bars.len(), world.bars));
    }
    compare(world, "SCANS", scans(world).0, &expected.scans);
    for (name, expected) in [(Alpha::NAME, &expected.alpha), (Beta::NAME, &expected.beta)] {
        let (row, beside) = bucket(world, name);
        if beside > 0 {
            world.break_with(format!("{name}: {beside} values stand beside the row"));
        }
        compare(world, name, row, expected);
    }
    for service in [MAKER, Alpha::NAME, Beta::NAME] {
        let expected = expected.rejects.get(service).cloned().unwrap_or_default();
        let found = rejected(world, service);
        if found != expected {
            world.break_with(format!("{service} rejected {found:?}, not {expected:?}"));
        }
    }
    let alarms: u64 = lock(&world.healths)
        .iter()
        .flat_map(|health| health.reports().into_values())
        .map(|report| report.differing)
        .sum();
    if alarms > 0 {
        world.break_with(format!("{alarms} determinism alarms"));
    }
}

fn compare(world: &World, name: &str, found: Vec<Vec<u8>>, expected: &[Vec<u8>]) {
    if found.len() != expected.len() {
        world.break_with(format!("{name}: {} ordinals, not {}", found.len(), expected.len()));
    }
    if let Some(at) = found.iter().zip(expected).position(|(found, expected)| found != expected) {
        world.break_with(format!("{name}: other bytes at ordinal {}", at + 1));
    }
}

/// Ordinals in REJECTS, as they stand there. Strays are counted apart: they carry none.
fn rejected(world: &World, service: &str) -> Vec<Ordinal> {
    let store = world.store();
    let subject = names::reject_subject(service, &world.key);
    let entries: Vec<_> = store.log(names::REJECTS).of(&subject).collect();
    let row: Vec<_> = entries.iter().filter_map(|entry| entry.ordinal).collect();
    if row != (1..=entries.len() as u64).collect::<Vec<_>>() {
        world.break_with(format!("{subject} is numbered {row:?}"));
    }
    entries.iter().filter_map(|entry| entry.header(header::CAUSE_ORDINAL)?.parse().ok()).collect()
}

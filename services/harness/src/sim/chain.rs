//! A small chain like the product's: bars to scans by a fold with a large state, scans to `alpha`, `alpha` to `beta`.
//! Every value depends on all that came before it, so one lost, repeated or swapped message shows in all later ones.

use bellwether_schemas::{Assessment, Ordinal, Refusal, Scan, Stored, codec, fixture};
use bellwether_worker::{
    Carry, Event, OnScan, Produced, Refold, Reject, Source, Step, Trigger, Verdict, Worker, decide,
};
use serde::{Deserialize, Serialize, de::IgnoredAny};
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

pub(super) const MAKER: &str = "maker";

/// What a bar does to one of the services.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Poison {
    Refused,
    Panic,
    /// The process ends.
    Abort,
    /// The scan made of it cannot be read.
    Junk,
}

/// Which bar is poison to whom, by service and number of the bar.
pub(super) type Plan = Arc<BTreeMap<(&'static str, u64), Poison>>;

/// What a service knows of the plan, and how it tells the simulation that its process has died.
#[derive(Clone)]
pub(super) struct Trap {
    pub(super) plan: Plan,
    pub(super) dying: Arc<AtomicBool>,
}

impl Trap {
    fn step_on(&self, service: &'static str, bar: u64) -> Result<(), Reject> {
        match self.plan.get(&(service, bar)) {
            Some(Poison::Panic) => panic!("poison {bar}"),
            Some(Poison::Refused) => Err(Refusal::new("bar", bar, "a better one").into()),
            Some(Poison::Abort) => {
                self.dying.store(true, Ordering::Relaxed);
                // What it makes of that is never heard: the process asks the broker nothing more.
                Err(Reject::Panicked("dead".to_owned()))
            }
            Some(Poison::Junk) | None => Ok(()),
        }
    }
}

fn mix(hash: u64, value: u64) -> u64 {
    (hash ^ value).wrapping_mul(0x100_0000_01b3).rotate_left(13)
}

pub(super) struct Maker {
    pub(super) trap: Trap,
    pub(super) hash: u64,
}

impl Refold for Maker {
    fn fold(&mut self, ordinal: Ordinal, body: &[u8]) -> Result<Produced, Reject> {
        let bar = body.try_into().map(u64::from_le_bytes).map_err(|_| Refusal::new("bar", body.len(), "8 bytes"))?;
        self.trap.step_on(MAKER, bar)?;
        self.hash = mix(self.hash, bar);
        let mut scan = fixture::scan(ordinal, &fixture::moved(1, 1, 0));
        scan.volume = vec![bar as f64, (self.hash % 1_000_000) as f64];
        let junk = self.trap.plan.get(&(MAKER, bar)) == Some(&Poison::Junk);
        let body = if junk { b"junk".to_vec() } else { codec::encode(&scan) };
        Ok(Produced { schema: "scan/1", scan_id: scan.id, body })
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Sum {
    bar: u64,
    hash: u64,
}

pub(super) struct Alpha(pub(super) Trap);

impl Worker for Alpha {
    const NAME: &'static str = "alpha";
    const VERSION: u32 = 1;
    type Event = OnScan;
    type State = Sum;
    type Output = Sum;

    fn step(&self, state: Option<&Sum>, _: &OnScan, scan: &Scan) -> Result<Step<Sum, Sum>, Reject> {
        let [bar, made] = [0, 1].map(|at| scan.volume[at] as u64);
        self.0.step_on(Self::NAME, bar)?;
        let sum = Sum { bar, hash: mix(state.map_or(0, |state| state.hash), made) };
        Ok(Step { state: sum.clone(), output: sum, assessment: Assessment::of(scan) })
    }
}

pub(super) struct OnAlpha(Option<Sum>);

impl Trigger for OnAlpha {
    const SOURCE: Source = Source::Bucket(Alpha::NAME);

    fn read(body: &[u8]) -> Result<Self, Refusal> {
        Ok(Self(codec::decode::<Stored<Sum, IgnoredAny>>(body)?.parts))
    }
}

pub(super) struct Beta(pub(super) Trap);

impl Worker for Beta {
    const NAME: &'static str = "beta";
    const VERSION: u32 = 1;
    type Event = OnAlpha;
    type State = Sum;
    type Output = Sum;

    fn step(&self, state: Option<&Sum>, event: &OnAlpha, scan: &Scan) -> Result<Step<Sum, Sum>, Reject> {
        let Some(alpha) = &event.0 else {
            return Err(Reject::Upstream { worker: Alpha::NAME, reason: "it said so".to_owned() });
        };
        self.0.step_on(Self::NAME, alpha.bar)?;
        let hash = mix(mix(state.map_or(0, |state| state.hash), alpha.hash), scan.volume[1] as u64);
        let sum = Sum { bar: alpha.bar, hash };
        Ok(Step { state: sum.clone(), output: sum, assessment: Assessment::of(scan) })
    }
}

/// What an undisturbed run leaves.
#[derive(Default)]
pub(super) struct Expected {
    pub(super) scans: Vec<Vec<u8>>,
    pub(super) alpha: Vec<Vec<u8>>,
    pub(super) beta: Vec<Vec<u8>>,
    /// Ordinals refused, by service.
    pub(super) rejects: BTreeMap<&'static str, Vec<Ordinal>>,
}

pub(super) fn bar(ordinal: Ordinal) -> Vec<u8> {
    (ordinal * 7).to_le_bytes().to_vec()
}

pub(super) fn expected(bars: u64, plan: &Plan) -> Expected {
    let trap = || Trap { plan: plan.clone(), dying: Arc::default() };
    let mut found = Expected::default();
    let mut maker = Maker { trap: trap(), hash: 0 };
    for ordinal in 1..=bars {
        let fatal = matches!(plan.get(&(MAKER, ordinal * 7)), Some(Poison::Abort | Poison::Panic));
        let next = found.scans.len() as u64 + 1;
        match (!fatal).then(|| maker.fold(next, &bar(ordinal))) {
            Some(Ok(made)) => found.scans.push(made.body),
            _ => found.rejects.entry(MAKER).or_default().push(ordinal),
        }
    }
    found.alpha = folded(&Alpha(trap()), plan, &found.scans, &found.scans, &mut found.rejects);
    found.beta = folded(&Beta(trap()), plan, &found.alpha, &found.scans, &mut found.rejects);
    found
}

fn folded<W: Worker>(
    worker: &W,
    plan: &Plan,
    events: &[Vec<u8>],
    scans: &[Vec<u8>],
    rejects: &mut BTreeMap<&'static str, Vec<Ordinal>>,
) -> Vec<Vec<u8>> {
    let mut carry = Carry::default();
    let mut bodies = Vec::new();
    for (ordinal, (body, scan)) in (1..).zip(events.iter().zip(scans)) {
        let scan = Scan::decode(scan);
        let bar = scan.as_ref().map_or(0, |scan| scan.volume[0] as u64);
        let upstream_fine =
            W::Event::SOURCE == Source::Scans || OnAlpha::read(body).is_ok_and(|event| event.0.is_some());
        let deaths = (upstream_fine && plan.get(&(W::NAME, bar)) == Some(&Poison::Abort)).then_some(3);
        let event = Event { ordinal, body, scan: scan.as_ref(), deaths };
        let Verdict::Put { body, carry: next, rejected } = decide(worker, &carry, &event) else { panic!("not put") };
        if rejected.is_some() {
            rejects.entry(W::NAME).or_default().push(ordinal);
        }
        carry = next;
        bodies.push(body);
    }
    bodies
}

//! Runs a lane: read, fold, store, each while the others work on what is before and behind.

use super::{Speed, chain::Folded, start::Start};
use anyhow::{Context, Result, anyhow};
use bellwether_gateway::pace::Moment;
use bellwether_harness::{
    Bus, Entry, history,
    lane::{self, Delivery, Lane, LaneLog, Material, Plan, Recorded, Wanted},
};
use bellwether_schemas::{Bars, Key, Ordinal, Scan, codec, names};
use futures::future::try_join_all;
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use tokio::{sync::mpsc, time::sleep};

/// Messages that are read and folded together.
const TOGETHER: usize = 128;
/// Results that are stored together.
const STORED_TOGETHER: u64 = 256;
/// Chunks that wait between two stages: enough for none to stand still, few enough to stay small.
const WAITING: usize = 2;
/// How often a lane is asked whether it is still to run.
const LOOK: Duration = Duration::from_millis(500);
const PAUSE: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(3));

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum End {
    /// Every scan has its results.
    Done,
    /// Somebody said so.
    Cancelled,
    /// The lane was deleted.
    Deleted,
    /// It cannot go on.
    Failed(String),
}

/// How far a run is, and where its time went. The stages run side by side, so their times overlap.
#[derive(Debug, Clone, Default)]
pub(crate) struct At {
    /// Last scan stored.
    pub(crate) reached: Ordinal,
    /// Whether it stays there because it was told so.
    pub(crate) paused: bool,
    /// Scans folded by this run.
    pub(crate) scans: u64,
    /// Symbols of them together.
    pub(crate) tickers: u64,
    /// Waiting for the broker's messages.
    pub(crate) read: Duration,
    /// Making scans of bytes, or of bars.
    pub(crate) decode: Duration,
    /// In the workers.
    pub(crate) compute: Duration,
    /// Storing.
    pub(crate) put: Duration,
}

/// Runs a lane until it is done, cancelled or deleted; waits while it is paused, and through outages. Whoever drops the
/// future stops it, and another run goes on where it was.
///
/// # Errors
/// None that waiting would cure.
pub(crate) async fn run(bus: &Bus, name: &str, told: impl Fn(&At)) -> Result<End> {
    let at = Arc::new(Mutex::new(At::default()));
    let mut pause = PAUSE.0;
    loop {
        let lane = match lane::find(bus, name).await {
            Ok(Some(lane)) => lane,
            Ok(None) => return Ok(End::Deleted),
            Err(error) => {
                tracing::debug!(lane = name, error = format!("{error:#}"), "looking again");
                sleep(pause).await;
                pause = (pause * 2).min(PAUSE.1);
                continue;
            }
        };
        match &lane.wanted {
            Wanted::Cancelled => return Ok(End::Cancelled),
            Wanted::Failed(reason) => return Ok(End::Failed(reason.clone())),
            Wanted::Paused => {
                lock(&at).paused = true;
                told(&lock(&at).clone());
                sleep(LOOK).await;
                continue;
            }
            Wanted::Running => lock(&at).paused = false,
        }
        let outcome = tokio::select! {
            outcome = attempt(bus, &lane, &at) => outcome,
            () = changed(bus, &lane, || told(&lock(&at).clone())) => continue,
        };
        told(&lock(&at).clone());
        match outcome {
            Ok(()) => return Ok(End::Done),
            Err(error) if error.is::<Hopeless>() => {
                let reason = format!("{error:#}");
                lane::want(bus, name, &Wanted::Failed(reason.clone())).await?;
                return Ok(End::Failed(reason));
            }
            Err(error) => tracing::debug!(lane = name, error = format!("{error:#}"), "going on from what is stored"),
        }
        sleep(pause).await;
        pause = (pause * 2).min(PAUSE.1);
    }
}

/// Trying again would end the same way.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Hopeless(String);

fn lock(at: &Mutex<At>) -> std::sync::MutexGuard<'_, At> {
    at.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns when something else is wanted of the lane than before.
async fn changed(bus: &Bus, lane: &Lane, tell: impl Fn()) {
    loop {
        sleep(LOOK).await;
        tell();
        match lane::find(bus, &lane.name).await {
            Ok(Some(now)) if now.wanted == lane.wanted && now.plan == lane.plan => {}
            // Not to be asked now: no news.
            Err(_) => {}
            _ => return,
        }
    }
}

/// One run from what is stored to the end.
async fn attempt(bus: &Bus, lane: &Lane, at: &Mutex<At>) -> Result<()> {
    let plan = &lane.plan;
    let speed: Speed = plan.speed.parse().map_err(Hopeless)?;
    let start = Start::of(bus, lane).await?;
    lock(at).reached = start.reached;
    if plan.material == Material::Record || start.reached >= plan.last {
        return Ok(());
    }
    let live = Key::live(&*plan.universe)?;
    let log = match plan.material {
        Material::Bars => names::bars(&live),
        _ => names::scans(&live),
    };
    let last = match plan.material {
        Material::Bars => last_of(bus, &log).await?,
        _ => plan.last,
    };
    let delivery = if speed == Speed::Original { Delivery::Original } else { Delivery::Instant };
    let recorded = Recorded::new(bus, log, (start.next, last), delivery, TOGETHER);
    let (read_out, read_in) = mpsc::channel(WAITING);
    let (folded_out, folded_in) = mpsc::channel(WAITING);
    let Start { chain, logs, reached, .. } = start;
    tokio::try_join!(
        read(recorded, speed, reached, plan, read_out, at),
        fold(chain, read_in, folded_out, at),
        put(logs, folded_in, at),
    )?;
    match lock(at).reached {
        reached if reached >= plan.last => Ok(()),
        reached => Err(Hopeless(format!("the record ends at scan {reached}, before {}", plan.last)).into()),
    }
}

async fn last_of(bus: &Bus, (stream, subject): &(String, String)) -> Result<Ordinal> {
    let last = history::last(bus, stream, subject).await?.and_then(|entry| entry.ordinal);
    last.ok_or_else(|| Hopeless(format!("{subject} is empty")).into())
}

async fn read(
    mut recorded: Recorded,
    speed: Speed,
    reached: Ordinal,
    plan: &Plan,
    out: mpsc::Sender<Vec<Entry>>,
    at: &Mutex<At>,
) -> Result<()> {
    let mut before = None;
    loop {
        let begun = Instant::now();
        let entries = recorded.take().await;
        lock(at).read += begun.elapsed();
        if entries.is_empty() {
            return Ok(());
        }
        if !matches!(speed, Speed::Times(_)) {
            out.send(entries).await.context("folding ended")?;
            continue;
        }
        // What comes before the part that is shown is got over with.
        for entry in entries {
            let shown = entry.ordinal > Some(reached.max(plan.first - 1));
            let now = shown.then(|| moment(plan.material, &entry)).flatten();
            if let (Some(before), Some(now)) = (before, now) {
                sleep(speed.pause(before, now)).await;
            }
            before = now.or(before);
            out.send(vec![entry]).await.context("folding ended")?;
        }
    }
}

fn moment(material: Material, entry: &Entry) -> Option<Moment> {
    match material {
        Material::Bars => {
            let bars: Bars = codec::decode(&entry.body).ok()?;
            Some(Moment { session: bars.session, as_of: bars.as_of })
        }
        _ => {
            let scan = Scan::decode(&entry.body).ok()?;
            Some(Moment { session: scan.session, as_of: scan.as_of })
        }
    }
}

async fn fold(
    mut chain: super::chain::Chain,
    mut entries: mpsc::Receiver<Vec<Entry>>,
    out: mpsc::Sender<Folded>,
    at: &Mutex<At>,
) -> Result<()> {
    while let Some(chunk) = entries.recv().await {
        let folding = tokio::task::spawn_blocking(move || {
            let folded = chain.fold(chunk);
            (chain, folded)
        });
        let (back, folded) = folding.await.context("folding")?;
        chain = back;
        let folded = folded?;
        {
            let mut at = lock(at);
            at.scans += folded.scans;
            at.tickers += folded.tickers;
            at.decode += folded.decode;
            at.compute += folded.compute;
        }
        out.send(folded).await.map_err(|_| anyhow!("storing ended"))?;
    }
    Ok(())
}

async fn put(mut logs: Vec<(&'static str, LaneLog)>, mut folded: mpsc::Receiver<Folded>, at: &Mutex<At>) -> Result<()> {
    while let Some(mut chunk) = folded.recv().await {
        // What is there already goes with it: a batch costs the same whatever its size.
        while chunk.scans < STORED_TOGETHER
            && let Ok(more) = folded.try_recv()
        {
            chunk.join(more);
        }
        let begun = Instant::now();
        // The scans first: a result never stands before the scan it speaks of.
        let (scans, results): (Vec<_>, Vec<_>) = logs.iter_mut().partition(|(name, _)| *name == names::LANE_SCANS);
        try_join_all(scans.into_iter().map(|log| chunk.store(log))).await?;
        try_join_all(results.into_iter().map(|log| chunk.store(log))).await?;
        let mut at = lock(at);
        at.put += begun.elapsed();
        at.reached = at.reached.max(chunk.reached);
    }
    Ok(())
}

impl Folded {
    fn join(&mut self, more: Self) {
        self.scans += more.scans;
        self.reached = more.reached.max(self.reached);
        for (name, made) in more.made {
            match self.made.iter_mut().find(|(known, _)| *known == name) {
                Some((_, held)) => held.extend(made),
                None => self.made.push((name, made)),
            }
        }
    }

    async fn store(&self, (name, log): &mut (&'static str, LaneLog)) -> Result<()> {
        match self.made.iter().find(|(known, _)| known == name) {
            Some((_, made)) => log.store(made).await,
            None => Ok(()),
        }
    }
}

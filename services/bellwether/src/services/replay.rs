//! Runs the lanes that were left to it, and recomputes what it is asked about.

mod prove;

use super::announce;
use crate::replay::{self, End};
use anyhow::Result;
use bellwether_harness::{
    Bus,
    beacon::Beacon,
    lane::{self, Lane, Runner, Wanted},
    service::Context,
};
use bellwether_schemas::{names, ops::ServiceStatus};
use futures::StreamExt;
use std::{collections::BTreeSet, sync::Arc, time::Duration};
use tokio::{
    sync::Semaphore,
    task::{AbortHandle, JoinSet},
    time::{interval, sleep},
};

/// Its name.
pub(crate) const NAME: &str = "replay";

/// Lanes that run at full speed at the same time: more would only take the running market's share of the machine.
const AT_FULL_SPEED: usize = 1;
/// Lanes that run by the market's pace at the same time.
const PACED: usize = 32;
/// Lanes are looked for this often, and whenever somebody says that there is something new.
const LOOK: Duration = Duration::from_secs(5);

/// Runs lanes until shut down; what is under way then goes on with the next start.
///
/// # Errors
/// When the service cannot be announced.
pub(crate) async fn run(context: Context) -> Result<()> {
    let _announced = announce(&context, NAME, None).await?;
    let beacon = Beacon::light(&context, NAME, ServiceStatus::default);
    let bus = context.bus.clone();
    let proving = prove::Proofs::new(bus.clone());
    let outcome = tokio::select! {
        outcome = lanes(bus) => outcome,
        outcome = proving.answer() => outcome,
        () = context.shutdown.cancelled() => Ok(()),
    };
    beacon.stop().await;
    outcome
}

async fn lanes(bus: Bus) -> Result<()> {
    let mut news = bus.client().subscribe(names::LANES_CHANGED).await?;
    let mut period = interval(LOOK);
    let (full, paced) = (Arc::new(Semaphore::new(AT_FULL_SPEED)), Arc::new(Semaphore::new(PACED)));
    let mut running: JoinSet<String> = JoinSet::new();
    let mut under_way: BTreeSet<String> = BTreeSet::new();
    loop {
        tokio::select! {
            _ = period.tick() => {}
            heard = news.next() => if heard.is_none() { sleep(LOOK).await },
            Some(Ok(ended)) = running.join_next() => drop(under_way.remove(&ended)),
        }
        let Ok(found) = lane::list(&bus).await else { continue };
        for lane in found {
            if !ours(&lane) || under_way.contains(&lane.name) {
                continue;
            }
            if !lane::progress(&bus, &lane).await.is_ok_and(|reached| reached < lane.plan.last) {
                continue;
            }
            let turn = if lane.plan.speed == "max" { full.clone() } else { paced.clone() };
            under_way.insert(lane.name.clone());
            let _: AbortHandle = running.spawn(one(bus.clone(), lane.name, turn));
        }
    }
}

fn ours(lane: &Lane) -> bool {
    lane.plan.runner == Runner::Service && lane.wanted == Wanted::Running
}

async fn one(bus: Bus, name: String, turn: Arc<Semaphore>) -> String {
    // Closed never: an error cannot be.
    let _turn = turn.acquire().await;
    tracing::info!(lane = name, "replaying");
    let outcome = replay::run(&bus, &name, |_| {}).await;
    match outcome {
        Ok(End::Failed(reason)) => tracing::error!(lane = name, reason, "the lane cannot go on"),
        Ok(end) => tracing::info!(lane = name, ?end, "replayed"),
        Err(error) => tracing::error!(lane = name, error = format!("{error:#}"), "the lane cannot go on"),
    }
    name
}

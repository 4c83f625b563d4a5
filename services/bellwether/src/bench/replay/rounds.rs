//! One after the other: a consumer that only reads, and a replay through everything.

use super::material::Material;
use crate::replay::{self, Ask, At, End, Speed};
use anyhow::{Context, Result, bail, ensure};
use async_nats::jetstream::consumer::{DeliverPolicy, push};
use bellwether_harness::{
    Bus,
    lane::{self, Runner},
};
use bellwether_schemas::{Key, names};
use futures::StreamExt;
use std::{
    cell::RefCell,
    time::{Duration, Instant},
};

/// What a round took.
pub(super) struct Round {
    pub(super) scans: u64,
    pub(super) bytes: u64,
    pub(super) read_only: Duration,
    pub(super) replay: Duration,
    pub(super) at: At,
    pub(super) stored: u64,
}

pub(super) async fn round(bus: &Bus, material: &Material, number: usize) -> Result<Round> {
    let read = async || read_only(bus, material).await;
    let run = async || replayed(bus, material).await;
    // In turns first: what comes second finds the broker warm.
    let ((read_only, bytes), (replay, at, stored)) = if number.is_multiple_of(2) {
        let first = read().await?;
        (first, run().await?)
    } else {
        let second = run().await?;
        (read().await?, second)
    };
    Ok(Round { scans: material.scans, bytes, read_only, replay, at, stored })
}

/// The client's own ordered consumer, which does nothing with what it gets.
async fn read_only(bus: &Bus, material: &Material) -> Result<(Duration, u64)> {
    let (stream, subject) = names::scans(&Key::live(&*material.universe)?);
    let begun = Instant::now();
    let stream = bus.js().get_stream(stream).await?;
    let config = push::OrderedConfig {
        deliver_subject: bus.client().new_inbox(),
        deliver_policy: DeliverPolicy::All,
        filter_subject: subject,
        ..Default::default()
    };
    let mut messages = stream.create_consumer(config).await?.messages().await?;
    let mut bytes = 0;
    for _ in 0..material.scans {
        let message = messages.next().await.context("the consumer ended")??;
        bytes += message.payload.len() as u64;
    }
    Ok((begun.elapsed(), bytes))
}

async fn replayed(bus: &Bus, material: &Material) -> Result<(Duration, At, u64)> {
    let ask = Ask {
        universe: material.universe.clone(),
        from: None,
        to: None,
        speed: Speed::Max,
        lane: None,
        services: Vec::new(),
        set: Vec::new(),
        from_bars: false,
        runner: Runner::Command,
    };
    let lane = replay::make(bus, &ask).await?;
    let newest = RefCell::new(At::default());
    let begun = Instant::now();
    let end = replay::run(bus, &lane.name, |at| newest.borrow_mut().clone_from(at)).await?;
    let took = begun.elapsed();
    if end != End::Done {
        bail!("the replay ended as {end:?}");
    }
    let stored = lane::find(bus, &lane.name).await?.map_or(0, |lane| lane.bytes);
    lane::delete(bus, &lane.name).await?;
    let at = newest.into_inner();
    ensure!(at.scans == material.scans, "{} scans were folded, not {}", at.scans, material.scans);
    Ok((took, at, stored))
}

/// The figures, for people: of the median round, and how far the rounds were apart.
pub(super) fn lines(material: &Material, rounds: &[Round]) -> Vec<String> {
    let mut by_ratio: Vec<_> = rounds.iter().collect();
    by_ratio.sort_by(|a, b| ratio(a).total_cmp(&ratio(b)));
    let (Some(low), Some(high)) = (by_ratio.first(), by_ratio.last()) else { return Vec::new() };
    let median = by_ratio[by_ratio.len() / 2];
    let at = &median.at;
    let seconds = |time: Duration| time.as_secs_f64();
    let per_second = |count: u64, time: Duration| count as f64 / seconds(time).max(1e-9);
    vec![
        format!(
            "{} scans of {} symbols on average, {} MB",
            median.scans,
            at.tickers / median.scans.max(1),
            median.bytes >> 20
        ),
        format!(
            "replay       {:.2} s  {:>8.0} scans/s  {:>12.0} ticker-days/s  {} MB stored",
            seconds(median.replay),
            per_second(median.scans, median.replay),
            per_second(at.tickers, median.replay),
            median.stored >> 20
        ),
        format!(
            "read only    {:.2} s  {:>8.0} scans/s",
            seconds(median.read_only),
            per_second(median.scans, median.read_only)
        ),
        format!(
            "ratio        {:.2} of a consumer that only reads ({:.2} to {:.2} in {} rounds)",
            ratio(median),
            ratio(low),
            ratio(high),
            rounds.len()
        ),
        format!(
            "side by side broker {:.2} s, decode {:.2} s, compute {:.2} s, put {:.2} s of {}",
            seconds(at.read),
            seconds(at.decode),
            seconds(at.compute),
            seconds(at.put),
            material.universe
        ),
    ]
}

fn ratio(round: &Round) -> f64 {
    round.read_only.as_secs_f64() / round.replay.as_secs_f64().max(1e-9)
}

//! `replay`: the recorded past run again, in a lane of its own.

use super::with_bus;
use crate::{
    cli::{self, ReplayCommand},
    progress::Progress,
    replay::{self, Ask, At, End},
    say::{print, say},
};
use anyhow::{Context, Result, bail};
use bellwether_harness::{
    Bus,
    lane::{self, Lane, Runner, Wanted},
};
use indicatif::{HumanBytes, HumanCount};
use serde_json::json;
use std::{
    cell::RefCell,
    time::{Duration, Instant},
};

/// Makes and runs a lane, or does something with those there are.
pub(crate) async fn replay(args: cli::Replay) -> Result<()> {
    match args.command {
        None => with_bus("replay", &args.run.broker, async |bus| run(&bus, &args.run).await).await,
        Some(ReplayCommand::List(list)) => {
            with_bus("replay", &list.broker, async |bus| show(&bus, list.json).await).await
        }
        Some(ReplayCommand::Pause(one)) => {
            with_bus("replay", &one.broker, async |bus| want(&bus, &one.lane, &Wanted::Paused, "paused").await).await
        }
        Some(ReplayCommand::Cancel(one)) => {
            with_bus("replay", &one.broker, async |bus| want(&bus, &one.lane, &Wanted::Cancelled, "cancelled").await)
                .await
        }
        Some(ReplayCommand::Resume(resume)) => {
            with_bus("replay", &resume.broker, async |bus| go_on(&bus, &resume).await).await
        }
        Some(ReplayCommand::Delete(many)) => {
            with_bus("replay", &many.broker, async |bus| delete(&bus, &many.lanes).await).await
        }
    }
}

async fn run(bus: &Bus, args: &cli::ReplayRun) -> Result<()> {
    let ask = Ask {
        universe: args.universe.clone().unwrap_or_default(),
        from: args.from,
        to: args.to,
        speed: args.speed,
        lane: args.lane.clone(),
        services: args.services.clone(),
        set: args.set.clone(),
        from_bars: args.from_bars,
        runner: if args.detach { Runner::Service } else { Runner::Command },
    };
    let made = replay::make(bus, &ask).await?;
    let plan = &made.plan;
    say(&format!("lane {}: scans {} to {} of {}", made.name, plan.first, plan.last, plan.universe));
    if args.detach {
        return Ok(());
    }
    follow(bus, &made).await
}

/// Runs a lane to its end, with a bar; Ctrl-C leaves it paused.
async fn follow(bus: &Bus, made: &Lane) -> Result<()> {
    let (name, first, last) = (&made.name, made.plan.first, made.plan.last);
    replay::give_way();
    let progress = RefCell::new(Progress::replaying());
    let newest = RefCell::new(At::default());
    let begun = Instant::now();
    let told = |at: &At| {
        progress.borrow_mut().at((at.reached + 1).saturating_sub(first), last + 1 - first);
        newest.replace(at.clone());
    };
    let outcome = tokio::select! {
        outcome = replay::run(bus, name, told) => Some(outcome),
        _ = tokio::signal::ctrl_c() => None,
    };
    progress.borrow().done();
    let at = newest.borrow().clone();
    match outcome.transpose()? {
        None => {
            lane::want(bus, name, &Wanted::Paused).await?;
            say(&format!("lane {name} is paused at scan {}; `bellwether replay resume {name}` goes on", at.reached));
        }
        Some(End::Done) => done(bus, name, &at, begun.elapsed()).await?,
        Some(End::Cancelled) => say(&format!("lane {name} was cancelled at scan {}", at.reached)),
        Some(End::Deleted) => say(&format!("lane {name} was deleted")),
        Some(End::Failed(reason)) => bail!("lane {name} cannot go on: {reason}"),
    }
    Ok(())
}

async fn done(bus: &Bus, name: &str, at: &At, took: Duration) -> Result<()> {
    let bytes = lane::find(bus, name).await?.map_or(0, |lane| lane.bytes);
    let rate = at.scans as f64 / took.as_secs_f64().max(1e-9);
    let ms = |time: Duration| time.as_millis();
    print(&format!(
        "lane {name} is done: {} scans in {:.1} s, {rate:.0} a second, {}; side by side: broker {} ms, decode {} ms, \
         compute {} ms, put {} ms",
        HumanCount(at.scans),
        took.as_secs_f64(),
        HumanBytes(bytes),
        ms(at.read),
        ms(at.decode),
        ms(at.compute),
        ms(at.put),
    ));
    Ok(())
}

async fn want(bus: &Bus, name: &str, wanted: &Wanted, said: &str) -> Result<()> {
    lane::want(bus, name, wanted).await?;
    say(&format!("lane {name} is {said}"));
    Ok(())
}

async fn go_on(bus: &Bus, args: &cli::ReplayResume) -> Result<()> {
    let name = &args.lane;
    if let Some(speed) = args.speed {
        lane::revise(bus, name, |plan| plan.speed = speed.to_string()).await?;
    }
    lane::want(bus, name, &Wanted::Running).await?;
    let made = lane::find(bus, name).await?.with_context(|| format!("lane {name} was deleted"))?;
    match made.plan.runner {
        Runner::Service => say(&format!("lane {name} goes on, in the replay service")),
        Runner::Command => follow(bus, &made).await?,
    }
    Ok(())
}

async fn delete(bus: &Bus, lanes: &[String]) -> Result<()> {
    for name in lanes {
        let bytes = lane::find(bus, name).await?.map_or(0, |lane| lane.bytes);
        if !lane::delete(bus, name).await? {
            bail!("there is no lane {name:?}");
        }
        say(&format!("lane {name} is deleted, {} are free", HumanBytes(bytes)));
    }
    Ok(())
}

async fn show(bus: &Bus, as_json: bool) -> Result<()> {
    let mut rows = Vec::new();
    for lane in lane::list(bus).await? {
        rows.push(replay::Shown::of(bus, lane).await?);
    }
    if as_json {
        print(&serde_json::to_string_pretty(&json!({"lanes": rows}))?);
        return Ok(());
    }
    print(&format!(
        "{:<20} {:<13} {:<10}{:>14}  {:>10}  {:<9}{}",
        "lane", "universe", "state", "scan", "room", "speed", "settings"
    ));
    for row in rows {
        let at = format!("{} of {}", row.reached, row.last);
        let room = HumanBytes(row.bytes).to_string();
        print(&format!(
            "{:<20} {:<13} {:<10}{at:>14}  {room:>10}  {:<9}{}",
            row.lane,
            row.universe,
            row.state,
            row.speed,
            row.set.join(" ")
        ));
    }
    Ok(())
}

//! What `up` runs, in which order.

use super::address;
use crate::{
    cli,
    registry::{self, Entry},
    secure,
    services::{Options, gateway, replay, sample, scanner},
    supervisor::{How, Program, Unit, own_program},
};
use anyhow::{Context as _, Result};
use bellwether_harness::{Bus, service::Context};
use std::{ffi::OsString, net::SocketAddr};
use tokio_util::sync::CancellationToken;

/// What the units depend on.
pub(super) struct Plan<'a> {
    pub(super) args: &'a cli::Up,
    pub(super) log_format: cli::LogStyle,
    pub(super) options: &'a Options,
    pub(super) broker: &'a str,
    pub(super) bus: &'a Bus,
    /// Whether a market is made up.
    pub(super) sample: bool,
}

/// All units, in the order of starting.
///
/// # Errors
/// When no port is free.
pub(super) fn units(plan: &Plan<'_>) -> Result<Vec<Unit>> {
    let mut names = vec![(gateway::NAME, 1), (scanner::NAME, 1)];
    names.extend(
        registry::workers().into_iter().flat_map(|name| (1..=plan.args.copies.get()).map(move |copy| (name, copy))),
    );
    // A lane makes a stream of its own, and on a secured broker nobody but the operator may.
    if plan.args.broker.wish().secure.is_none() {
        names.push((replay::NAME, 1));
    }
    if plan.sample {
        names.push((sample::NAME, 1));
    }
    names.into_iter().enumerate().map(|(place, (name, copy))| unit(plan, place, name, copy)).collect()
}

fn unit(plan: &Plan<'_>, place: usize, name: &str, copy: usize) -> Result<Unit> {
    let entry = registry::find(name).with_context(|| format!("no service {name:?}"))?;
    let title = if copy == 1 { name.to_owned() } else { format!("{name}#{copy}") };
    let ops = ops_address(entry, place)?;
    let own = (name == gateway::NAME).then(|| address::shown(plan.options.listen));
    let how = if plan.args.one_process { task(plan, ops, entry, &title) } else { process(plan, ops, entry, &title)? };
    Ok(Unit { name: title, how, ready: ops.or(own) })
}

fn process(plan: &Plan<'_>, ops: Option<SocketAddr>, entry: &Entry, title: &str) -> Result<How> {
    let mut args: Vec<OsString> = ["run", entry.name, "--instance", title].map(Into::into).into();
    args.extend(["--log-format", plan.log_format.name()].map(Into::into));
    if let Some(folder) = plan.args.broker.wish().secure {
        args.extend(["--nats-identity".into(), secure::identity(&folder, entry.name).into()]);
    }
    if let Some(ops) = ops {
        args.extend(["--ops".into(), ops.to_string().into()]);
    }
    args.extend(["--listen".into(), plan.options.listen.to_string().into()]);
    args.extend(["--sample-pace".into(), plan.args.services.sample_pace.to_string().into()]);
    if let Some(web) = &plan.args.services.web {
        args.extend(["--web".into(), web.into()]);
    }
    args.extend(plan.args.services.gateway.arguments());
    for pair in &plan.args.services.set {
        args.extend(["--set".into(), pair.into()]);
    }
    // An address may hold a password.
    let secrets = vec![("NATS_URL", plan.broker.to_owned())];
    Ok(How::Process(Program { path: own_program()?.clone(), args, stdout: None, secrets }))
}

/// Where the ops server of the `place`th unit listens: 8081 and up, or any free port where that is taken. The gateway,
/// which comes first, answers for itself on its own port, and the made-up market has nothing to answer.
fn ops_address(entry: &Entry, place: usize) -> Result<Option<SocketAddr>> {
    if [gateway::NAME, sample::NAME].contains(&entry.name) {
        return Ok(None);
    }
    address::free_from(8080 + u16::try_from(place).unwrap_or(0)).map(Some)
}

fn task(plan: &Plan<'_>, ops: Option<SocketAddr>, entry: &'static Entry, title: &str) -> How {
    let (bus, options, instance) = (plan.bus.clone(), plan.options.clone(), title.to_owned());
    let version = env!("CARGO_PKG_VERSION").to_owned();
    How::Task(Box::new(move |shutdown: CancellationToken| {
        let (bus, instance, version) = (bus.clone(), instance.clone(), version.clone());
        (entry.run)(Context { bus, instance, version, shutdown, ops }, options.clone())
    }))
}

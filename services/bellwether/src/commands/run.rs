use super::connect;
use crate::{
    cli, registry,
    services::{Options, replay},
};
use anyhow::{Context as _, Result};
use bellwether_harness::service::Context;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Runs one service until told to stop.
pub(crate) async fn run(args: cli::Run, stop: CancellationToken) -> Result<()> {
    let service = registry::find(&args.service).with_context(|| format!("no service {:?}", args.service))?;
    let options = options(&args.services, args.listen)?;
    if service.name == replay::NAME {
        // A process of its own: what it computes is never as urgent as the running market.
        crate::replay::give_way();
    }
    let bus = tokio::select! {
        bus = connect(&args.nats, service.name) => bus?,
        () = stop.cancelled() => return Ok(()),
    };
    let instance = args.instance.unwrap_or_else(|| copy_of(service.name));
    bellwether_harness::ship(&bus, &instance);
    let version = env!("CARGO_PKG_VERSION").to_owned();
    (service.run)(Context { bus, instance, version, shutdown: stop, ops: args.ops }, options).await
}

/// A name for this copy. In a container it stays the same after a restart, so that deaths can be counted; outside of
/// one only the operator can tell two copies apart.
fn copy_of(service: &str) -> String {
    match (std::process::id(), std::fs::read_to_string("/proc/sys/kernel/hostname")) {
        (1, Ok(host)) => format!("{service}-{}", host.trim()),
        (pid, _) => format!("{service}-{pid}"),
    }
}

/// What the services are told.
///
/// # Errors
/// When a setting is unknown.
pub(super) fn options(args: &cli::Services, listen: std::net::SocketAddr) -> Result<Options> {
    let settings = registry::settings(&args.set)?;
    let sample_pace = Duration::from_secs_f64(args.sample_pace);
    Ok(Options { settings, listen, web: args.web.clone(), gateway: args.gateway.clone(), sample_pace })
}

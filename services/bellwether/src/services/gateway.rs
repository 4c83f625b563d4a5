//! The gateway, with uploads published the way `scan submit` does.

use super::{Options, announce, submit};
use crate::{cli, registry, replay::BusReplays};
use anyhow::Result;
use bellwether_gateway::{GatewayOptions, Limits, Replays, Submit, bind};
use bellwether_harness::{beacon::Beacon, service::Context};
use bellwether_schemas::ops::ServiceStatus;
use rustix::process::{Resource, getrlimit, setrlimit};
use std::sync::Arc;

/// Its name.
pub(crate) const NAME: &str = "gateway";

/// Serves what the workers found until shut down.
///
/// # Errors
/// When the address is taken, or open to other machines without a token.
pub(crate) async fn run(context: Context, options: Options) -> Result<()> {
    let access = options.gateway.access()?;
    access.check(options.listen)?;
    let bound = bind(options.listen)?;
    let _announced = announce(&context, NAME, Some(bound.address)).await?;
    let beacon = Beacon::light(&context, NAME, ServiceStatus::default);
    let bus = context.bus.clone();
    let submit: Submit = Arc::new(move |upload| {
        let bus = bus.clone();
        Box::pin(async move { submit::submit(&bus, upload).await })
    });
    let limits = limits(&options.gateway);
    let paces = options.gateway.paces();
    let gateway = GatewayOptions { web: options.web, limits, paces, access, ..GatewayOptions::new(options.listen) };
    let workers = registry::workers();
    let replays: Arc<dyn Replays> = Arc::new(BusReplays(context.bus.clone()));
    let served =
        bellwether_gateway::serve(bound, gateway, context.bus, &workers, Some(submit), Some(replays), context.shutdown)
            .await;
    beacon.stop().await;
    served
}

/// The limits wished for, as far as the process may have so many open files.
fn limits(wish: &cli::Gateway) -> Limits {
    let spare = 128;
    let needed = wish.streams.saturating_add(wish.connections).saturating_add(spare);
    let allowed = open_files(needed as u64);
    let (mut streams, mut connections) = (wish.streams, wish.connections);
    if allowed < needed as u64 {
        // A third for requests, the rest for streams.
        let room = usize::try_from(allowed).unwrap_or(usize::MAX).saturating_sub(spare);
        connections = connections.min((room / 3).max(16));
        streams = streams.min(room.saturating_sub(connections).max(16));
        tracing::warn!(allowed, streams, connections, "too few open files are allowed for what was wished");
    }
    Limits { streams, connections, streams_per_address: wish.streams_per_address, ..Limits::STANDARD }
}

/// Raises the limit of open files to what is needed, and says what it is now.
fn open_files(needed: u64) -> u64 {
    let mut limit = getrlimit(Resource::Nofile);
    let current = limit.current.unwrap_or(u64::MAX);
    if current >= needed {
        return current;
    }
    limit.current = limit.maximum.map(|most| most.min(needed)).or(Some(needed));
    match setrlimit(Resource::Nofile, limit) {
        Ok(()) => limit.current.unwrap_or(u64::MAX),
        Err(_) => current,
    }
}

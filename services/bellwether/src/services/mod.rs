//! The services that are no workers, and what they share.

pub(crate) mod gateway;
pub(crate) mod ledger;
pub(crate) mod replay;
pub(crate) mod sample;
pub(crate) mod scanner;
pub(crate) mod submit;
mod universes;

pub(crate) use universes::universes;

use anyhow::{Result, anyhow};
use async_nats::service::{Service, ServiceExt};
use bellwether_harness::service::Context;
use bellwether_worker::Settings;
use std::{collections::HashMap, net::SocketAddr, path::PathBuf, time::Duration};

/// What a service may need to know beside its [`Context`].
#[derive(Debug, Clone)]
pub(crate) struct Options {
    /// Settings of the workers.
    pub(crate) settings: Settings,
    /// Where the gateway listens.
    pub(crate) listen: SocketAddr,
    /// Folder the page is served from, instead of what is built in.
    pub(crate) web: Option<PathBuf>,
    /// How the gateway guards itself.
    pub(crate) gateway: crate::cli::Gateway,
    /// Time between two sessions of the made-up market.
    pub(crate) sample_pace: Duration,
}

/// Answers `$SRV` requests as this service while the value is held.
async fn announce(context: &Context, service: &str, address: Option<SocketAddr>) -> Result<Service> {
    let mut metadata = HashMap::from([
        ("instance".to_owned(), context.instance.clone()),
        ("pid".to_owned(), std::process::id().to_string()),
    ]);
    if let Some(address) = address {
        metadata.insert("ops".to_owned(), address.to_string());
    }
    let builder = context.bus.client().service_builder().description("Bellwether").metadata(metadata);
    let started = builder.start(format!("bellwether-{service}"), context.version.clone()).await;
    started.map_err(|error| anyhow!(error).context("announce the service"))
}

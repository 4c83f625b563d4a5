//! Everything a run needs, started for it alone and gone with it.

use crate::{
    broker::{Broker, Wish},
    cli,
    commands::connect,
    data::DataDir,
    registry,
    services::gateway,
    supervisor::{How, Program, Supervisor, Unit, own_program, record::Book},
};
use anyhow::{Context, Result};
use bellwether_breadth::BreadthWorker;
use bellwether_harness::{
    Bus,
    topology::{Plan, provision},
};
use bellwether_regime::RegimeWorker;
use bellwether_worker::Worker;
use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener},
    sync::Arc,
};
use tempfile::TempDir;

/// The workers that are measured: those that fold scans.
pub(super) const SECTIONS: [&str; 2] = [RegimeWorker::NAME, BreadthWorker::NAME];

/// A broker with an empty store, the workers and a gateway, as processes of their own.
pub(super) struct Stage {
    /// A link to the broker.
    pub(super) bus: Bus,
    /// Address of the broker.
    pub(super) url: String,
    /// Where the gateway listens.
    pub(super) gateway: SocketAddr,
    services: Supervisor,
    broker: Broker,
    _folder: TempDir,
}

impl Stage {
    /// Starts everything. What was started ends when this fails, or is dropped.
    ///
    /// # Errors
    /// When there is no broker to start, or no free port.
    pub(super) async fn set(args: &cli::BenchChain) -> Result<Self> {
        let folder = match &args.folder {
            Some(folder) => TempDir::with_prefix_in("bellwether-bench-", folder),
            None => TempDir::with_prefix("bellwether-bench-"),
        };
        let folder = folder.context("a folder for the broker's store")?;
        let data = DataDir::open(Some(folder.path()))?;
        let book = Arc::new(Book::open(data.processes()).await?);
        let lazy_sync = args.sync == cli::Sync::Default;
        let wish = Wish { program: args.nats_server.clone(), port: Some(0), lazy_sync, ..Wish::default() };
        let broker = Broker::provide(&wish, &data, Arc::clone(&book)).await?;
        let url = broker.url().to_owned();
        let bus = connect(&url, "bench").await?;
        provision(&bus, &Plan::standard(&registry::workers())).await?;
        let gateway = free_address()?;
        let mut services = Supervisor::new(book);
        for name in SECTIONS.into_iter().chain([gateway::NAME]) {
            services.keep(unit(name, &url, gateway)?);
        }
        Ok(Self { bus, url, gateway, services, broker, _folder: folder })
    }

    /// Stops everything in order.
    pub(super) async fn strike(self) {
        self.services.stop().await;
        self.broker.stop().await;
    }
}

fn unit(name: &str, url: &str, gateway: SocketAddr) -> Result<Unit> {
    let listen = gateway.to_string();
    let args = ["run", name, "--nats", url, "--listen", &listen].map(Into::into).into();
    let program = Program { path: own_program()?.clone(), args, stdout: None, secrets: Vec::new() };
    Ok(Unit { name: name.to_owned(), how: How::Process(program), ready: None })
}

fn free_address() -> Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port")?;
    Ok(listener.local_addr()?)
}

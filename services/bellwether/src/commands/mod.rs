//! The commands, one file each.

mod bisect;
mod bundle;
pub(crate) mod decode;
mod doctor;
mod fetch_broker;
mod health;
pub(crate) mod import;
mod init;
mod logs;
mod manage;
mod ps;
mod replay;
mod run;
mod scan;
pub(crate) mod up;
mod verify;

pub(crate) use bisect::bisect;
pub(crate) use bundle::export;
pub(crate) use decode::decode;
pub(crate) use doctor::doctor;
pub(crate) use fetch_broker::fetch_broker;
pub(crate) use health::health;
pub(crate) use import::import;
pub(crate) use init::init;
pub(crate) use logs::logs;
pub(crate) use manage::{restart, start, stop};
pub(crate) use ps::ps;
pub(crate) use replay::replay;
pub(crate) use run::run;
pub(crate) use scan::submit;
pub(crate) use up::up;
pub(crate) use verify::verify;

use crate::{broker, cli::BrokerArgs, identity, registry, supervisor::record::Book};
use anyhow::Result;
use bellwether_harness::{
    Bus, Connect,
    access::OPERATOR,
    topology::{Plan, provision},
};
use std::sync::Arc;

/// Does something with the broker given, the one that runs, or one of our own for the duration.
pub(crate) async fn with_bus<T, F: Future<Output = Result<T>>>(
    name: &str,
    args: &BrokerArgs,
    act: impl FnOnce(Bus) -> F,
) -> Result<T> {
    let data = args.data()?;
    let book = Arc::new(Book::open(data.processes_of(name)).await?);
    let broker = broker::Broker::join_or_provide(&args.wish(), &data, book).await?;
    let outcome = match connect(broker.url(), name).await {
        Ok(bus) => act(bus).await,
        Err(error) => Err(error),
    };
    broker.stop().await;
    outcome
}

/// Connects and refuses a broker that is too old.
pub(crate) async fn connect(url: &str, name: &str) -> Result<Bus> {
    let options = Connect { url: url.to_owned(), name: format!("bellwether-{name}") };
    let bus = bellwether_harness::connect_as(&options, identity::of(name)?.as_ref()).await?;
    broker::check(url, &bus.client().server_info().version)?;
    Ok(bus)
}

/// As [`connect`], with every stream made or checked; on a broker that keeps services apart that is the operator's part.
pub(crate) async fn prepared(url: &str, name: &str) -> Result<Bus> {
    let bus = connect(url, name).await?;
    let maker = if identity::operator_is_here() { connect(url, OPERATOR).await? } else { bus.clone() };
    provision(&maker, &Plan::standard(&registry::workers())).await?;
    Ok(bus)
}

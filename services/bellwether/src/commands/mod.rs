//! The commands, one file each.

pub(crate) mod decode;
mod fetch_broker;
pub(crate) mod import;
mod init;
mod ps;
mod run;
mod scan;
pub(crate) mod up;
mod verify;

pub(crate) use decode::decode;
pub(crate) use fetch_broker::fetch_broker;
pub(crate) use import::import;
pub(crate) use init::init;
pub(crate) use ps::ps;
pub(crate) use run::run;
pub(crate) use scan::submit;
pub(crate) use up::up;
pub(crate) use verify::verify;

use crate::broker;
use anyhow::Result;
use bellwether_harness::{Bus, Connect};

/// Connects and refuses a broker that is too old.
pub(crate) async fn connect(url: &str, name: &str) -> Result<Bus> {
    let bus = bellwether_harness::connect(&Connect { url: url.to_owned(), name: format!("bellwether-{name}") }).await?;
    broker::check(url, &bus.client().server_info().version)?;
    Ok(bus)
}

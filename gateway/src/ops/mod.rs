//! What an operator sees: log lines, the services' own word on how they are, and figures of the last hour.
//!
//! Bounded whatever the services say: so many lines, services and samples, and no more.

mod feed;
mod inspect;
mod logs;
mod meter;
mod services;
mod tick;

pub use inspect::{Inspect, Inspection, Storage, StreamState};
pub use logs::{Filter, Line, Logs};
pub use meter::{Known, Meter, Sample};
pub use services::Services;

pub(crate) use feed::follow;
pub(crate) use inspect::BusInspect;
pub(crate) use tick::{LINES, start as tell};

use std::sync::Arc;

/// Everything of it.
#[derive(Default)]
pub struct Ops {
    /// The newest log lines.
    pub logs: Logs,
    /// The newest status of every copy of every service.
    pub services: Services,
    /// Figures of the last hour.
    pub meter: Meter,
    /// Asks the broker about itself; nothing can be asked without it.
    pub inspect: Option<Arc<dyn Inspect>>,
}

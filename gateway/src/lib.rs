//! The gateway: the newest result of every worker, over REST and server-sent events.
//!
//! It holds no state of its own: kill it, start three of it. What a worker put into its bucket arrives on the
//! [`board`], is encoded once, and every reader is answered from there. It knows no worker: sections, parts and
//! fields are whatever the buckets hold.

mod api;
pub mod board;
pub mod entry;
mod feed;
#[cfg(test)]
mod fixtures;
mod headers;
mod problem;
mod server;
mod sources;
mod sse;
pub mod vector;
mod web;

pub use board::Board;
pub use entry::Arrival;
pub use feed::{BusHistory, follow, serve};
pub use server::{Backend, Bound, GatewayOptions, bind};
pub use sources::{Accepted, Content, History, Submit, SubmitError, Upload};

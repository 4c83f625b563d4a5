//! The gateway: the newest result of every worker, over REST and server-sent events.
//!
//! It holds no state of its own: kill it, start three of it. What a worker put into its bucket arrives on the
//! [`board`], is encoded once, and every reader is answered from there. It knows no worker: sections, parts and
//! fields are whatever the buckets hold.

mod api;
mod bell;
pub mod board;
mod connection;
pub mod entry;
mod feed;
#[cfg(test)]
mod fixtures;
mod headers;
mod lanes;
pub mod memory;
#[cfg(test)]
mod openapi;
pub mod ops;
pub mod pace;
#[doc(hidden)]
pub mod parsers;
mod past;
mod playback;
mod problem;
mod protect;
mod server;
mod socket;
mod sources;
mod sse;
pub mod vector;
mod web;

pub use board::Board;
pub use entry::Arrival;
pub use feed::{BusHistory, follow, serve};
pub use lanes::LaneFeed;
pub use ops::Ops;
pub use protect::{Access, BadToken, Limits, Pace, Paces, Token, Unguarded};
pub use server::{Backend, Bound, GatewayOptions, bind};
pub use sources::{
    Accepted, Action, Asked, Content, Ends, History, Log, NoHistory, Record, Replays, Submit, SubmitError, Upload,
    WantedReplay,
};

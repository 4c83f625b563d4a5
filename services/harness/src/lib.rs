//! The only crate that talks to the broker.
//!
//! A service is a set of tracks, one per lane and universe. A track follows its source from its own last stored value
//! on, folds what comes, and puts the result where the next track finds it. There are no acknowledgements, no consumer
//! state and no leader election: the output log is the checkpoint, and a put that names the revision it follows can
//! succeed once only. See `docs/ARCHITECTURE.md` for the rules and their reasons.

pub mod access;
pub mod backoff;
mod batch;
pub mod beacon;
mod broker;
mod bus;
mod cache;
mod clock;
mod crash;
mod credentials;
mod entry;
mod follow;
pub mod health;
pub mod history;
mod identity;
pub mod inspect;
pub mod lane;
mod locate;
mod log;
mod markers;
pub mod meters;
pub mod ops;
mod place;
pub mod publish;
pub mod redact;
mod refold;
pub mod rejects;
pub mod service;
mod shipping;
#[cfg(test)]
mod sim;
pub mod tail;
pub mod telemetry;
pub mod topology;
mod track;
pub mod watch;
mod watchdog;

pub use bus::{Bus, Connect, connect, connect_as};
pub use credentials::{Credentials, HEADING as IDENTITY_HEADING, SEED as IDENTITY_SEED};
pub use entry::Entry;
pub use markers::KILLED_FROM_OUTSIDE;
pub use redact::keep_secret;
pub use refold::RefoldSpec;
pub use shipping::ship;

//! How long anything may take, and how much there may be of it.

use std::time::Duration;

/// Limits of the gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// For the head of a request, and for the first byte of a connection.
    pub head: Duration,
    /// Between two requests of a connection.
    pub idle: Duration,
    /// For an answer of which the client takes nothing.
    pub stuck: Duration,
    /// For a request and its body, until there is an answer.
    pub request: Duration,
    /// Connections that are no streams.
    pub connections: usize,
    /// Streams, in all.
    pub streams: usize,
    /// Streams of one address.
    pub streams_per_address: usize,
}

impl Limits {
    /// What is right for most.
    pub const STANDARD: Self = Self {
        head: Duration::from_secs(5),
        idle: Duration::from_secs(75),
        stuck: Duration::from_secs(60),
        request: Duration::from_secs(30),
        connections: 4096,
        streams: 10_000,
        streams_per_address: 256,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self::STANDARD
    }
}

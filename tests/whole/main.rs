//! The whole product: the processes a user starts, on a broker and files of their own.

mod asyncapi;
mod bundle;
mod clients;
mod deploy;
mod description;
mod golden;
mod guarded;
mod inputs;
mod kills;
mod lanes;
mod lookahead;
mod metrics;
mod page;
mod processes;
mod purity;
mod replay;
mod resume;
mod secure;
mod traces;
mod verify;

/// Every worker of the chain.
const WORKERS: [&str; 5] = ["regime", "position", "timeframe", "breadth", "index"];

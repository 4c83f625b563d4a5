//! The whole product: the processes a user starts, on a broker and files of their own.

mod clients;
mod golden;
mod inputs;
mod kills;
mod processes;
mod purity;

//! The harness against a real broker: every rule of delivery, with things that die in the middle.

mod counter;
mod faults;
mod history;
mod publisher;
mod watching;

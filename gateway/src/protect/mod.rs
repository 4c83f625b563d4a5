//! What keeps the gateway standing: who may come in, how many, and how fast.

mod limits;
mod seats;

pub use limits::Limits;
pub(crate) use seats::{Seat, Seats};

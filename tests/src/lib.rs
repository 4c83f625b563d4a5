//! What the tests of the whole product share: a real broker of their own, and waiting without sleeping.

mod broker;
mod events;
mod product;
mod wait;
mod watchers;

pub use broker::{Broker, nats_server};
pub use events::{Event, Events};
pub use product::{Product, binary, free_port, shared_data};
pub use wait::{eventually, eventually_async};
pub use watchers::{Clients, Held, Record, record};

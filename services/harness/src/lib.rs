//! The only crate that talks to the broker: follow, put, track, reject, serve.

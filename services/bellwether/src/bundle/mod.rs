//! A bundle: some sessions of a universe in one file, with everything that is needed to prove them somewhere else.
//!
//! The format is told in `docs/BUNDLE.md`. Every message stands in it with its headers, packed for itself, with its
//! hash and the hash of all before it. So whoever changes a byte has to change every hash after it, and which message
//! was touched can be said.

mod export;
mod import;
mod record;

pub(crate) use export::export;
pub(crate) use import::{import, is_bundle};

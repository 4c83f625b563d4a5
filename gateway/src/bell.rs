//! Wakes those who must hear at once that something has changed.

use std::{
    fmt,
    sync::{PoisonError, RwLock},
};

type Ring = Box<dyn Fn() + Send + Sync>;

/// Rung on every change. What is hung on it must return at once: it runs where the change is made.
#[derive(Default)]
pub(crate) struct Bell(RwLock<Vec<Ring>>);

impl Bell {
    pub(crate) fn hang(&self, ring: impl Fn() + Send + Sync + 'static) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).push(Box::new(ring));
    }

    pub(crate) fn ring(&self) {
        self.0.read().unwrap_or_else(PoisonError::into_inner).iter().for_each(|ring| ring());
    }
}

impl fmt::Debug for Bell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bell")
    }
}

//! The class and the advice that stood at the last closes, to judge an outcome by what was known at its hit.

use crate::sizing::Sizing;
use bellwether_schemas::{Ordinal, Side, regime::Class};
use serde::{Deserialize, Serialize};

/// Closes kept. A hit is followed for 10 sessions, up to 29 when its symbol does not trade.
const KEPT: usize = 60;

/// The closes while a class stood, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Stands(Vec<Entry>);

/// Without names: there are many, and a result is to stay small.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Entry(Ordinal, Class, Option<Advice>);

/// What was known at a close.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Stand {
    pub(crate) class: Class,
    /// None when no size was known.
    pub(crate) advice: Option<Advice>,
}

/// The size advised for hits of a side: `kelly_shrunk`, not below 0, and `risk_fraction_each`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Advice(pub(crate) Side, pub(crate) f64, pub(crate) f64);

impl Stands {
    /// What stood at the close with this ordinal; nothing when no class did, or it is too long ago.
    pub(crate) fn at(&self, ordinal: Ordinal) -> Option<Stand> {
        let found = self.0.binary_search_by_key(&ordinal, |entry| entry.0).ok()?;
        let Entry(_, class, advice) = self.0[found];
        Some(Stand { class, advice })
    }

    /// Remembers what stands at a close.
    pub(crate) fn note(&mut self, ordinal: Ordinal, sizing: &Sizing) {
        let Ok(class) = sizing.class else { return };
        if self.0.len() >= KEPT {
            self.0.remove(0);
        }
        self.0.push(Entry(ordinal, class, sizing.advice()));
    }
}

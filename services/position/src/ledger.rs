//! Outcomes by regime class and side.

use crate::{stops, tally::Tally};
use bellwether_schemas::{Side, regime::Class, scan::Outcome};
use serde::{Deserialize, Serialize};

/// Both sides of something, long first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct BySide<T>([T; 2]);

impl<T> BySide<T> {
    pub(crate) const fn of(&self, side: Side) -> &T {
        &self.0[side as usize]
    }

    const fn of_mut(&mut self, side: Side) -> &mut T {
        &mut self.0[side as usize]
    }
}

/// Every outcome so far.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Ledger {
    /// By the class that stood when the hit was scanned, in the order of [`Class::ALL`].
    classes: [BySide<Tally>; 7],
    /// The same and those of hits made while no class stood.
    pooled: BySide<Tally>,
    /// Median stop share of the last scan's outcomes that had any.
    stops: BySide<Option<f64>>,
}

impl Ledger {
    /// Books an outcome under the class that stood at its hit, if one did.
    pub(crate) fn book(&mut self, outcome: &Outcome, class: Option<Class>) {
        self.pooled.of_mut(outcome.side).book(outcome.r);
        if let Some(class) = class {
            self.classes[class.index()].of_mut(outcome.side).book(outcome.r);
        }
    }

    /// Remembers how far the stops of a scan's outcomes were.
    pub(crate) fn note_stops(&mut self, outcomes: &[Outcome]) {
        for side in [Side::Long, Side::Short] {
            let last = self.stops.of_mut(side);
            *last = stops::of_outcomes(outcomes, side).or(*last);
        }
    }

    pub(crate) const fn of(&self, class: Class, side: Side) -> &Tally {
        self.classes[class.index()].of(side)
    }

    pub(crate) const fn pooled(&self, side: Side) -> &Tally {
        self.pooled.of(side)
    }

    pub(crate) const fn stop_share(&self, side: Side) -> Option<f64> {
        *self.stops.of(side)
    }
}

//! Which symbols a universe has seen, and the slot of each.

use bellwether_schemas::{Symbol, Symbols};

/// All symbols seen so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Universe {
    /// By slot.
    names: Vec<Symbol>,
    /// Slots in the order of their names.
    sorted: Vec<usize>,
    /// By slot: its place in `sorted`.
    ranks: Vec<usize>,
}

impl Universe {
    /// How many slots there are.
    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }

    /// The symbol of a slot.
    pub(crate) fn name(&self, slot: usize) -> &Symbol {
        &self.names[slot]
    }

    /// Place of a slot in the order of names.
    #[inline]
    pub(crate) fn rank(&self, slot: usize) -> usize {
        self.ranks[slot]
    }

    /// The slot of each of today's symbols, null for a newcomer; `absent` is told of the others in order.
    pub(crate) fn join<'a>(&'a self, today: &Symbols, mut absent: impl FnMut(&'a str, usize)) -> Vec<Option<usize>> {
        let mut known = self.sorted.iter().map(|&slot| (self.name(slot).as_str(), slot)).peekable();
        let mut slots = Vec::with_capacity(today.len());
        for symbol in today.iter() {
            while let Some((name, slot)) = known.next_if(|(name, _)| *name != symbol && *name < symbol) {
                absent(name, slot);
            }
            slots.push(known.next_if(|(name, _)| *name == symbol).map(|(_, slot)| slot));
        }
        known.for_each(|(name, slot)| absent(name, slot));
        slots
    }

    /// Gives every newcomer in `slots` the next slot.
    pub(crate) fn enrol(&mut self, today: &Symbols, slots: &mut [Option<usize>]) {
        let before = self.len();
        for (at, slot) in slots.iter_mut().enumerate().filter(|(_, slot)| slot.is_none()) {
            self.sorted.push(*slot.insert(self.names.len()));
            self.names.push(today.symbol(at));
        }
        if self.len() == before {
            return;
        }
        let names = &self.names;
        self.sorted.sort_by(|&a, &b| names[a].cmp(&names[b]));
        self.ranks.resize(names.len(), 0);
        for (rank, &slot) in self.sorted.iter().enumerate() {
            self.ranks[slot] = rank;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn newcomers_are_enrolled_in_order_and_the_missing_are_told() {
        let mut universe = Universe::default();
        let enrol = |universe: &mut Universe, names: &[&str]| {
            let today = Symbols::new(names).unwrap();
            let mut absent = Vec::new();
            let mut found = universe.join(&today, |name, _| absent.push(name.to_owned()));
            universe.enrol(&today, &mut found);
            (found.into_iter().map(Option::unwrap).collect::<Vec<_>>(), absent)
        };
        assert_eq!(enrol(&mut universe, &["B", "D"]), (vec![0, 1], vec![]));
        assert_eq!(enrol(&mut universe, &["A", "D", "E"]), (vec![2, 1, 3], vec!["B".to_owned()]));
        let gone = vec!["D".to_owned(), "E".to_owned()];
        assert_eq!(enrol(&mut universe, &["A", "B"]), (vec![2, 0], gone));
    }
}

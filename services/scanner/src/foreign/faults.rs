use bellwether_schemas::Refusal;

/// Faults that are worth reading at once.
const MOST: usize = 20;

/// Everything wrong with an input, up to a readable number.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<Refusal>);

impl Faults {
    pub(super) fn add(&mut self, refusal: Refusal) {
        if !self.full() {
            self.0.push(refusal);
        }
    }

    /// The value, or null and a fault noted.
    pub(super) fn keep<T>(&mut self, result: Result<T, Refusal>) -> Option<T> {
        result.map_err(|refusal| self.add(refusal)).ok()
    }

    /// Whether reading on is of no use.
    pub(super) fn full(&self) -> bool {
        self.0.len() >= MOST
    }

    /// Whether nothing is wrong.
    pub(super) fn none(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn into_list(self) -> Vec<Refusal> {
        self.0
    }
}

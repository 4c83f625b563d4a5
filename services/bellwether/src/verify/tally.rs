use super::Difference;
use bellwether_harness::Entry;
use bellwether_schemas::{Date, Ordinal, names::header};
use bellwether_worker::Checked;
use serde::Serialize;
use std::collections::BTreeMap;

/// Wrong results that are listed one by one.
const WRONG: usize = 10_000;

/// What the checks of one service found.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Tally {
    /// The service.
    pub(crate) service: &'static str,
    /// Results compared.
    pub(crate) checked: u64,
    /// Of these the same, byte for byte.
    pub(crate) identical: u64,
    /// Of the identical, rejected because processes died on the event.
    pub(crate) died: u64,
    /// Of these with other bytes.
    pub(crate) differing: u64,
    /// Events without a result.
    pub(crate) missing: u64,
    /// The first event without a result.
    pub(crate) first_missing: Option<Place>,
    /// The first result with other bytes.
    pub(crate) first_difference: Option<Difference>,
    /// Ordinals of results that differ or are missing, the first 10,000.
    #[serde(skip)]
    pub(crate) wrong: Vec<Ordinal>,
    /// `Bw-Code` of what was computed now.
    pub(crate) computed_by: String,
    /// `Bw-Code` of what wrote the results, and how many it wrote.
    pub(crate) written_by: BTreeMap<String, u64>,
}

/// A place in a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Place {
    /// Ordinal.
    pub(crate) ordinal: Ordinal,
    /// Session; null when the scan could not be read.
    pub(crate) session: Option<Date>,
}

impl Tally {
    pub(super) fn new(service: &'static str, computed_by: String) -> Self {
        Self {
            service,
            checked: 0,
            identical: 0,
            died: 0,
            differing: 0,
            missing: 0,
            first_missing: None,
            first_difference: None,
            wrong: Vec::new(),
            computed_by,
            written_by: BTreeMap::new(),
        }
    }

    /// Whether everything is there and the same.
    pub(crate) fn clean(&self) -> bool {
        self.differing == 0 && self.missing == 0
    }

    pub(super) fn missing(&mut self, ordinal: Ordinal, session: Option<Date>, counted: bool) {
        if counted {
            self.missing += 1;
            self.note(ordinal);
            self.first_missing.get_or_insert(Place { ordinal, session });
        }
    }

    fn note(&mut self, ordinal: Ordinal) {
        if self.wrong.len() < WRONG {
            self.wrong.push(ordinal);
        }
    }

    pub(super) fn take(&mut self, stored: &Entry, ordinal: Ordinal, session: Option<Date>, checked: Checked) {
        self.checked += 1;
        let code = stored.header(header::CODE).unwrap_or("unsigned");
        *self.written_by.entry(code.to_owned()).or_default() += 1;
        match checked {
            Checked::Identical => self.identical += 1,
            Checked::Died => {
                self.identical += 1;
                self.died += 1;
            }
            Checked::Differs { recomputed } => {
                self.differing += 1;
                self.note(ordinal);
                let (place, code) = (Place { ordinal, session }, &self.computed_by);
                self.first_difference
                    .get_or_insert_with(|| Difference::between(place, stored, &recomputed).computed_by(code));
            }
            // An event before it is missing, which was said there; nothing after it can be computed.
            Checked::Gap { .. } => {
                self.checked -= 1;
                self.missing(ordinal, session, true);
            }
        }
    }
}

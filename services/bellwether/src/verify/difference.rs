use super::tally::Place;
use crate::commands::decode;
use bellwether_harness::Entry;
use bellwether_schemas::{codec, names::header};
use serde::Serialize;
use serde_json::Value;

/// Fields that are named at most.
const FIELDS: usize = 40;

/// A stored result and its recomputation, field by field.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Difference {
    /// Where.
    #[serde(flatten)]
    pub(crate) place: Place,
    /// Sequence in its stream.
    pub(crate) sequence: u64,
    /// `Bw-Code` of what wrote it.
    pub(crate) written_by: Option<String>,
    /// `Bw-Code` of what it was compared with.
    pub(crate) computed_by: String,
    /// Whether the stored bytes are those that were stored, by the digest in the header.
    pub(crate) untouched: bool,
    /// The first 40 fields that differ. Empty when both say the same in other bytes.
    pub(crate) fields: Vec<Field>,
    /// The stored result.
    pub(crate) stored: Value,
    /// What comes out now.
    pub(crate) recomputed: Value,
}

/// One field that differs; null where a side lacks it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Field {
    /// Path, e.g. `parts.current.class`.
    pub(crate) field: String,
    /// As stored.
    pub(crate) stored: Value,
    /// As computed now.
    pub(crate) recomputed: Value,
}

impl Difference {
    pub(super) fn between(place: Place, entry: &Entry, recomputed: &[u8]) -> Self {
        let read = |body: &[u8]| decode::value(body).unwrap_or_else(|error| Value::from(format!("{error:#}")));
        let (stored, recomputed) = (read(&entry.body), read(recomputed));
        let mut fields = Vec::new();
        compare("", &stored, &recomputed, &mut fields);
        Self {
            place,
            sequence: entry.sequence,
            computed_by: String::new(),
            written_by: entry.header(header::CODE).map(str::to_owned),
            untouched: entry.header(header::DIGEST) == Some(&codec::digest(&entry.body)),
            fields,
            stored,
            recomputed,
        }
    }
}

impl Difference {
    pub(super) fn computed_by(mut self, code: &str) -> Self {
        code.clone_into(&mut self.computed_by);
        self
    }
}

fn compare(path: &str, stored: &Value, recomputed: &Value, found: &mut Vec<Field>) {
    if stored == recomputed || found.len() == FIELDS {
        return;
    }
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match (stored, recomputed) {
        (Value::Object(left), Value::Object(right)) => {
            for (name, value) in left {
                compare(&below(name), value, right.get(name).unwrap_or(&Value::Null), found);
            }
            for (name, value) in right.iter().filter(|(name, _)| !left.contains_key(*name)) {
                compare(&below(name), &Value::Null, value, found);
            }
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            for (index, (left, right)) in left.iter().zip(right).enumerate() {
                compare(&below(&index.to_string()), left, right, found);
            }
        }
        _ => found.push(Field { field: path.to_owned(), stored: stored.clone(), recomputed: recomputed.clone() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn differing_fields_are_named_by_their_path() {
        let stored = json!({"parts": {"current": {"class": "uptrend", "n": [1, 2]}}, "gone": 1, "same": [1]});
        let recomputed = json!({"parts": {"current": {"class": "downtrend", "n": [1, 3]}}, "same": [1], "new": 2});
        let mut found = Vec::new();
        compare("", &stored, &recomputed, &mut found);
        let named: Vec<_> = found.iter().map(|field| field.field.as_str()).collect();
        assert_eq!(named, ["parts.current.class", "parts.current.n.1", "gone", "new"]);
        assert_eq!((&found[2].recomputed, &found[3].stored), (&Value::Null, &Value::Null));
    }
}

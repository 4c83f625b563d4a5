use serde::{Deserialize, Serialize};

/// Why an input was refused: which field, what it held, and what would have been accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[error("{field} is {value}; expected {expected}")]
pub struct Refusal {
    /// Name of the field, as it is spelled on the wire or in the file.
    pub field: String,
    /// The offending value, shortened to 80 characters.
    pub value: String,
    /// What would have been accepted.
    pub expected: String,
}

impl Refusal {
    /// Builds a refusal; long values are cut so that a refused megabyte does not become a log line.
    pub fn new(field: impl Into<String>, value: impl ToString, expected: impl Into<String>) -> Self {
        let value = value.to_string();
        let value = match value.char_indices().nth(80) {
            Some((cut, _)) => format!("{}…", &value[..cut]),
            None => value,
        };
        Self { field: field.into(), value, expected: expected.into() }
    }
}

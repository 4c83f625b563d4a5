use super::route::Schemas;
use crate::entry::Head;
use serde_json::{Value, json};

/// The envelope around the data of one section, or of one part of it.
pub(super) fn envelope(schemas: &mut Schemas, part: Option<&str>, data: &Value) -> Value {
    let part = part.map_or_else(|| json!({"type": "null"}), |part| json!({"const": part}));
    json!({
        "allOf": [
            schemas.of::<Head>(),
            {
                "type": "object",
                "properties": {
                    "part": part,
                    "as_of": {"type": ["string", "null"], "format": "date-time"},
                    "age_seconds": {"type": ["integer", "null"], "minimum": 0},
                    "data": {"anyOf": [data, {"type": "null"}]},
                },
                "required": ["part", "as_of", "age_seconds", "data"],
            },
        ],
    })
}

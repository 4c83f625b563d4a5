use serde_json::{Value, json};

const TOKEN: &str = "^[A-Za-z0-9_-]{1,64}$";
/// The name of a scan.
const AT: &str = "^[!-~]{1,96}$";
const FIELD: &str = "[!-+\\--~]*\\.[!-+\\--~]*";

fn query(name: &str, schema: &Value, description: &str) -> Value {
    json!({"name": name, "in": "query", "required": false, "description": description, "schema": schema})
}

pub(super) fn path(name: &str, schema: &Value, description: &str) -> Value {
    json!({"name": name, "in": "path", "required": true, "description": description, "schema": schema})
}

pub(super) fn universe() -> Value {
    let about = "The set of symbols; by default the first there is.";
    query("universe", &json!({"type": "string", "pattern": TOKEN, "examples": ["sp500"]}), about)
}

pub(super) fn lane() -> Value {
    let about = "`live`, or a replay's or a what-if's lane.";
    query("lane", &json!({"type": "string", "pattern": TOKEN, "default": "live"}), about)
}

pub(super) fn at() -> Value {
    query("at", &scan_name(), "An instant of the past: a scan id, a session (its last scan), or an ordinal.")
}

/// A universe, or a lane.
pub(super) fn token() -> Value {
    json!({"type": "string", "pattern": TOKEN})
}

/// Universe and lane.
pub(super) fn key() -> Vec<Value> {
    vec![universe(), lane()]
}

/// Universe, lane and instant.
pub(super) fn instant() -> Vec<Value> {
    vec![universe(), lane(), at()]
}

/// The ends of a range.
pub(super) fn range() -> [Value; 2] {
    [
        query("from", &scan_name(), "First scan of the range; a day without a session is rounded inwards."),
        query("to", &scan_name(), "Last scan of the range; `at` stands for it, too."),
    ]
}

pub(super) fn scan_name() -> Value {
    json!({"type": "string", "pattern": AT, "examples": ["sp500-2024-03-14", "2024-03-14", "17"]})
}

pub(super) fn fields() -> Value {
    let pattern = format!("^{FIELD}(,{FIELD}){{0,15}}$");
    let schema = json!({"type": "string", "pattern": pattern, "maxLength": 1600, "examples": ["current.ad_line"]});
    let about = "1 to 16 names of plain fields, joined by commas: part, then the way through objects and lists.";
    let mut fields = query("fields", &schema, about);
    fields["required"] = json!(true);
    fields
}

pub(super) fn number(name: &str, least: u64, most: u64, default: u64, about: &str) -> Value {
    query(name, &json!({"type": "integer", "minimum": least, "maximum": most, "default": default}), about)
}

pub(super) fn text(name: &str, schema: &Value, about: &str) -> Value {
    query(name, schema, about)
}

pub(super) fn one_of(names: &[&str]) -> Value {
    json!({"type": "string", "enum": names})
}

use super::{Route, Schemas};
use crate::{
    api::schema::{Detail, Scans},
    openapi::parameter,
    sources::Accepted,
};
use serde_json::{Value, json};

const TAG: &str = "scans";

pub(super) fn routes(schemas: &mut Schemas) -> Vec<Route> {
    let accepted = schemas.of::<Accepted>();
    vec![
        Route::get("/api/scans", TAG, "The scans of a universe, newest first")
            .with(parameter::instant())
            .with(parameter::range())
            .with([parameter::number("limit", 1, 500, 50, "The most scans on a page; `next` is `to` of the next one.")])
            .tagged(schemas.of::<Scans<'_>>())
            .problems(&[400, 404, 503]),
        Route::get(
            "/api/scans/{scan}",
            TAG,
            "One scan: hits, near misses, outcomes, and what changed since the one before",
        )
        .with([parameter::path("scan", &parameter::scan_name(), "A scan id, a session, or an ordinal.")])
        .with(parameter::key())
        .tagged(schemas.of::<Detail<'_>>())
        .problems(&[400, 404, 503]),
        Route::post("/api/scans", TAG, "Publishes a scan made by another scanner")
            .described("As JSON, or as CSV with the heading in the query. The same scan again changes nothing.")
            .with(heading())
            .body(json!({"application/json": {"schema": upload()}, "text/csv": {"schema": {"type": "string"}}}))
            .answers(201, "It is stored.", json!({"application/json": {"schema": accepted}}))
            .answers(200, "The same scan was stored before.", json!({"application/json": {"schema": accepted}}))
            .problems(&[400, 403, 409, 413, 415, 422, 501, 503]),
    ]
}

fn heading() -> Vec<Value> {
    let text = json!({"type": "string"});
    let names = [
        ("universe", "Of a CSV: the set of symbols."),
        ("session", "Of a CSV: the date of the session."),
        ("as_of", "Of a CSV: the instant; by default the session's close."),
        ("exchange", "Of a CSV: market identifier code; by default XNYS."),
        ("basis", "Of a CSV: `close` or `intraday`; by default what `as_of` says."),
    ];
    names.map(|(name, about)| parameter::text(name, &text, about)).to_vec()
}

/// What an uploaded scan must at least have; more is read where it is given, and every wrong field is named.
fn upload() -> Value {
    let row = json!({
        "type": "object",
        "required": ["symbol"],
        "properties": {
            "symbol": {"type": "string", "pattern": "^[!-~]{1,32}$"},
            "side": {"enum": ["long", "short", null]},
            "close": {"type": ["number", "null"], "exclusiveMinimum": 0},
            "previous_close": {"type": ["number", "null"], "exclusiveMinimum": 0},
            "volume": {"type": ["number", "null"], "minimum": 0},
            "score": {"type": ["integer", "null"], "minimum": 0, "maximum": 7},
        },
    });
    json!({
        "type": "object",
        "required": ["universe", "session", "rows"],
        "properties": {
            "universe": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"},
            "session": {"type": "string", "format": "date"},
            "as_of": {"type": ["string", "null"], "format": "date-time"},
            "exchange": {"type": ["string", "null"], "pattern": "^[A-Za-z0-9]{1,16}$", "default": "XNYS"},
            "basis": {"enum": ["close", "intraday", null]},
            "rows": {"type": "array", "minItems": 1, "items": row},
        },
    })
}

use super::{Route, Schemas};
use crate::openapi::parameter;
use serde_json::{Value, json};

const TAG: &str = "lanes";

pub(super) fn routes(_: &mut Schemas) -> Vec<Route> {
    let named = || parameter::path("lane", &parameter::token(), "Name of the lane.");
    let action = parameter::path("action", &parameter::one_of(&["pause", "resume", "cancel"]), "What is to happen.");
    let of = |name: &str, about: &str| parameter::text(name, &parameter::token(), about);
    let at = json!({"type": "integer", "minimum": 1, "maximum": u64::MAX});
    let mut universe = of("universe", "The set of symbols.");
    universe["required"] = json!(true);
    vec![
        Route::get("/api/replay", TAG, "Every lane")
            .json(200, json!({"type": "object", "required": ["lanes"], "properties": {"lanes": {"type": "array", "items": lane()}}}))
            .problems(&[400, 503]),
        Route::post("/api/replay", TAG, "Makes a lane: the past again, or with other settings")
            .body(json!({"application/json": {"schema": wanted()}}))
            .json(201, lane())
            .problems(&[400, 403, 413, 415, 422, 503]),
        Route::get("/api/replay/{lane}", TAG, "One lane").with([named()]).json(200, lane()).problems(&[400, 404, 503]),
        Route::delete("/api/replay/{lane}", TAG, "Deletes a lane with all its results")
            .with([named()])
            .json(200, json!({
                "type": "object",
                "required": ["lane", "deleted", "bytes"],
                "properties": {"lane": {"type": "string"}, "deleted": {"const": true}, "bytes": count()},
            }))
            .problems(&[400, 403, 404, 503]),
        Route::post("/api/replay/{lane}/{action}", TAG, "Pauses a lane, lets it go on, or ends it for good")
                .described("The body is `{}`, or the speed at which it is to go on.")
            .with([named(), action])
            .body(json!({"application/json": {"schema": {
                "type": "object", "properties": {"speed": speed()}, "additionalProperties": false,
            }}}))
            .json(200, lane())
            .problems(&[400, 403, 404, 413, 415, 422, 503]),
        Route::get("/api/verify", TAG, "Whether the record is what comes out again")
            .described("Begun by the first who asks, and answered from then on.")
            .with(parameter::key())
            .json(200, proof())
            .problems(&[400, 404, 422, 503]),
        Route::get("/api/compare/lanes", TAG, "Every value of two lanes at the same scan, and whether they differ")
            .with([of("a", "One lane; by default `live`."), of("b", "The other; by default `live`."), universe])
            .with([parameter::text("at", &at, "Ordinal of the scan; by default the newest that both have.")])
            .json(200, compared())
            .problems(&[400, 503]),
    ]
}

fn count() -> Value {
    json!({"type": "integer", "minimum": 0})
}

fn speed() -> Value {
    json!({"type": ["string", "null"], "pattern": "^(max|original|0\\.[1-9][0-9]{0,2}x|[1-9][0-9]{0,3}(\\.[0-9]{1,3})?x|10000x)$", "examples": ["max", "60x"]})
}

fn wanted() -> Value {
    let texts = json!({"type": "array", "items": {"type": "string"}});
    json!({
        "type": "object",
        "required": ["universe"],
        "additionalProperties": false,
        "properties": {
            "universe": parameter::token(),
            "from": {"type": ["string", "null"], "description": "First session or ordinal."},
            "to": {"type": ["string", "null"], "description": "Last session or ordinal."},
            "speed": speed(),
            "lane": {"type": ["string", "null"], "description": "Its name; the next number by default."},
            "services": texts,
            "set": {"type": "array", "items": {"type": "string"}, "description": "`<worker>.<name>=<value>`"},
            "from_bars": {"type": "boolean", "description": "Whether bars are scanned again."},
        },
    })
}

fn lane() -> Value {
    let texts = json!({"type": "array", "items": {"type": "string"}});
    json!({
        "type": "object",
        "required": [
            "lane", "universe", "state", "reason", "material", "first", "reached", "last", "speed", "set", "services",
            "runner", "messages", "bytes", "created",
        ],
        "properties": {
            "lane": {"type": "string"},
            "universe": {"type": "string"},
            "state": parameter::one_of(&["running", "paused", "cancelled", "failed", "done"]),
            "reason": {"type": ["string", "null"]},
            "material": parameter::one_of(&["scans", "bars", "record"]),
            "first": count(),
            "reached": count(),
            "last": count(),
            "speed": {"type": "string"},
            "set": texts,
            "services": texts,
            "runner": {"type": "string"},
            "messages": count(),
            "bytes": count(),
            "created": {"type": "string"},
        },
    })
}

fn proof() -> Value {
    json!({
        "type": "object",
        "required": ["universe", "lane", "status", "reason", "head", "reached", "identical", "wrong", "services"],
        "properties": {
            "universe": {"type": "string"},
            "lane": {"type": "string"},
            "status": parameter::one_of(&["running", "done", "failed"]),
            "reason": {"type": ["string", "null"]},
            "head": count(),
            "reached": count(),
            "identical": {"type": ["boolean", "null"]},
            "wrong": {"type": "array", "items": count()},
            "services": {"type": "array", "items": {"type": "object"}},
        },
    })
}

fn compared() -> Value {
    let field = json!({
        "type": "object",
        "required": ["field", "a", "b", "differs"],
        "properties": {"field": {"type": "string"}, "a": {}, "b": {}, "differs": {"type": "boolean"}, "list": {"const": true}},
    });
    let section = json!({
        "type": "object",
        "required": ["scan", "differing", "fields"],
        "properties": {"scan": {"type": "object"}, "differing": count(), "fields": {"type": "array", "items": field}},
    });
    json!({
        "type": "object",
        "required": ["universe", "a", "b", "differing", "sections"],
        "properties": {
            "universe": {"type": "string"},
            "a": {"type": "string"},
            "b": {"type": "string"},
            "differing": count(),
            "sections": {"type": "object", "additionalProperties": section},
        },
    })
}

use super::{Route, Schemas};
use crate::openapi::parameter;
use bellwether_schemas::ops::LogLine;
use serde_json::{Value, json};

const TAG: &str = "streams";

pub(super) fn routes(schemas: &mut Schemas) -> Vec<Route> {
    let mut routes = vec![
        Route::get("/api/stream", TAG, "Server-sent events: what changes, as it changes")
            .described(
                "Events `hello`, `snapshot`, `tick`, `hb`, `flags`, `reset`, `bye`, each with JSON (docs/EVENTS.md), and an \
                 id that resumes. A `tick` holds whichever of `health`, `services`, `metrics` and `logs` has changed, at \
                 most once a second.",
            )
            .with(filters())
            .answers(200, "The stream; it does not end.", events())
            .problems(&[400, 404, 503]),
        Route::get("/api/ws", TAG, "The same by WebSocket, as texts `{event, id, data}`")
            .with(filters())
            .answers(101, "The WebSocket.", json!({}))
            .problems(&[400, 403, 404, 503]),
    ];
    let line = json!({"allOf": [
        schemas.of::<LogLine>(),
        {"type": "object", "required": ["seq"], "properties": {"seq": {"type": "integer", "minimum": 0}}},
    ]});
    let page = json!({
        "type": "object",
        "required": ["lines", "next"],
        "properties": {
            "lines": {"type": "array", "items": line},
            "next": {"type": ["integer", "null"], "minimum": 0},
        },
    });
    for prefix in ["", "/api"] {
        let whole = json!({"type": "integer", "minimum": 0, "maximum": u64::MAX});
        let about = "Only lines before this sequence; `next` of the page before.";
        routes.push(
            Route::get(format!("{prefix}/logs"), TAG, "The newest log lines that fit, oldest of them first")
                .with(fitting())
                .with([
                    parameter::number("limit", 1, 1000, 200, "The most lines wanted."),
                    parameter::text("before", &whole, about),
                ])
                .json(200, page.clone())
                .problems(&[400]),
        );
        routes.push(
            Route::get(format!("{prefix}/logs/stream"), TAG, "Server-sent events `log`, one per line that fits")
                .with(fitting())
                .with([parameter::text("since", &whole, "The sequence of the last line held; by default the newest.")])
                .answers(200, "The stream; it does not end.", events())
                .problems(&[400, 503]),
        );
    }
    routes
}

fn events() -> Value {
    json!({"text/event-stream": {"schema": {"type": "string"}}})
}

fn filters() -> Vec<Value> {
    let text = json!({"type": "string"});
    vec![
        parameter::text("sections", &text, "Names of sections, joined by commas; by default all."),
        parameter::universe(),
        parameter::lane(),
        parameter::text(
            "since",
            &text,
            "The id of the last event held, where the header `Last-Event-ID` cannot be sent.",
        ),
        parameter::text(
            "playback",
            &parameter::scan_name(),
            "Plays what was recorded from this scan on, at the market's pace; nothing is computed.",
        ),
        parameter::text("to", &parameter::scan_name(), "With `playback`: the last scan; by default the newest."),
        parameter::text("speed", &text, "With `playback`: `max`, or `0.1x` to `10000x`; by default `1x`."),
    ]
}

/// Which log lines are wanted.
fn fitting() -> Vec<Value> {
    let text = json!({"type": "string"});
    vec![
        parameter::text("level", &parameter::one_of(&["info", "warn", "error"]), "As grave as this, or graver."),
        parameter::text("service", &text, "Of this service."),
        parameter::text("text", &text, "With this in the sentence or in a field, in any case of letters."),
        parameter::text("scan", &text, "Speaking of this scan."),
    ]
}

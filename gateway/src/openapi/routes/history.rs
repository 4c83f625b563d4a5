use super::{Route, SECTIONS, Schemas};
use crate::{
    api::schema::{Provenance, Series, Timeline},
    openapi::parameter,
};
use serde_json::json;

const TAG: &str = "history";

pub(super) fn routes(schemas: &mut Schemas) -> Vec<Route> {
    let section = || parameter::path("section", &parameter::one_of(&SECTIONS), "Name of the section.");
    let part = parameter::text("part", &json!({"type": "string"}), "Checked against the parts of the section.");
    let points = "The most rows wanted. Fewer than 2 + 2 × fields cannot keep the extremes, so there may be that many.";
    let csv = json!({"schema": {"type": "string"}});
    vec![
        Route::get("/api/{section}/series", TAG, "Columns of the past")
            .described(
                "One column per field beside ordinal, session, as_of and scan; nulls where a scan was rejected or the field \
                 was missing. Without `from` the last `points` scans. A longer range is thinned: the first and the last row \
                 stay, and of each run of rows those with the least and the greatest value of every field. As JSON, or as \
                 CSV (`Accept: text/csv`, empty cells for nulls).",
            )
            .with([section()])
            .with(parameter::instant())
            .with([parameter::fields()])
            .with(parameter::range())
            .with([parameter::number("points", 1, 2000, 120, points)])
            .tagged(schemas.of::<Series<'_>>())
            .answers(200, "The columns.", json!({"application/json": {"schema": schemas.of::<Series<'_>>()}, "text/csv": csv}))
            .problems(&[400, 404, 406, 503]),
        Route::get("/api/timeline", TAG, "The regime of every scan, oldest first; the newest 20,000")
            .with(parameter::instant())
            .tagged(schemas.of::<Timeline>())
            .problems(&[400, 404, 503]),
        Route::get("/api/provenance/{section}", TAG, "Where a value is stored, what it was made from, and the commands that show it")
            .with([section()])
            .with(parameter::instant())
            .with([part])
            .json(200, schemas.of::<Provenance>())
            .problems(&[400, 404, 503]),
    ]
}

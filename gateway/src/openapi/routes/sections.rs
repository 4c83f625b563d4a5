use super::{Route, Schemas};
use crate::{
    api::schema::{Overview, Sessions, Universes},
    openapi::{envelope::envelope, parameter},
};
use bellwether_schemas::{breadth, index, position, regime, timeframe};
use serde_json::{Value, json};

const TAG: &str = "sections";

pub(super) fn routes(schemas: &mut Schemas) -> Vec<Route> {
    let mut routes = vec![
        Route::get("/api/overview", TAG, "All sections in one answer, as of one scan where they agree on it")
            .with(parameter::instant())
            .tagged(schemas.of::<Overview<'_>>())
            .problems(&[400, 404, 503]),
        Route::get("/api/universes", TAG, "Which universes there are, in which lanes")
            .json(200, schemas.of::<Universes>())
            .problems(&[400]),
        Route::get("/api/exchanges", TAG, "Sessions around now of every exchange a result names")
            .json(200, json!({"type": "array", "items": schemas.of::<Sessions>()}))
            .problems(&[400]),
    ];
    for (section, whole, parts) in sections(schemas) {
        routes.push(one(schemas, &format!("/api/{section}"), format!("All of {section}"), None, &whole));
        for (part, about, data) in parts {
            routes.push(one(schemas, &format!("/api/{section}/{part}"), about.to_owned(), Some(part), &data));
        }
    }
    routes
}

fn one(schemas: &mut Schemas, path: &str, about: String, part: Option<&str>, data: &Value) -> Route {
    let answer = envelope(schemas, part, data);
    Route::get(path, TAG, about).with(parameter::instant()).tagged(answer).problems(&[400, 404, 503])
}

type Section = (&'static str, Value, Vec<(&'static str, &'static str, Value)>);

fn sections(of: &mut Schemas) -> Vec<Section> {
    vec![
        (
            "regime",
            of.of::<regime::Output>(),
            vec![
                (
                    "current",
                    "The class that stands, how sure it is, and what would change it",
                    of.of::<regime::Current>(),
                ),
                ("history", "How the regime came there", of.of::<regime::History>()),
                (
                    "prediction",
                    "Where it may stand some sessions on, and how good such forecasts were",
                    of.of::<regime::Prediction>(),
                ),
            ],
        ),
        (
            "position",
            of.of::<position::Output>(),
            vec![
                ("kelly", "How much to risk, and which brake binds", of.of::<position::Kelly>()),
                ("risk", "What the market may cost", of.of::<position::Risk>()),
                ("guidance", "The advice in sentences, and how it has done", of.of::<position::Guidance>()),
            ],
        ),
        (
            "timeframe",
            of.of::<timeframe::Output>(),
            vec![
                ("all", "How far the frames agree", of.of::<timeframe::All>()),
                ("daily", "Daily bars", of.of::<timeframe::Frame>()),
                ("weekly", "Weekly bars", of.of::<timeframe::Frame>()),
                ("monthly", "Monthly bars", of.of::<timeframe::Frame>()),
            ],
        ),
        (
            "breadth",
            of.of::<breadth::Output>(),
            vec![
                (
                    "current",
                    "Advances, declines, new highs and lows and what is summed from them",
                    of.of::<breadth::Current>(),
                ),
                ("sma", "How many symbols stand above their averages", of.of::<breadth::Sma>()),
                ("volume", "The volume behind advances and declines", of.of::<breadth::Volume>()),
            ],
        ),
        (
            "index",
            of.of::<index::Output>(),
            vec![
                ("sma", "Benchmarks against their averages", of.of::<index::Sma>()),
                ("momentum", "Momentum of the benchmarks", of.of::<index::Momentum>()),
                ("divergence", "Where price and breadth part", of.of::<index::Divergence>()),
            ],
        ),
    ]
}

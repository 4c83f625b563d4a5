//! The table of routes, one file per family.

mod history;
mod lanes;
mod operations;
mod scans;
mod sections;
mod streams;

use super::route::{Route, Schemas};

pub(super) const TAGS: [(&str, &str); 6] = [
    ("sections", "What the workers found: the newest, or as of an instant."),
    ("history", "Columns of the past, and where a value comes from."),
    ("scans", "The scans everything is computed from."),
    ("lanes", "The past again, or with other settings, beside the running market."),
    ("streams", "Changes as they come."),
    ("operations", "Whether everything works."),
];

pub(super) const SECTIONS: [&str; 5] = ["regime", "position", "timeframe", "breadth", "index"];

pub(super) fn all(schemas: &mut Schemas) -> Vec<Route> {
    let mut routes = sections::routes(schemas);
    routes.extend(history::routes(schemas));
    routes.extend(scans::routes(schemas));
    routes.extend(lanes::routes(schemas));
    routes.extend(streams::routes(schemas));
    routes.extend(operations::routes(schemas));
    routes
}

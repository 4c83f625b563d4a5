//! Columns of the past, for charts: `GET /api/{section}/series?fields=current.ad_line,…&from=&to=&points=`.

use super::{
    Named, Parameters, accept,
    envelope::answer_as,
    found::{ends, log_of, newest, no_history, unknown_scan},
    table::Table,
    thin,
};
use crate::{
    entry::Entry,
    past::{At, Edge, Ends, Of},
    problem::Problem,
    server::{App, Shared},
};
use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use bellwether_schemas::{Ordinal, Refusal};
use serde::Serialize;

const MOST_POINTS: usize = 2000;
const DEFAULT_POINTS: usize = 120;
/// A range may hold so many scans; more are read in several requests.
const MOST_SCANS: u64 = 50_000;
const JSON: &str = "application/json";
const CSV: &str = "text/csv";

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Series<'a> {
    status: &'static str,
    reason: Option<&'a str>,
    section: &'a str,
    universe: &'a str,
    lane: &'a str,
    revision: u64,
    epoch: &'a str,
    /// First and last ordinal of the range.
    from: Ordinal,
    to: Ordinal,
    /// How many scans the range holds, and how many of them are shown.
    scans: usize,
    points: usize,
    #[cfg_attr(test, schemars(with = "super::table::Columns"))]
    columns: &'a Table,
}

/// Values of the scans of a range, oldest first. A scan that was rejected has nulls.
pub(super) async fn series(
    State(app): State<App>,
    Named(section): Named<String>,
    parameters: Parameters,
    request: HeaderMap,
) -> Result<Response, Problem> {
    let (section, newest) = newest(&app, &section, &parameters, &["fields", "from", "to", "at", "points"])?;
    let fields = fields(&parameters)?;
    let points = parameters.number("points", 1..=MOST_POINTS)?.unwrap_or(DEFAULT_POINTS);
    let media = media(&request)?;
    let of = log_of(&section, &newest);
    let (ends, stale) = ends(&app, &of, &newest, Some(newest.head.revision)).await?;
    let (from, to) = range(&app, &parameters, &of, &ends, &newest, points as u64).await?;
    let table = Table::read(&app.past, &of, &ends, from..=to, &fields).await;
    let mut table = table.map_err(|lost| no_history(&app, &newest, &lost))?;
    if let Some((field, known)) = table.unknown {
        return Err(Problem::not_found("unknown_field", "fields", &field, known));
    }
    let scans = table.rows();
    table.keep(&thin::keep(&table.numbers(), scans, points.max(thin::fewest(fields.len()))));
    let epoch = crate::vector::tag(&section.epoch);
    let query = crate::vector::tag(&format!("{fields:?}|{from}|{to}|{points}|{media}|{stale:?}"));
    let mut response = answer_as(media, &request, &format!("{epoch}-{}-{query}", ends.sequence), || {
        if media == CSV {
            return table.csv();
        }
        let series = Series {
            status: if stale.is_some() { "stale" } else { "ok" },
            reason: stale.as_deref(),
            section: &section.name,
            universe: newest.key.universe(),
            lane: newest.key.lane(),
            revision: newest.head.revision,
            epoch: &section.epoch,
            from,
            to,
            scans,
            points: table.rows(),
            columns: &table,
        };
        serde_json::to_vec(&series).unwrap_or_default()
    });
    response.headers_mut().append(header::VARY, HeaderValue::from_static("accept"));
    Ok(response)
}

fn media(request: &HeaderMap) -> Result<&'static str, Problem> {
    let sent = request.get(header::ACCEPT).map(|value| value.to_str().unwrap_or_default());
    accept::choose(sent, &[JSON, CSV]).ok_or_else(|| {
        let refusal = Refusal::new("accept", sent.unwrap_or_default(), format!("{JSON} or {CSV}"));
        Problem::refused(StatusCode::NOT_ACCEPTABLE, "not_acceptable", refusal)
    })
}

fn fields(parameters: &Parameters) -> Result<Vec<String>, Problem> {
    read_fields(parameters.get("fields").unwrap_or_default()).map_err(|refusal| Problem::bad("bad_parameter", refusal))
}

const MOST_FIELDS: usize = 16;
const LONGEST: usize = 1600;

/// Names of fields, joined by commas, each once.
pub(crate) fn read_fields(text: &str) -> Result<Vec<String>, Refusal> {
    let mut fields: Vec<String> = Vec::new();
    let names = text.split(',');
    let fits = |name: &str| name.contains('.') && name.bytes().all(|byte| byte.is_ascii_graphic());
    if text.len() > LONGEST || names.clone().count() > MOST_FIELDS || !names.clone().all(fits) {
        let expected = format!("1 to {MOST_FIELDS} names like current.ad_line, joined by commas");
        return Err(Refusal::new("fields", format!("{text:?}"), expected));
    }
    for name in names {
        if !fields.iter().any(|known| known == name) {
            fields.push(name.to_owned());
        }
    }
    Ok(fields)
}

/// First and last ordinal of the range, within the log. Without a start it is the last `points` scans.
async fn range(
    app: &Shared,
    parameters: &Parameters,
    of: &Of,
    ends: &Ends,
    newest: &Entry,
    points: u64,
) -> Result<(Ordinal, Ordinal), Problem> {
    let to = match parameters.instant("to")? {
        Some(to) => Some(("to", to)),
        None => parameters.at()?.map(|at| ("at", at)),
    };
    let to = match to {
        Some((name, at)) => edge(app, of, ends, newest, (name, &at), Edge::To).await?.min(ends.last),
        None => ends.last,
    };
    let from = match parameters.instant("from")? {
        Some(at) => edge(app, of, ends, newest, ("from", &at), Edge::From).await?,
        None => (to + 1).saturating_sub(points),
    };
    let from = from.max(ends.first);
    if (to + 1).saturating_sub(from) > MOST_SCANS {
        let expected = format!("a range of at most {MOST_SCANS} scans");
        return Err(Problem::bad("bad_parameter", Refusal::new("from", from, expected)));
    }
    Ok((from, to))
}

/// The ordinal a range begins or ends with.
pub(super) async fn edge(
    app: &Shared,
    of: &Of,
    ends: &Ends,
    newest: &Entry,
    (name, at): (&str, &At),
    edge: Edge,
) -> Result<Ordinal, Problem> {
    let found = app.past.edge(of, at, edge, ends).await.map_err(|lost| no_history(app, newest, &lost))?;
    match found {
        Some(ordinal) => Ok(ordinal),
        None => Err(unknown_scan(app, of, ends, name, at).await),
    }
}

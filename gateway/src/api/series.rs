//! Columns of the past, for charts: `GET /api/{section}/series?fields=current.ad_line,…&points=120`.

use super::{Parameters, envelope::holds, read};
use crate::{entry, problem::Problem, server::App};
use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use bellwether_schemas::Refusal;
use bytes::Bytes;
use serde_json::{Map, Value, json};

const MAX_POINTS: usize = 2000;
const DEFAULT_POINTS: usize = 120;
const MAX_FIELDS: usize = 16;

/// Values of the last scans, oldest first. A scan that was rejected has nulls.
pub(super) async fn series(
    State(app): State<App>,
    Path(section): Path<String>,
    parameters: Parameters,
    request: HeaderMap,
) -> Result<Response, Problem> {
    let (section, newest) = read::find(&app, &section, &parameters, &["fields", "points"])?;
    let fields = fields(&parameters)?;
    let points = points(&parameters)?;
    let query = format!("{}|{points}", fields.join(","));
    let tag =
        format!("W/\"{}-{}-{}\"", crate::vector::tag(&section.epoch), newest.head.revision, crate::vector::tag(&query));
    let tag = HeaderValue::try_from(tag).unwrap_or(HeaderValue::from_static("W/\"\""));
    if holds(&request, &tag) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response());
    }
    let last = newest.head.scan.ordinal;
    let from = last.saturating_sub(points as u64 - 1).max(1);
    let range = app.backend.history.range(&section.name, &newest.key, from, points);
    let bodies = range.await.map_err(|error| Problem::unavailable("no_history", format!("{error:#}")))?;
    let columns = columns(&bodies, &fields)?;
    let body = json!({
        "section": section.name,
        "universe": newest.key.universe(),
        "lane": newest.key.lane(),
        "revision": newest.head.revision,
        "epoch": section.epoch,
        "points": bodies.len(),
        "columns": columns,
    });
    Ok(([(header::CACHE_CONTROL, "no-cache")], [(header::ETAG, tag)], Json(body)).into_response())
}

fn fields(parameters: &Parameters) -> Result<Vec<String>, Problem> {
    let expected = format!("1 to {MAX_FIELDS} names like current.ad_line, joined by commas");
    let text = parameters.get("fields").unwrap_or_default();
    let fields: Vec<String> = text.split(',').map(|field| field.trim().to_owned()).collect();
    let fit = fields.len() <= MAX_FIELDS && fields.iter().all(|f| f.contains('.') && f.len() <= 100);
    if !fit {
        return Err(Problem::bad("bad_parameter", Refusal::new("fields", format!("{text:?}"), expected)));
    }
    Ok(fields)
}

fn points(parameters: &Parameters) -> Result<usize, Problem> {
    let Some(text) = parameters.get("points") else { return Ok(DEFAULT_POINTS) };
    match text.parse() {
        Ok(points) if (1..=MAX_POINTS).contains(&points) => Ok(points),
        _ => Err(Problem::bad(
            "bad_parameter",
            Refusal::new("points", format!("{text:?}"), format!("1 to {MAX_POINTS}")),
        )),
    }
}

/// One column per field, beside ordinal, session and as_of.
fn columns(bodies: &[Bytes], fields: &[String]) -> Result<Map<String, Value>, Problem> {
    let mut columns: Vec<Vec<Value>> = vec![Vec::with_capacity(bodies.len()); fields.len()];
    let mut known = vec![false; fields.len()];
    let mut any_parts = false;
    let (mut ordinals, mut sessions, mut instants) = (Vec::new(), Vec::new(), Vec::new());
    for body in bodies {
        let stored = entry::decode(body)
            .map_err(|refusal| Problem::refused(StatusCode::INTERNAL_SERVER_ERROR, "unreadable_history", refusal))?;
        ordinals.push(json!(stored.scan.ordinal));
        sessions.push(json!(stored.scan.session));
        instants.push(json!(stored.scan.as_of));
        let parts = stored.parts.map(Value::Object);
        any_parts |= parts.is_some();
        for (index, field) in fields.iter().enumerate() {
            let value = parts.as_ref().and_then(|parts| at(parts, field));
            known[index] |= value.is_some();
            columns[index].push(value.cloned().unwrap_or(Value::Null));
        }
    }
    if let Some(unknown) = known.iter().position(|known| !known).filter(|_| any_parts) {
        return Err(Problem::not_found("unknown_field", "fields", &fields[unknown], numeric_fields(bodies)));
    }
    let fixed = [("ordinal", ordinals), ("session", sessions), ("as_of", instants)];
    let named = fields.iter().cloned().zip(columns);
    Ok(fixed
        .into_iter()
        .map(|(name, column)| (name.to_owned(), column))
        .chain(named)
        .map(|(n, c)| (n, Value::Array(c)))
        .collect())
}

/// Follows `a.b.0.c` through objects and arrays.
fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(value, |value, step| match value {
        Value::Object(fields) => fields.get(step),
        Value::Array(items) => items.get(step.parse::<usize>().ok()?),
        _ => None,
    })
}

/// The plain fields of the newest value, to say what could have been asked for.
fn numeric_fields(bodies: &[Bytes]) -> Vec<String> {
    let newest = bodies.last().and_then(|body| entry::decode(body).ok()).and_then(|stored| stored.parts);
    let parts = newest.unwrap_or_default();
    let fields = parts.iter().filter_map(|(part, value)| Some((part, value.as_object()?)));
    fields
        .flat_map(|(part, fields)| {
            fields
                .iter()
                .filter(|(_, value)| !value.is_array() && !value.is_object())
                .map(move |(name, _)| format!("{part}.{name}"))
        })
        .collect()
}

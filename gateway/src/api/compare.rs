//! Two lanes side by side: `GET /api/compare/lanes?a=&b=&universe=&at=`.

use super::Parameters;
use crate::{
    past::{Ends, Of, Unreachable},
    problem::Problem,
    server::{App, Shared},
    sources::Log,
};
use axum::{Json, extract::State, http::StatusCode};
use bellwether_schemas::{Key, Ordinal, Refusal};
use serde_json::{Map, Value, json};

/// Values of a section that are shown at most.
const MOST: usize = 600;
/// Longer lists are compared as a whole.
const LONGEST: usize = 16;

/// Every value of both at the same scan, and whether they differ: at `at`, else at the newest that both have.
pub(super) async fn lanes(State(app): State<App>, parameters: Parameters) -> Result<Json<Value>, Problem> {
    parameters.only(&["a", "b", "universe", "at"])?;
    let universe = parameters.universe()?;
    let Some(universe) = universe else {
        return Err(Problem::bad("bad_parameter", Refusal::new("universe", "none", "the name of a universe")));
    };
    let key = |name: &str| {
        let lane = parameters.get(name).unwrap_or(bellwether_schemas::key::LIVE);
        Key::new(lane, universe)
            .map_err(|refusal| Problem::bad("bad_parameter", Refusal { field: name.to_owned(), ..refusal }))
    };
    let (a, b) = (key("a")?, key("b")?);
    let at = parameters.number("at", 1..=usize::MAX)?.map(|at| at as Ordinal);
    let mut sections = Map::new();
    let mut differing = 0;
    for name in app.board().names() {
        let of = |key: &Key| (Log::Results(name.clone()), key.clone());
        let (a, b) = (of(&a), of(&b));
        let Some((of_a, of_b, at)) = common(&app, &a, &b, at).await? else { continue };
        let (one, other) = (parts(&app, &a, &of_a, at).await?, parts(&app, &b, &of_b, at).await?);
        let (Some(one), Some(other)) = (one, other) else { continue };
        let mut fields = Vec::new();
        side_by_side("", &one.1, &other.1, &mut fields);
        let differ = fields.iter().filter(|field| field["differs"] == true).count();
        differing += differ;
        sections.insert(name.to_string(), json!({"scan": one.0, "differing": differ, "fields": fields}));
    }
    Ok(Json(json!({"universe": universe, "a": a.lane(), "b": b.lane(), "differing": differing, "sections": sections})))
}

/// Where two lanes are looked at: the newest ordinal that both logs have, or `at` if both have it.
async fn common(app: &Shared, a: &Of, b: &Of, at: Option<Ordinal>) -> Result<Option<(Ends, Ends, Ordinal)>, Problem> {
    let ends = async |of: &Of| app.past.ends(of, None).await.map_err(lost);
    // A lane without this worker has no such log.
    let (Some(one), Some(other)) = (ends(a).await?, ends(b).await?) else { return Ok(None) };
    let (one, other) = (one.ends, other.ends);
    let (first, last) = (one.first.max(other.first), one.last.min(other.last));
    let at = at.unwrap_or(last);
    Ok((first..=last).contains(&at).then_some((one, other, at)))
}

fn lost(lost: Unreachable) -> Problem {
    Problem::unavailable("no_history", lost.to_string())
}

/// The scan a result is of, and its parts.
async fn parts(app: &Shared, of: &Of, ends: &Ends, at: Ordinal) -> Result<Option<(Value, Value)>, Problem> {
    let Some(row) = app.past.row(of, at, ends).await.map_err(lost)? else { return Ok(None) };
    let record = app.past.message(&of.0.stream(&of.1), row.sequence).await.map_err(lost)?;
    let Some(record) = record.filter(|record| record.ordinal == Some(at)) else { return Ok(None) };
    let stored = crate::entry::decode(&record.body);
    let stored =
        stored.map_err(|refusal| Problem::refused(StatusCode::SERVICE_UNAVAILABLE, "unreadable_history", refusal))?;
    Ok(Some((json!(stored.scan), stored.parts.map_or(Value::Null, Value::Object))))
}

fn side_by_side(path: &str, a: &Value, b: &Value, out: &mut Vec<Value>) {
    if out.len() >= MOST {
        return;
    }
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match (a, b) {
        (Value::Object(left), Value::Object(right)) => {
            let own = right.keys().filter(|name| !left.contains_key(*name));
            for name in left.keys().chain(own) {
                let of = |side: &Map<String, Value>| side.get(name).cloned().unwrap_or(Value::Null);
                side_by_side(&below(name), &of(left), &of(right), out);
            }
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() && left.len() <= LONGEST => {
            for (index, (left, right)) in left.iter().zip(right).enumerate() {
                side_by_side(&below(&index.to_string()), left, right, out);
            }
        }
        // Long lists are series: their values would say nothing here.
        (Value::Array(_), Value::Array(_)) => {
            out.push(json!({"field": path, "a": null, "b": null, "differs": a != b, "list": true}));
        }
        _ => out.push(json!({"field": path, "a": a, "b": b, "differs": a != b})),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_shown_with_whether_it_differs() {
        let mut out = Vec::new();
        let long: Vec<_> = (0..100).collect();
        side_by_side("", &json!({"x": {"n": 1, "s": long}, "only": 2}), &json!({"x": {"n": 2, "s": long}}), &mut out);
        assert_eq!(
            out,
            [
                json!({"field": "x.n", "a": 1, "b": 2, "differs": true}),
                json!({"field": "x.s", "a": null, "b": null, "differs": false, "list": true}),
                json!({"field": "only", "a": 2, "b": null, "differs": true}),
            ]
        );
    }
}

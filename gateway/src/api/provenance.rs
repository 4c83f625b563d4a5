//! Where a value comes from: `GET /api/provenance/{section}`.

use super::{
    Named, Parameters,
    found::{find, no_history},
};
use crate::{
    problem::Problem,
    server::{App, Shared},
    sources::{Log, Record},
};
use axum::{Json, extract::State};
use bellwether_schemas::{Coverage, Ordinal, Quality, ScanRef, Timestamp, names, names::header};
use serde::Serialize;

/// A value came to be from a handful of messages; a longer way is a loop.
const MOST_INPUTS: usize = 8;

/// Where a result is stored, what it was made from and by which code.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Provenance {
    section: String,
    part: Option<String>,
    universe: String,
    lane: String,
    subject: String,
    stream: String,
    sequence: u64,
    bucket: String,
    key: String,
    revision: u64,
    scan: ScanRef,
    as_of: Option<Timestamp>,
    coverage: Option<Coverage>,
    quality: Quality,
    quality_reason: Option<String>,
    schema: Option<String>,
    code: Option<String>,
    digest: Option<String>,
    /// What it was computed from, nearest first, back to the bars.
    inputs: Vec<Input>,
    /// Shows the stored value.
    command: String,
    /// Show the value, its past and its inputs.
    commands: Vec<String>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Input {
    /// `bars`, `scan`, or the name of a worker.
    name: String,
    stream: String,
    subject: Option<String>,
    sequence: u64,
    ordinal: Option<Ordinal>,
    schema: Option<String>,
    code: Option<String>,
    digest: Option<String>,
}

/// `GET /api/provenance/{section}`
pub(super) async fn provenance(
    State(app): State<App>,
    Named(section): Named<String>,
    parameters: Parameters,
) -> Result<Json<Provenance>, Problem> {
    let entry = find(&app, &section, &parameters, &["part"]).await?.entry;
    let part = parameters.get("part").map(str::to_owned);
    if let Some(part) = part.as_ref().filter(|part| entry.part(part).is_none()) {
        let known = entry.parts.iter().map(|part| part.name.clone());
        return Err(Problem::not_found("unknown_part", "part", part, known));
    }
    let stream = Log::Results(section.as_str().into()).stream(&entry.key);
    let revision = entry.head.revision;
    let record = app.past.message(&stream, revision).await.map_err(|lost| no_history(&app, &entry, &lost))?;
    let Some(record) = record else {
        let detail = format!("{stream} no longer holds the message {revision}");
        return Err(Problem::unavailable("no_history", detail).with_last_good(&entry, (app.now)()));
    };
    let inputs = inputs(&app, &record).await;
    let inputs = inputs.map_err(|lost| no_history(&app, &entry, &lost))?;
    let text = |name: &str| record.headers.get(name).cloned();
    let key = entry.key.to_string();
    let command = format!("nats kv get {section} {key} --revision {revision}");
    let mut commands = vec![
        command.clone(),
        format!("nats stream get {stream} {revision}"),
        format!("nats kv history {section} {key}"),
    ];
    commands.extend(inputs.iter().map(|input| format!("nats stream get {} {}", input.stream, input.sequence)));
    Ok(Json(Provenance {
        part,
        universe: entry.key.universe().to_owned(),
        lane: entry.key.lane().to_owned(),
        sequence: record.sequence,
        bucket: section.clone(),
        key,
        revision,
        scan: entry.head.scan.clone(),
        as_of: entry.head.scan.as_of,
        coverage: entry.head.coverage,
        quality: entry.head.quality,
        quality_reason: entry.head.quality_reason.clone(),
        schema: text(header::SCHEMA),
        code: text(header::CODE),
        digest: text(header::DIGEST),
        subject: record.subject.clone(),
        stream,
        section,
        inputs,
        command,
        commands,
    }))
}

/// Follows the causes back to what came from outside. A worker two steps from the scan names it as its root, too.
async fn inputs(app: &Shared, of: &Record) -> Result<Vec<Input>, crate::past::Unreachable> {
    let mut found = Vec::new();
    let mut next = cause(of);
    while let Some((stream, sequence)) = next.take().filter(|_| found.len() < MOST_INPUTS) {
        let record = app.past.message(&stream, sequence).await?;
        next = record.as_ref().and_then(cause);
        found.push(Input::of(stream, sequence, record));
    }
    Ok(found)
}

/// Stream and sequence of the message that triggered this one.
fn cause(record: &Record) -> Option<(String, u64)> {
    let (stream, sequence) = record.headers.get(header::CAUSE)?.split_once(':')?;
    Some((stream.to_owned(), sequence.parse().ok()?))
}

impl Input {
    fn of(stream: String, sequence: u64, record: Option<Record>) -> Self {
        let text = |name: &str| record.as_ref()?.headers.get(name).cloned();
        Self {
            name: name_of(&stream),
            sequence,
            ordinal: record.as_ref().and_then(|record| record.ordinal),
            schema: text(header::SCHEMA),
            code: text(header::CODE),
            digest: text(header::DIGEST),
            subject: record.map(|record| record.subject),
            stream,
        }
    }
}

fn name_of(stream: &str) -> String {
    match stream {
        names::BARS => "bars".to_owned(),
        names::SCANS => "scan".to_owned(),
        bucket => bucket.strip_prefix(&names::bucket_stream("")).unwrap_or(bucket).to_owned(),
    }
}

//! `scan submit`: a scan of another scanner from a file.

use super::prepared;
use crate::{
    broker::Broker,
    cli::{self, ScanFormat},
    say::{print, say},
    services::submit as service,
    supervisor::record::Book,
};
use anyhow::{Context, Result, bail};
use bellwether_gateway::{Content, SubmitError, Upload};
use serde_json::Value;
use std::{collections::BTreeMap, io::Read, path::Path, sync::Arc};

/// Publishes a scan and says where it is.
pub(crate) async fn submit(args: cli::SubmitScan) -> Result<()> {
    let upload = upload(&args)?;
    let data = args.broker.data()?;
    let book = Arc::new(Book::open(data.processes_of("scan")).await?);
    let broker = Broker::join_or_provide(&args.broker.wish(), &data, book).await?;
    let outcome = publish(broker.url(), upload).await;
    broker.stop().await;
    outcome
}

async fn publish(url: &str, upload: Upload) -> Result<()> {
    let bus = prepared(url, "scan").await?;
    match service::submit(&bus, upload).await {
        Ok(accepted) => {
            let known = if accepted.duplicate { " (it was there already)" } else { "" };
            print(&format!("{} is scan {} of universe {}{known}", accepted.scan, accepted.ordinal, accepted.universe));
            Ok(())
        }
        Err(SubmitError::Invalid(refusals)) => {
            refusals.iter().for_each(|refusal| say(&format!("  {refusal}")));
            bail!("the scan is refused for {} reasons", refusals.len())
        }
        Err(SubmitError::Conflict(refusal)) => bail!("{refusal}"),
        Err(SubmitError::Unavailable(reason)) => bail!("not stored: {reason}"),
    }
}

fn upload(args: &cli::SubmitScan) -> Result<Upload> {
    let content = content(&args.file, args.format)?;
    let body = read(&args.file).with_context(|| format!("cannot read {}", args.file.display()))?;
    let parameters = parameters(args)?;
    let body = match content {
        Content::Csv => body,
        Content::Json => completed(body, &parameters)?,
    };
    Ok(Upload { content, parameters, body: body.into() })
}

fn content(file: &Path, format: ScanFormat) -> Result<Content> {
    let ending = file.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_ascii_lowercase();
    match (format, ending.as_str()) {
        (ScanFormat::Json, _) | (ScanFormat::Auto, "json") => Ok(Content::Json),
        (ScanFormat::Csv, _) | (ScanFormat::Auto, "csv" | "txt") => Ok(Content::Csv),
        (ScanFormat::Auto, _) => bail!("{} is neither .json nor .csv; say --format json or csv", file.display()),
    }
}

fn read(file: &Path) -> std::io::Result<Vec<u8>> {
    if file != Path::new("-") {
        return std::fs::read(file);
    }
    let mut body = Vec::new();
    std::io::stdin().lock().read_to_end(&mut body)?;
    Ok(body)
}

fn parameters(args: &cli::SubmitScan) -> Result<BTreeMap<String, String>> {
    let mut parameters = BTreeMap::new();
    for pair in &args.with {
        let (name, value) = pair.split_once('=').with_context(|| format!("--with {pair:?}; expected NAME=VALUE"))?;
        parameters.insert(name.to_owned(), value.to_owned());
    }
    parameters.extend(args.universe.clone().map(|universe| ("universe".to_owned(), universe)));
    parameters.extend(args.session.map(|session| ("session".to_owned(), session.to_string())));
    Ok(parameters)
}

/// The JSON with what it does not say itself. What is no object is left to the reader to refuse.
fn completed(body: Vec<u8>, parameters: &BTreeMap<String, String>) -> Result<Vec<u8>> {
    if parameters.is_empty() {
        return Ok(body);
    }
    let Ok(Value::Object(mut scan)) = serde_json::from_slice(&body) else { return Ok(body) };
    for (name, value) in parameters {
        scan.entry(name).or_insert_with(|| value.as_str().into());
    }
    Ok(serde_json::to_vec(&scan)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_says_the_form_unless_it_is_given() {
        assert_eq!(content(Path::new("a.JSON"), ScanFormat::Auto).unwrap(), Content::Json);
        assert_eq!(content(Path::new("a.csv"), ScanFormat::Auto).unwrap(), Content::Csv);
        assert_eq!(content(Path::new("-"), ScanFormat::Json).unwrap(), Content::Json);
        assert!(content(Path::new("-"), ScanFormat::Auto).unwrap_err().to_string().contains("--format"));
    }

    #[test]
    fn json_keeps_what_it_says_and_gets_what_it_does_not() {
        let parameters = BTreeMap::from(["universe", "session"].map(|name| (name.to_owned(), "given".to_owned())));
        let body = completed(br#"{"universe":"own","rows":[]}"#.to_vec(), &parameters).unwrap();
        assert_eq!(body, br#"{"universe":"own","rows":[],"session":"given"}"#);
        assert_eq!(completed(b"[1]".to_vec(), &parameters).unwrap(), b"[1]");
    }
}

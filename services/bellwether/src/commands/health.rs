use crate::{cli, say::print, supervisor::record};
use anyhow::{Context as _, Result};
use serde_json::Value;
use std::{path::Path, process::ExitCode, time::Duration};

/// Nobody answers.
const SILENT: u8 = 2;

/// Says whether everything is well, or one service is ready, in the exit code and in words.
pub(crate) fn health(args: &cli::Health) -> Result<ExitCode> {
    let url = match &args.url {
        Some(url) => format!("{}/health/ready", url.trim_end_matches('/')),
        None => format!("{}/health/all", dashboard(args)?),
    };
    let token = args.token_file.as_deref().map(token).transpose()?;
    let (status, body) = match get(&url, token.as_deref(), Duration::from_secs(args.timeout.max(1))) {
        Ok(answer) => answer,
        Err(error) => {
            print(&format!("{url} does not answer: {error:#}"));
            return Ok(ExitCode::from(SILENT));
        }
    };
    let well = match &args.url {
        Some(_) => {
            print(body.trim_end());
            status == 200
        }
        None => all(status, &body, args.json)?,
    };
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn dashboard(args: &cli::Health) -> Result<String> {
    let path = args.broker.data()?.processes();
    let running = record::read(&path).ok().filter(|_| record::is_kept(&path));
    running.and_then(|record| record.dashboard).context("nothing runs here; `bellwether up` starts everything")
}

fn token(path: &Path) -> Result<String> {
    let text = std::fs::read_to_string(path).with_context(|| format!("--token-file {}", path.display()))?;
    Ok(text.lines().next().unwrap_or_default().trim().to_owned())
}

fn get(url: &str, token: Option<&str>, limit: Duration) -> Result<(u16, String)> {
    let agent: ureq::Agent =
        ureq::Agent::config_builder().timeout_global(Some(limit)).http_status_as_error(false).build().into();
    let mut question = agent.get(url);
    if let Some(token) = token {
        question = question.header("authorization", format!("Bearer {token}"));
    }
    let mut answer = question.call()?;
    Ok((answer.status().as_u16(), answer.body_mut().read_to_string()?))
}

/// Prints the gateway's word on everything; whether all is well.
fn all(status: u16, body: &str, as_json: bool) -> Result<bool> {
    let report: Value = serde_json::from_str(body).context("the answer is no JSON")?;
    anyhow::ensure!(report["components"].is_array(), "the gateway answers {status}: {}", word(&report["detail"]));
    if as_json {
        print(body.trim_end());
    } else {
        said(&report).iter().for_each(|line| print(line));
    }
    Ok(report["status"] == "ok")
}

/// What is not well, in words.
fn said(report: &Value) -> Vec<String> {
    let components = report["components"].as_array().map(Vec::as_slice).unwrap_or_default();
    let troubled: Vec<_> = components.iter().filter(|component| component["status"] != "ok").collect();
    let (well, all) = (components.len() - troubled.len(), components.len());
    let first = format!("{}: {well} of {all} are well", word(&report["status"]));
    let each = troubled.into_iter().map(|component| {
        let reason = component["reason"].as_str().unwrap_or("no reason given");
        let (status, kind, name) = (word(&component["status"]), word(&component["kind"]), word(&component["name"]));
        format!("{status:<9} {kind} {name}: {reason}")
    });
    [first].into_iter().chain(each).collect()
}

fn word(value: &Value) -> &str {
    value.as_str().unwrap_or("?")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_not_well_is_named_with_its_reason() {
        let component =
            |name, status, reason| json!({"kind": "service", "name": name, "status": status, "reason": reason});
        let report = json!({"status": "down", "components": [
            component("regime", "ok", Value::Null),
            component("index#2", "down", json!("stopped: ended by an operator")),
        ]});
        let words = ["down: 1 of 2 are well", "down      service index#2: stopped: ended by an operator"];
        assert_eq!(said(&report), words);
    }
}

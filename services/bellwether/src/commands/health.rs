use crate::{cli, say::print};
use anyhow::{Context, Result};
use std::{process::ExitCode, time::Duration};

/// How long an answer may take: a service that takes longer is not ready.
const LIMIT: Duration = Duration::from_secs(3);

/// Asks a service or the gateway whether it is ready, prints what it says, and fails when it is not.
pub(crate) async fn health(args: cli::Health) -> Result<ExitCode> {
    let url = format!("{}/health/ready", args.url.trim_end_matches('/'));
    let (status, said) = tokio::task::spawn_blocking(move || ask(&url)).await.context("asking")??;
    print(said.trim_end());
    Ok(if status == 200 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The status and body of an answer, whatever it is.
fn ask(url: &str) -> Result<(u16, String)> {
    let config = ureq::Agent::config_builder().timeout_global(Some(LIMIT)).http_status_as_error(false).build();
    let mut answer = config.new_agent().get(url).call().with_context(|| format!("{url} does not answer"))?;
    Ok((answer.status().as_u16(), answer.body_mut().read_to_string().context("reading the answer")?))
}

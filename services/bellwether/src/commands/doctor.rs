//! Says what is wrong, in plain words, and how to mend it. Changes nothing.

mod broker;
mod machine;

use crate::{cli, say::print, supervisor::record};
use anyhow::Result;
use serde::Serialize;
use std::process::ExitCode;

/// What one look has found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Finding {
    /// What was looked at.
    what: &'static str,
    verdict: Verdict,
    /// What was found.
    found: String,
    /// What to do about it.
    cure: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    /// As it should be.
    Good,
    /// It works; it may not under load, or later.
    Doubtful,
    /// It does not work.
    Wrong,
}

impl Finding {
    fn good(what: &'static str, found: impl Into<String>) -> Self {
        Self { what, verdict: Verdict::Good, found: found.into(), cure: None }
    }

    fn doubtful(what: &'static str, found: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { what, verdict: Verdict::Doubtful, found: found.into(), cure: Some(cure.into()) }
    }

    fn wrong(what: &'static str, found: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { what, verdict: Verdict::Wrong, found: found.into(), cure: Some(cure.into()) }
    }
}

/// Looks at everything.
pub(crate) async fn doctor(args: cli::Doctor) -> Result<ExitCode> {
    let data = args.broker.data()?;
    let running = record::read(&data.processes()).ok().filter(|_| record::is_kept(&data.processes()));
    let mut findings = machine::look(&data, running.as_ref());
    findings.extend(broker::look(&args.broker.wish(), &data, running.as_ref()).await);
    if args.json {
        print(&serde_json::to_string_pretty(&findings)?);
    } else {
        text(&findings).iter().for_each(|line| print(line));
    }
    let worst = findings.iter().map(|finding| finding.verdict).max();
    Ok(if worst == Some(Verdict::Wrong) { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn text(findings: &[Finding]) -> Vec<String> {
    let mut lines = Vec::new();
    for finding in findings {
        let word = match finding.verdict {
            Verdict::Good => "good",
            Verdict::Doubtful => "hmm",
            Verdict::Wrong => "WRONG",
        };
        lines.push(format!("{word:<6} {:<12} {}", finding.what, finding.found));
        lines.extend(finding.cure.iter().map(|cure| format!("{:<19} -> {cure}", "")));
    }
    let count = |verdict| findings.iter().filter(|finding| finding.verdict == verdict).count();
    lines.push(match (count(Verdict::Wrong), count(Verdict::Doubtful)) {
        (0, 0) => "everything is as it should be".to_owned(),
        (0, doubtful) => format!("{doubtful} to think about, nothing wrong"),
        (wrong, doubtful) => {
            format!("{wrong} wrong, {doubtful} to think about; docs/TROUBLESHOOTING.md has more on each")
        }
    });
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_comes_with_its_cure_and_is_counted() {
        let findings = [Finding::good("disk", "90 GB free"), Finding::wrong("broker", "nobody answers", "start it")];
        let lines = text(&findings).join("\n");
        assert!(lines.contains("WRONG  broker       nobody answers\n                    -> start it"), "{lines}");
        assert!(lines.ends_with("1 wrong, 0 to think about; docs/TROUBLESHOOTING.md has more on each"));
    }
}

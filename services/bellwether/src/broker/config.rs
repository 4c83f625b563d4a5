//! The broker's configuration: the values of this installation in front of the repository's `nats.conf`.

use crate::{
    data::{DataDir, replace},
    secure,
};
use anyhow::{Context, Result};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Everything that holds for a broker wherever it runs.
pub(crate) const TEMPLATE: &str = include_str!("../../../../nats.conf");
const SYNC: &str = "sync_interval: always";
/// The server's own default.
const LAZY_SYNC: &str = "sync_interval: \"2m\"";

/// Writes the configuration of a broker on `port` of this machine only, and gives its place.
pub(crate) fn write(data: &DataDir, port: u16, lazy_sync: bool, secured: Option<&Path>) -> Result<PathBuf> {
    let path = data.broker_conf();
    let body = match secured {
        Some(folder) => secured_body(folder)?,
        None => TEMPLATE.to_owned(),
    };
    let body = if lazy_sync { body.replace(SYNC, LAZY_SYNC) } else { body };
    let text = text(data, port, &body);
    replace(&path, text.as_bytes()).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(path)
}

/// What `init --secure` wrote, with its values in front.
fn secured_body(folder: &Path) -> Result<String> {
    let path = secure::configuration(folder);
    let body = fs::read_to_string(&path)
        .with_context(|| format!("cannot read {}; `bellwether init --secure` makes it", path.display()))?;
    let values = secure::values(folder)?;
    let values: String = values.iter().map(|(name, path)| format!("{name}: {}\n", quoted(path))).collect();
    Ok(values + &body)
}

fn text(data: &DataDir, port: u16, body: &str) -> String {
    let (store, log) = (quoted(&data.store()), quoted(&data.broker_log()));
    format!(
        "# Written by bellwether at every start; changes here are lost.\n\
         BW_NAME: bellwether\nBW_HOST: \"127.0.0.1\"\nBW_PORT: {port}\nBW_STORE: {store}\n\
         log_file: {log}\nlogfile_size_limit: 10MB\nlogfile_max_num: 3\n\n{body}"
    )
}

fn quoted(path: &Path) -> String {
    format!("\"{}\"", path.display().to_string().replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_sets_every_value_the_template_asks_for() {
        let temp = tempfile::tempdir().unwrap();
        let data = DataDir::open(Some(temp.path())).unwrap();
        let text = text(&data, 4333, TEMPLATE);
        let asked: Vec<_> = TEMPLATE.split('$').skip(1).filter_map(|rest| rest.split_whitespace().next()).collect();
        assert_eq!(asked, ["BW_NAME", "BW_HOST", "BW_PORT", "BW_STORE"]);
        assert!(asked.iter().all(|name| text.contains(&format!("\n{name}: "))), "{text}");
        assert!(text.contains("sync_interval: always") && text.contains("BW_PORT: 4333"));
    }

    #[test]
    fn the_server_accepts_it_even_with_an_odd_folder() {
        let Some(server) = crate::broker::tests::server() else { return };
        let temp = tempfile::tempdir().unwrap();
        let data = DataDir::open(Some(&temp.path().join("a \"b\" \\c"))).unwrap();
        for lazy_sync in [false, true] {
            let path = write(&data, 4222, lazy_sync, None).unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap().contains(LAZY_SYNC), lazy_sync);
            let output = std::process::Command::new(&server).arg("-t").arg("-c").arg(path).output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
    }
}

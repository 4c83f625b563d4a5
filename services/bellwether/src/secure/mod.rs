//! `init --secure`: keys, certificates and the configuration of a broker that keeps services apart.
//!
//! The folder holds all there is: `ca.pem` and `ca.key`, the authority; `nats/`, what the broker needs; `identities/`,
//! one file for each service. A second run keeps every key, renews the certificates and adds what is new.

mod authority;
mod conf;
mod files;

pub(crate) use conf::holder;

use crate::{registry, services::sample};
use anyhow::{Context as _, Result};
use authority::Authority;
use bellwether_harness::{
    IDENTITY_HEADING, IDENTITY_SEED,
    access::{Role, roles},
    topology::Plan,
};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// Ending of identity files.
const ENDING: &str = "identity";

/// What is wished of a secured broker.
#[derive(Debug, Clone)]
pub(crate) struct Wish {
    /// Names and addresses under which clients reach it; they stand in its certificate.
    pub(crate) hosts: Vec<String>,
    /// Names of the nodes of a cluster; empty for one broker.
    pub(crate) nodes: Vec<String>,
}

/// File of the identity of `role` in the folder.
pub(crate) fn identity(folder: &Path, role: &str) -> PathBuf {
    folder.join("identities").join(role).with_extension(ENDING)
}

/// Configuration of the broker in the folder.
pub(crate) fn configuration(folder: &Path) -> PathBuf {
    folder.join("nats/nats.conf")
}

/// The values the configuration asks for, beside those every broker needs.
pub(crate) fn values(folder: &Path) -> Result<[(&'static str, PathBuf); 3]> {
    let nats = std::path::absolute(folder.join("nats"))?;
    Ok([("BW_CERT", nats.join("server.pem")), ("BW_KEY", nats.join("server.key")), ("BW_CA", nats.join("ca.pem"))])
}

/// Makes what is missing, renews the certificates, and gives the names of the identities.
///
/// # Errors
/// When a file cannot be written, or one that is there cannot be read.
pub(crate) fn make(folder: &Path, wish: &Wish) -> Result<Vec<String>> {
    for folder in [folder.to_owned(), folder.join("nats"), folder.join("identities")] {
        files::folder(&folder)?;
    }
    let authority = Authority::open(folder)?;
    let (certificate, key) = authority.broker(&wish.hosts)?;
    files::open(&folder.join("nats/server.pem"), &certificate)?;
    files::secret(&folder.join("nats/server.key"), &key)?;
    files::open(&folder.join("nats/ca.pem"), authority.certificate())?;
    let roles = table();
    let mut keys = BTreeMap::new();
    for role in &roles {
        keys.insert(role.name.as_str(), enroll(folder, &authority, role)?);
    }
    files::open(&configuration(folder), &conf::text(&roles, &keys, &wish.nodes))?;
    Ok(roles.into_iter().map(|role| role.name).collect())
}

fn table() -> Vec<Role> {
    let streams: Vec<_> =
        Plan::standard(&registry::workers()).streams().into_iter().map(|config| config.name).collect();
    roles(&registry::access(), &streams, sample::UNIVERSE)
}

/// Writes the identity of a role with a fresh certificate and the key it had, and gives its public key.
fn enroll(folder: &Path, authority: &Authority, role: &Role) -> Result<String> {
    let path = identity(folder, &role.name);
    let pair = match fs::read_to_string(&path) {
        Ok(text) => seed_of(&text).with_context(|| format!("{} holds no key", path.display()))?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => nkeys::KeyPair::new_user(),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    let (certificate, key) = authority.service(&role.name)?;
    let seed = pair.seed().ok().context("a key without a seed")?;
    let text = format!(
        "{IDENTITY_HEADING}{}\n-----BEGIN {IDENTITY_SEED}-----\n{seed}\n-----END {IDENTITY_SEED}-----\n{certificate}{key}{}",
        role.name,
        authority.certificate()
    );
    files::secret(&path, &text)?;
    Ok(pair.public_key())
}

fn seed_of(text: &str) -> Option<nkeys::KeyPair> {
    let (_, rest) = text.split_once(&format!("-----BEGIN {IDENTITY_SEED}-----\n"))?;
    nkeys::KeyPair::from_seed(rest.lines().next()?.trim()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish() -> Wish {
        Wish { hosts: vec!["localhost".to_owned(), "127.0.0.1".to_owned()], nodes: Vec::new() }
    }

    fn public_keys(folder: &Path) -> Vec<String> {
        let text = fs::read_to_string(configuration(folder)).unwrap();
        text.lines().filter_map(|line| line.trim().strip_prefix("users: [{ nkey: ")).map(str::to_owned).collect()
    }

    #[cfg(unix)]
    #[test]
    fn secrets_are_the_owners_and_a_second_run_keeps_the_keys() {
        use std::os::unix::fs::PermissionsExt;
        let temp = tempfile::tempdir().unwrap();
        let folder = temp.path().join("secure");
        let names = make(&folder, &wish()).unwrap();
        assert!(["regime", "gateway", "scanner", "sample", "importer", "operator"].iter().all(|name| {
            let mode = fs::metadata(identity(&folder, name)).unwrap().permissions().mode();
            names.iter().any(|known| known == name) && mode & 0o777 == 0o600
        }));
        for file in ["ca.key", "nats/server.key"] {
            assert_eq!(fs::metadata(folder.join(file)).unwrap().permissions().mode() & 0o777, 0o600, "{file}");
        }
        let (authority, keys) = (fs::read(folder.join("ca.pem")).unwrap(), public_keys(&folder));
        make(&folder, &wish()).unwrap();
        assert_eq!(authority, fs::read(folder.join("ca.pem")).unwrap());
        assert_eq!(keys, public_keys(&folder));
        assert_eq!(keys.len(), names.len());
    }

    #[test]
    fn the_configuration_holds_no_secret_and_the_identity_can_be_used() {
        let temp = tempfile::tempdir().unwrap();
        make(temp.path(), &wish()).unwrap();
        let path = identity(temp.path(), "regime");
        let text = fs::read_to_string(&path).unwrap();
        let seed = text.lines().find(|line| line.starts_with("SU")).unwrap();
        let conf = fs::read_to_string(configuration(temp.path())).unwrap();
        assert!(!conf.contains(seed) && !conf.contains("PRIVATE KEY"));
        let credentials = bellwether_harness::Credentials::read(&path).unwrap();
        let shown = format!("{credentials:?}");
        assert!(shown.contains("regime") && !shown.contains(seed), "{shown}");
    }

    #[test]
    fn the_server_accepts_the_configuration_of_one_and_of_three() {
        let Some(server) = crate::broker::tests::server() else { return };
        for nodes in [Vec::new(), vec!["nats-1".to_owned(), "nats-2".to_owned(), "nats-3".to_owned()]] {
            let temp = tempfile::tempdir().unwrap();
            make(temp.path(), &Wish { nodes, ..wish() }).unwrap();
            let output = std::process::Command::new(&server)
                .args(["-t", "-c"])
                .arg(configuration(temp.path()))
                .envs([("BW_NAME", "nats-1"), ("BW_HOST", "127.0.0.1"), ("BW_PORT", "4222")])
                .env("BW_STORE", temp.path())
                .envs(values(temp.path()).unwrap())
                .output()
                .unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
    }
}

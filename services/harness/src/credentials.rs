//! Who we are to a broker that asks: a key and a certificate, from one file.

use crate::redact::keep_secret;
use anyhow::{Context as _, Result, ensure};
use async_nats::{
    ConnectOptions,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::aws_lc_rs,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
        version::TLS13,
    },
};
use bellwether_schemas::names::api;
use std::{fmt, fs, path::Path, sync::Arc};

/// First line of an identity file, before the service's name.
pub const HEADING: &str = "bellwether identity: ";
/// Label of the block that holds the key's seed.
pub const SEED: &str = "NATS NKEY SEED";

/// One identity. What is secret in it is never shown.
#[derive(Clone)]
pub struct Credentials {
    name: String,
    seed: String,
    tls: Arc<ClientConfig>,
}

impl Credentials {
    /// Reads an identity file: its heading, the seed, the service's certificate and its key, and last the
    /// certificate of the authority that the broker's certificate must come from.
    ///
    /// # Errors
    /// When the file cannot be read, can be read by everybody, or is incomplete. Nothing of its content is in the text.
    pub fn read(path: &Path) -> Result<Self> {
        let shown = path.display();
        guard(path)?;
        let text = fs::read_to_string(path).with_context(|| format!("cannot read the identity {shown}"))?;
        Self::parse(&text).with_context(|| format!("{shown} is no identity made by `bellwether init --secure`"))
    }

    fn parse(text: &str) -> Result<Self> {
        let name = text.lines().next().and_then(|line| line.strip_prefix(HEADING)).context("it has no heading")?;
        let seed = block(text, SEED).context("it has no seed")?;
        keep_secret(seed);
        Ok(Self { name: name.trim().to_owned(), seed: seed.to_owned(), tls: Arc::new(tls(text)?) })
    }

    /// The service this identity is of.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// TLS 1.3 from the first byte, our certificate, our key.
    pub(crate) fn apply(&self, options: ConnectOptions) -> ConnectOptions {
        let tls = ClientConfig::clone(&self.tls);
        options.nkey(self.seed.clone()).tls_client_config(tls).require_tls(true).tls_first()
    }

    /// Prefix of the JetStream API for a service of its own account.
    pub(crate) fn api_prefix(&self) -> &'static str {
        api::IMPORTED
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("name", &self.name).finish_non_exhaustive()
    }
}

/// The line inside a block of this label.
fn block<'a>(text: &'a str, label: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(&format!("-----BEGIN {label}-----\n"))?;
    rest.lines().next().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('-'))
}

fn tls(text: &str) -> Result<ClientConfig> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text.as_bytes()).collect();
    // The parser's own words may quote what it read.
    let mut certificates = certificates.ok().context("a certificate cannot be read")?;
    ensure!(certificates.len() >= 2, "it needs the service's certificate and the authority's");
    let mut authority = RootCertStore::empty();
    let last = certificates.pop().context("no certificate")?;
    authority.add(last).context("the authority's certificate")?;
    let key = PrivateKeyDer::from_pem_slice(text.as_bytes()).ok().context("it has no private key")?;
    ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[&TLS13])?
        .with_root_certificates(authority)
        .with_client_auth_cert(certificates, key)
        .ok()
        .context("certificate and key do not belong together")
}

#[cfg(unix)]
fn guard(path: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let shown = path.display();
    let mode = fs::metadata(path).with_context(|| format!("cannot read the identity {shown}"))?.permissions().mode();
    ensure!(mode & 0o007 == 0, "everybody can read the identity {shown}; `chmod o= {shown}` mends it");
    Ok(())
}

#[cfg(not(unix))]
fn guard(_path: &Path) -> Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_file_is_said_without_its_content() {
        let secret = "SUAEL6RU3BSDAFKOHNTEOK5Q6FTM5FTAMWVIKBET6FHPO4JRII3CYELVNM";
        for (text, reason) in [
            ("", "no heading"),
            ("bellwether identity: regime\n", "no seed"),
            (&format!("{HEADING}regime\n-----BEGIN {SEED}-----\n{secret}\n-----END {SEED}-----\n"), "certificate"),
        ] {
            let error = format!("{:?}", Credentials::parse(text).unwrap_err());
            assert!(error.contains(reason) && !error.contains(secret), "{error}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_everybody_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let folder = std::env::temp_dir().join(format!("bellwether-identity-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("regime.identity");
        fs::write(&path, "bellwether identity: regime\n").unwrap();
        for (mode, reason) in [(0o644, "everybody can read"), (0o640, "is no identity"), (0o600, "is no identity")] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let error = format!("{:#}", Credentials::read(&path).unwrap_err());
            assert!(error.contains(reason), "{error}");
        }
        fs::remove_dir_all(folder).unwrap();
    }
}

//! The authority of one installation, and the certificates it gives.

use super::files;
use anyhow::{Context as _, Result};
use jiff::{Span, Timestamp, ToSpan, civil::Date, tz::TimeZone};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use std::{fs, path::Path};

const NAME: &str = "Bellwether broker authority";
const AUTHORITY_YEARS: i16 = 10;
/// Long enough to be renewed once a year without haste.
const CERTIFICATE_DAYS: i64 = 750;

/// Signs certificates.
pub(super) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: String,
}

impl Authority {
    /// The authority of `folder`, made if there is none.
    ///
    /// # Errors
    /// When its files cannot be read or written.
    pub(super) fn open(folder: &Path) -> Result<Self> {
        let (certificate, key) = (folder.join("ca.pem"), folder.join("ca.key"));
        if !key.exists() {
            let pair = KeyPair::generate()?;
            files::secret(&key, &pair.serialize_pem())?;
            files::open(&certificate, &params()?.self_signed(&pair)?.pem())?;
        }
        let read = |path: &Path| fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()));
        let pair = KeyPair::from_pem(&read(&key)?).ok().with_context(|| format!("{} is no key", key.display()))?;
        Ok(Self { issuer: Issuer::new(params()?, pair), certificate: read(&certificate)? })
    }

    /// Its own certificate.
    pub(super) fn certificate(&self) -> &str {
        &self.certificate
    }

    /// Certificate and key of a broker that is reached under `hosts`. Nodes of a cluster are clients of each other, too.
    ///
    /// # Errors
    /// When a host is no name or address.
    pub(super) fn broker(&self, hosts: &[String]) -> Result<(String, String)> {
        let purposes = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        self.issue("bellwether broker", hosts, purposes)
    }

    /// Certificate and key of a service.
    ///
    /// # Errors
    /// When there is no randomness.
    pub(super) fn service(&self, name: &str) -> Result<(String, String)> {
        self.issue(name, &[], vec![ExtendedKeyUsagePurpose::ClientAuth])
    }

    fn issue(&self, name: &str, hosts: &[String], purposes: Vec<ExtendedKeyUsagePurpose>) -> Result<(String, String)> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(hosts.to_vec()).with_context(|| format!("hosts {hosts:?}"))?;
        params.distinguished_name = named(name);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = purposes;
        params.use_authority_key_identifier_extension = true;
        valid(&mut params, CERTIFICATE_DAYS.days())?;
        Ok((params.signed_by(&key, &self.issuer)?.pem(), key.serialize_pem()))
    }
}

/// The same for every certificate it signs, so that nothing of its own certificate has to be read back.
fn params() -> Result<CertificateParams> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name = named(NAME);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    valid(&mut params, AUTHORITY_YEARS.years())?;
    Ok(params)
}

fn named(name: &str) -> DistinguishedName {
    let mut named = DistinguishedName::new();
    named.push(DnType::CommonName, name);
    named
}

/// From yesterday, for clocks that are behind, for `time`.
fn valid(params: &mut CertificateParams, time: Span) -> Result<()> {
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    let midnight =
        |date: Date| date_time_ymd(date.year().into(), date.month().unsigned_abs(), date.day().unsigned_abs());
    params.not_before = midnight(today.yesterday()?);
    params.not_after = midnight(today.checked_add(time)?);
    Ok(())
}

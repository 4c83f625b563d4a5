//! Versions of nats-server.

use std::fmt;

/// The oldest broker that has what the logs need: atomic batches and per-message expectations on buckets.
pub(crate) const OLDEST: Version = Version(2, 12, 0);

/// A release, e.g. 2.15.1. A pre-release counts as its release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version(pub(crate) u32, pub(crate) u32, pub(crate) u32);

impl Version {
    /// Reads the first version in a text such as `nats-server: v2.15.1` or `2.14.0-RC.2`.
    pub(crate) fn find(text: &str) -> Option<Self> {
        text.split(|c: char| c.is_whitespace() || c == ',').find_map(Self::parse)
    }

    fn parse(word: &str) -> Option<Self> {
        let word = word.strip_prefix('v').unwrap_or(word);
        let mut parts = word.splitn(3, '.');
        let (major, minor, rest) = (parts.next()?, parts.next()?, parts.next()?);
        let patch = rest.split(|c: char| !c.is_ascii_digit()).next()?;
        Some(Self(major.parse().ok()?, minor.parse().ok()?, patch.parse().ok()?))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_in_what_servers_say() {
        assert_eq!(Version::find("nats-server: v2.15.1\n"), Some(Version(2, 15, 1)));
        assert_eq!(Version::find("nats-server: v2.14.0-RC.2"), Some(Version(2, 14, 0)));
        assert_eq!(Version::find("2.9.10"), Some(Version(2, 9, 10)));
        for bad in ["", "nats-server: v2", "v2.x.1", "2.15.", "bash: 5.2"] {
            assert_eq!(Version::find(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn debians_server_is_too_old_and_ten_is_more_than_nine() {
        assert!(Version(2, 9, 10) < OLDEST);
        assert!(Version(2, 11, 99) < OLDEST);
        assert!(Version(2, 12, 0) >= OLDEST && Version(3, 0, 0) >= OLDEST);
    }
}

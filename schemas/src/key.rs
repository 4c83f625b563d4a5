//! Lane and universe: what a log is numbered by.

use crate::Refusal;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// The lane of the running market. Every other lane is a replay or a what-if.
pub const LIVE: &str = "live";

/// One numbered log: a universe in a lane. Its text form is `<lane>.<universe>`, which is the bucket key and the tail
/// of every subject. Both parts match `[A-Za-z0-9_-]{1,64}`, so a key can never carry a wildcard or a dot.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Key {
    lane: String,
    universe: String,
}

impl Key {
    /// Builds a key from its two parts.
    ///
    /// # Errors
    /// Refuses a part that is empty, longer than 64 characters, or holds anything but letters, digits, `_` and `-`.
    pub fn new(lane: impl Into<String>, universe: impl Into<String>) -> Result<Self, Refusal> {
        let (lane, universe) = (lane.into(), universe.into());
        check_token("lane", &lane)?;
        check_token("universe", &universe)?;
        Ok(Self { lane, universe })
    }

    /// The key of a universe in the live lane.
    ///
    /// # Errors
    /// As [`Key::new`].
    pub fn live(universe: impl Into<String>) -> Result<Self, Refusal> {
        Self::new(LIVE, universe)
    }

    /// `live`, `replay-…` or `what-if-…`.
    pub fn lane(&self) -> &str {
        &self.lane
    }

    /// Name of the set of symbols, e.g. `sp500`.
    pub fn universe(&self) -> &str {
        &self.universe
    }
}

fn check_token(field: &str, token: &str) -> Result<(), Refusal> {
    let fits =
        (1..=64).contains(&token.len()) && token.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    if fits {
        return Ok(());
    }
    Err(Refusal::new(field, format!("{token:?}"), "1 to 64 letters, digits, '_' or '-'"))
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.lane, self.universe)
    }
}

impl FromStr for Key {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Self, Refusal> {
        let (lane, universe) =
            text.split_once('.').ok_or_else(|| Refusal::new("key", format!("{text:?}"), "<lane>.<universe>"))?;
        Self::new(lane, universe)
    }
}

impl TryFrom<String> for Key {
    type Error = Refusal;

    fn try_from(text: String) -> Result<Self, Refusal> {
        text.parse()
    }
}

impl From<Key> for String {
    fn from(key: Key) -> Self {
        key.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_reads_back_as_written() {
        let key = Key::new("replay-7", "us_broad").unwrap();
        assert_eq!(key.to_string(), "replay-7.us_broad");
        assert_eq!(key.to_string().parse::<Key>().unwrap(), key);
    }

    #[test]
    fn a_key_never_carries_a_wildcard_a_dot_or_a_space() {
        for bad in ["", "*", ">", "a.b", "a b", "a\n", "é", &"x".repeat(65)] {
            let refused = Key::live(bad).unwrap_err();
            assert_eq!(refused.field, "universe", "{bad:?}");
        }
    }
}

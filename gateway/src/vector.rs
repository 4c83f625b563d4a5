//! What a client has seen, as the text of an event id.
//!
//! `<view>;<section>@<epoch>:<revision>;…`: the view is a tag of the client's filters, for a vector made under other
//! filters would skip what those hid. A section's revision covers all its keys, since they share one stream. `~log`
//! stands for the log lines, which no section is called.

use bellwether_schemas::codec;
use std::{collections::BTreeMap, fmt, str::FromStr};

const MAX_LENGTH: usize = 4096;
const MAX_SECTIONS: usize = 64;
const LOG: &str = "~log";

/// Revisions a client holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Vector {
    /// Tag of the filters it was made under.
    pub view: String,
    /// Per section.
    pub marks: BTreeMap<String, Mark>,
    /// In the log lines.
    pub log: Option<Mark>,
}

/// Position in one section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// [`tag`] of the epoch.
    pub epoch: String,
    /// Everything up to this sequence has been seen.
    pub revision: u64,
}

/// Shortens a text to eight hexadecimal digits.
pub fn tag(text: &str) -> String {
    let mut digest = codec::digest(text.as_bytes());
    digest.truncate(8);
    digest
}

/// The text is no vector of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed;

impl FromStr for Vector {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        if text.len() > MAX_LENGTH {
            return Err(Malformed);
        }
        let mut fields = text.split(';');
        let view = fields.next().filter(|view| is_tag(view)).ok_or(Malformed)?;
        let (mut marks, mut log) = (BTreeMap::new(), None);
        for field in fields {
            let (section, mark) = mark(field).ok_or(Malformed)?;
            if section == LOG {
                if log.replace(mark).is_some() {
                    return Err(Malformed);
                }
            } else if marks.insert(section.to_owned(), mark).is_some() || marks.len() > MAX_SECTIONS {
                return Err(Malformed);
            }
        }
        Ok(Self { view: view.to_owned(), marks, log })
    }
}

fn mark(field: &str) -> Option<(&str, Mark)> {
    let (section, rest) = field.split_once('@')?;
    let (epoch, revision) = rest.split_once(':')?;
    let named = !section.is_empty() && section.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    let plain = !revision.is_empty() && revision.bytes().all(|b| b.is_ascii_digit());
    if !(named || section == LOG) || !plain || !is_tag(epoch) {
        return None;
    }
    Some((section, Mark { epoch: epoch.to_owned(), revision: revision.parse().ok()? }))
}

fn is_tag(text: &str) -> bool {
    text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

impl fmt::Display for Vector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.view)?;
        let log = self.log.iter().map(|mark| (LOG, mark));
        for (section, mark) in self.marks.iter().map(|(section, mark)| (section.as_str(), mark)).chain(log) {
            write!(f, ";{section}@{}:{}", mark.epoch, mark.revision)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_text_parses_or_is_refused(text in "\\PC*") {
            let _ = text.parse::<Vector>();
        }

        #[test]
        fn text_that_is_nearly_a_vector_parses_or_is_refused(text in "[0-9a-f]{7,9}(;([a-z]{0,3}|~log)@[0-9a-f]{7,9}:[0-9]{0,22})*") {
            if let Ok(vector) = text.parse::<Vector>() {
                prop_assert_eq!(vector.to_string().parse::<Vector>(), Ok(vector));
            }
        }

        #[test]
        fn a_vector_reads_back_as_written(
            marks in prop::collection::btree_map("[a-z]{1,12}", any::<(u32, u64)>(), 0..8),
            log in any::<Option<(u32, u64)>>(),
        ) {
            let mark = |(epoch, revision): (u32, u64)| Mark { epoch: format!("{epoch:08x}"), revision };
            let marks = marks.into_iter().map(|(section, place)| (section, mark(place))).collect();
            let vector = Vector { view: tag("all"), marks, log: log.map(mark) };
            prop_assert_eq!(vector.to_string().parse(), Ok(vector));
        }
    }

    #[test]
    fn signs_repeats_and_floods_are_refused() {
        let flood: String = (0..65).map(|n| format!(";s{n}@00000000:1")).collect();
        for bad in [
            "",
            "x",
            "00000000;regime@00000000:+1",
            "00000000;a@00000000:1;a@00000000:2",
            "00000000;~log@00000000:1;~log@00000000:2",
            "00000000;~other@00000000:1",
            "00000000;",
            &format!("00000000{flood}"),
            "00000000;a@00000000:99999999999999999999",
            &"0".repeat(5000),
        ] {
            assert_eq!(bad.parse::<Vector>(), Err(Malformed), "{bad}");
        }
    }
}

use crate::Refusal;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{borrow::Borrow, cmp::Ordering, fmt, ops::Deref};

/// The most characters a symbol has.
const MAX: usize = 32;

/// One ticker symbol: 1 to 32 printable ASCII characters without a space. It lies where it is held, so that a scan with
/// a thousand hits is read without a thousand allocations.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema), schemars(with = "String"))]
pub struct Symbol {
    text: [u8; MAX],
    length: u8,
}

impl Symbol {
    /// Takes a symbol that is known to be one, such as one of [`crate::Symbols`].
    pub(crate) fn checked(symbol: &str) -> Self {
        let mut text = [0; MAX];
        let length = symbol.len().min(MAX);
        text[..length].copy_from_slice(&symbol.as_bytes()[..length]);
        Self { text, length: length as u8 }
    }

    /// The symbol as text.
    pub fn as_str(&self) -> &str {
        // It was made of ASCII only.
        str::from_utf8(&self.text[..usize::from(self.length)]).unwrap_or_default()
    }
}

impl TryFrom<&str> for Symbol {
    type Error = Refusal;

    fn try_from(symbol: &str) -> Result<Self, Refusal> {
        check_symbol(symbol).map(|()| Self::checked(symbol))
    }
}

impl Deref for Symbol {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl Borrow<str> for Symbol {
    fn borrow(&self) -> &str {
        self
    }
}

impl PartialEq<str> for Symbol {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Symbol {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl PartialOrd for Symbol {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Symbol {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_str().cmp(other)
    }
}

impl fmt::Display for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self)
    }
}

impl fmt::Debug for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl Serialize for Symbol {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }
}

impl<'de> Deserialize<'de> for Symbol {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl de::Visitor<'_> for Text {
            type Value = Symbol;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a ticker symbol")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Symbol, E> {
                Symbol::try_from(text).map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Text)
    }
}

/// Checks one ticker symbol.
///
/// # Errors
/// Refuses anything but 1 to 32 printable ASCII characters without a space.
pub fn check_symbol(symbol: &str) -> Result<(), Refusal> {
    if (1..=MAX).contains(&symbol.len()) && symbol.bytes().all(|b| b.is_ascii_graphic()) {
        return Ok(());
    }
    Err(Refusal::new("symbol", format!("{symbol:?}"), "1 to 32 printable ASCII characters without a space"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_symbol_reads_back_as_written_and_sorts_as_its_text() {
        let longest = "X".repeat(MAX);
        for text in ["A", "NAN", "^GSPC", &longest] {
            let symbol = Symbol::try_from(text).unwrap();
            assert_eq!(symbol, text);
            assert_eq!(rmp_serde::from_slice::<Symbol>(&rmp_serde::to_vec(&symbol).unwrap()).unwrap(), symbol);
        }
        let symbol = |text| Symbol::try_from(text).unwrap();
        assert!(symbol("A") < symbol("AA") && symbol("AA") < symbol("B"));
    }

    #[test]
    fn what_is_no_symbol_is_refused() {
        for bad in ["", "A B", "é", "A\n", &"X".repeat(MAX + 1)] {
            assert!(Symbol::try_from(bad).is_err(), "{bad:?}");
            assert!(rmp_serde::from_slice::<Symbol>(&rmp_serde::to_vec(bad).unwrap()).is_err(), "{bad:?}");
        }
    }
}

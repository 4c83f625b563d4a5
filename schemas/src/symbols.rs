use crate::{MAX_SYMBOLS, Refusal};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;

/// Sorted, distinct ticker symbols, kept as one text so that reading a scan allocates nothing per symbol.
///
/// On the wire they are one string, joined by line feeds. A symbol is 1 to 32 printable ASCII characters without a
/// space; it is text always, so `NAN`, `TRUE`, `INF` and `1E5` are symbols like any other.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Symbols {
    text: String,
    /// Where each symbol ends in `text`.
    ends: Vec<u32>,
}

impl Symbols {
    /// Packs symbols that are already sorted and distinct.
    ///
    /// # Errors
    /// Refuses a symbol with a bad character or length, one out of order, a repeated one, or more than
    /// [`MAX_SYMBOLS`].
    pub fn new<S: AsRef<str>>(symbols: impl IntoIterator<Item = S>) -> Result<Self, Refusal> {
        let mut packed = Self::default();
        for symbol in symbols {
            packed.push(symbol.as_ref())?;
        }
        Ok(packed)
    }

    /// Appends one symbol, which must sort after the last.
    ///
    /// # Errors
    /// As [`Symbols::new`].
    pub fn push(&mut self, symbol: &str) -> Result<(), Refusal> {
        check_symbol(symbol)?;
        if self.len() == MAX_SYMBOLS {
            return Err(Refusal::new("symbols", format!("more than {MAX_SYMBOLS}"), format!("at most {MAX_SYMBOLS}")));
        }
        if let Some(last) = self.len().checked_sub(1).map(|i| self.get(i))
            && symbol <= last
        {
            let expected = "symbols sorted and each once";
            return Err(Refusal::new("symbols", format!("{symbol:?} after {last:?}"), expected));
        }
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.text.push_str(symbol);
        self.ends.push(self.text.len() as u32);
        Ok(())
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The symbol at `index`, which must be below [`Symbols::len`].
    #[inline]
    pub fn get(&self, index: usize) -> &str {
        let start = if index == 0 { 0 } else { self.ends[index - 1] as usize + 1 };
        &self.text[start..self.ends[index] as usize]
    }

    /// All symbols in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> + '_ {
        (0..self.len()).map(|i| self.get(i))
    }

    /// Position of `symbol`, by binary search.
    pub fn position(&self, symbol: &str) -> Option<usize> {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            match self.get(middle).cmp(symbol) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return Some(middle),
            }
        }
        None
    }
}

/// Checks one ticker symbol.
///
/// # Errors
/// Refuses anything but 1 to 32 printable ASCII characters without a space.
pub fn check_symbol(symbol: &str) -> Result<(), Refusal> {
    if (1..=32).contains(&symbol.len()) && symbol.bytes().all(|b| b.is_ascii_graphic()) {
        return Ok(());
    }
    Err(Refusal::new("symbol", format!("{symbol:?}"), "1 to 32 printable ASCII characters without a space"))
}

impl fmt::Debug for Symbols {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl Serialize for Symbols {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Symbols {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl de::Visitor<'_> for Text {
            type Value = Symbols;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("symbols as one text, joined by line feeds")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Symbols, E> {
                parse(text).map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Text)
    }
}

/// Reads the joined form without copying symbol by symbol.
fn parse(text: &str) -> Result<Symbols, Refusal> {
    let mut ends = Vec::with_capacity(text.len() / 4);
    let mut last = "";
    for symbol in text.split_terminator('\n') {
        check_symbol(symbol)?;
        if symbol <= last {
            let expected = "symbols sorted and each once";
            return Err(Refusal::new("symbols", format!("{symbol:?} after {last:?}"), expected));
        }
        if ends.len() == MAX_SYMBOLS {
            return Err(Refusal::new("symbols", format!("more than {MAX_SYMBOLS}"), format!("at most {MAX_SYMBOLS}")));
        }
        ends.push((symbol.as_ptr() as usize - text.as_ptr() as usize + symbol.len()) as u32);
        last = symbol;
    }
    if ends.last().map_or(0, |&end| end as usize) != text.len() {
        return Err(Refusal::new("symbols", "a trailing line feed", "symbols joined by single line feeds"));
    }
    Ok(Symbols { text: text.to_owned(), ends })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_that_look_like_numbers_stay_text() {
        let symbols = Symbols::new(["1E5", "INF", "NAN", "TRUE", "^GSPC"]).unwrap();
        let bytes = rmp_serde::to_vec(&symbols).unwrap();
        let back: Symbols = rmp_serde::from_slice(&bytes).unwrap();
        assert_eq!(back, symbols);
        assert_eq!(back.iter().collect::<Vec<_>>(), ["1E5", "INF", "NAN", "TRUE", "^GSPC"]);
        assert_eq!(back.position("NAN"), Some(2));
        assert_eq!(back.position("B"), None);
    }

    #[test]
    fn unsorted_repeated_and_malformed_symbols_are_refused() {
        for bad in [vec!["B", "A"], vec!["A", "A"], vec![""], vec!["A B"], vec!["é"], vec![&"X".repeat(33)]] {
            assert!(Symbols::new(&bad).is_err(), "{bad:?}");
            assert!(parse(&bad.join("\n")).is_err() || bad == [""], "{bad:?}");
        }
        assert!(parse("A\n").is_err());
        assert!(parse("A\n\nB").is_err());
        assert!(parse("").unwrap().is_empty());
    }
}

use crate::{MAX_SYMBOLS, Refusal, Symbol, check_symbol};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{cmp::Ordering, fmt, ops::Range};

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

    /// The symbol at `index` by itself, which must be below [`Symbols::len`].
    pub fn symbol(&self, index: usize) -> Symbol {
        Symbol::checked(self.get(index))
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
                Ordering::Less => low = middle + 1,
                Ordering::Greater => high = middle,
                Ordering::Equal => return Some(middle),
            }
        }
        None
    }
}

impl fmt::Debug for Symbols {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// In JSON as in MessagePack: one text, joined by line feeds.
#[cfg(feature = "json-schema")]
impl schemars::JsonSchema for Symbols {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Symbols".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "description": "Symbols, joined by line feeds."})
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
    let bytes = text.as_bytes();
    let mut ends = Vec::with_capacity(bytes.len() / 4 + 1);
    let (mut start, mut last) = (0, 0..0);
    while start < bytes.len() {
        let end = symbol_end(bytes, start);
        let symbol = start..end;
        let fits = (1..=32).contains(&symbol.len()) && ends.len() < MAX_SYMBOLS;
        if !fits || (start > 0 && !rises(bytes, &last, &symbol)) {
            return Err(refusal(text, last, symbol, ends.len()));
        }
        ends.push(end as u32);
        last = symbol;
        start = end + 1;
    }
    if !bytes.iter().fold(true, |plain, &b| plain & (b.is_ascii_graphic() | (b == b'\n'))) {
        let bad = text.split('\n').find_map(|symbol| check_symbol(symbol).err());
        return Err(bad.unwrap_or_else(|| Refusal::new("symbols", "unprintable", "printable ASCII")));
    }
    if bytes.last() == Some(&b'\n') {
        return Err(Refusal::new("symbols", "a trailing line feed", "symbols joined by single line feeds"));
    }
    Ok(Symbols { text: text.to_owned(), ends })
}

/// Eight bytes from `at` on, the first the highest; zeros after the end.
#[inline]
fn word(bytes: &[u8], at: usize) -> u64 {
    match bytes.get(at..at + 8) {
        Some(eight) => u64::from_be_bytes(eight.try_into().unwrap_or_default()),
        None => {
            let mut eight = [0; 8];
            let rest = &bytes[at.min(bytes.len())..];
            eight[..rest.len()].copy_from_slice(rest);
            u64::from_be_bytes(eight)
        }
    }
}

const EACH: u64 = 0x0101_0101_0101_0101;

/// Where the symbol that starts at `start` ends. Eight bytes at a time: most symbols have fewer.
#[inline]
fn symbol_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start;
    while at < bytes.len() {
        // With the first byte lowest, a line feed becomes zero and the borrow it causes misleads only after it.
        let zeroed = word(bytes, at).swap_bytes() ^ (EACH * u64::from(b'\n'));
        let found = zeroed.wrapping_sub(EACH) & !zeroed & (EACH << 7);
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    bytes.len()
}

/// Whether `symbol` sorts after `last`.
#[inline]
fn rises(bytes: &[u8], last: &Range<usize>, symbol: &Range<usize>) -> bool {
    let head = |range: &Range<usize>| match range.len() {
        0 => 0,
        length @ 1..8 => word(bytes, range.start) & (u64::MAX << (64 - 8 * length)),
        _ => word(bytes, range.start),
    };
    match head(last).cmp(&head(symbol)) {
        Ordering::Less => true,
        Ordering::Greater => false,
        Ordering::Equal => bytes[last.clone()] < bytes[symbol.clone()],
    }
}

/// What is wrong with a symbol, or with its place.
fn refusal(text: &str, last: Range<usize>, symbol: Range<usize>, before: usize) -> Refusal {
    // Between line feeds, so on character boundaries.
    let named = |range: Range<usize>| text.get(range).unwrap_or_default();
    let (last, symbol) = (named(last), named(symbol));
    if let Err(refusal) = check_symbol(symbol) {
        return refusal;
    }
    if before == MAX_SYMBOLS {
        return Refusal::new("symbols", format!("more than {MAX_SYMBOLS}"), format!("at most {MAX_SYMBOLS}"));
    }
    Refusal::new("symbols", format!("{symbol:?} after {last:?}"), "symbols sorted and each once")
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

    #[test]
    fn the_quick_way_reads_what_the_plain_one_does() {
        let mut seed = 1_u64;
        let mut next = |below: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % below
        };
        for _ in 0..20_000 {
            let pieces: Vec<String> = (0..next(5))
                .map(|_| {
                    (0..next(12))
                        .map(|_| *[b'A', b'B', 0x0b, b'~', b'!', b' '].get(next(20) as usize).unwrap_or(&b'A') as char)
                        .collect()
                })
                .collect();
            let text = pieces.join("\n");
            let plain = if text.is_empty() { Ok(Symbols::default()) } else { Symbols::new(&pieces) };
            assert_eq!(parse(&text).ok(), plain.ok(), "{text:?}");
        }
    }
}

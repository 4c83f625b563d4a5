//! Which benchmarks a worker carries: a stored result has room for a few, a scan may hold dozens.

use crate::{BadSetting, Settings};
use bellwether_schemas::{Scan, check_symbol};
use std::collections::BTreeSet;

/// Sessions without a bar after which a benchmark is no longer carried.
pub const GONE_AFTER: u32 = 20;

/// What stands for the market: broad and well known, best first. BWX500 is the made-up market's.
const MARKET: [&str; 3] = ["SPY", "^GSPC", "BWX500"];

/// Parts of the names of indices of expected volatility, which move against the market.
const VOLATILITY: [&str; 6] = ["VIX", "VXN", "VXO", "VXD", "RVX", "VOL"];

/// How well a benchmark stands for the market: 0 is best, equals go by symbol order; `None` will not do.
pub fn market_rank(symbol: &str) -> Option<usize> {
    let known = MARKET.iter().position(|preferred| *preferred == symbol);
    let is_volatility = VOLATILITY.iter().any(|part| symbol.contains(part));
    known.or_else(|| (!is_volatility).then_some(MARKET.len()))
}

/// What readers look for first.
const PREFERRED: [&str; 12] =
    ["SPY", "QQQ", "DIA", "IWM", "^GSPC", "^IXIC", "^VIX", "^DJI", "^RUT", "^NSEI", "^NSEBANK", "VTI"];

/// The rule by which benchmarks are chosen and ordered.
///
/// Given a list, those of the list, in its order. Otherwise all, the best known first, then by name; what is beyond the
/// limit is left out. A carried benchmark keeps its place on a day without a bar, and gives way only to one before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    listed: Option<Vec<String>>,
    limit: usize,
}

impl Choice {
    /// The first `limit` benchmarks.
    pub const fn first(limit: usize) -> Self {
        Self { listed: None, limit }
    }

    /// Reads setting `name`, symbols joined by commas; without it, as [`Choice::first`].
    ///
    /// # Errors
    /// Refuses an empty list, one of more than `limit` symbols, a repeated symbol and one that is none.
    pub fn from_settings(settings: &Settings, name: &str, limit: usize) -> Result<Self, BadSetting> {
        let Some(text) = settings.text(name) else { return Ok(Self::first(limit)) };
        let symbols: Vec<&str> = text.split(',').map(str::trim).collect();
        let distinct = symbols.iter().collect::<BTreeSet<_>>().len() == symbols.len();
        if symbols.len() > limit || !distinct || symbols.iter().any(|symbol| check_symbol(symbol).is_err()) {
            let expected = format!("1 to {limit} different symbols joined by commas, e.g. SPY,^VIX");
            return Err(BadSetting { name: name.to_owned(), value: text.to_owned(), expected });
        }
        Ok(Self { listed: Some(symbols.into_iter().map(str::to_owned).collect()), limit })
    }

    /// The benchmarks to carry on, in the order they are shown: of those `carried` and those with a bar in `scan`.
    pub fn of<'a>(&self, carried: impl IntoIterator<Item = &'a str>, scan: &'a Scan) -> Vec<&'a str> {
        let today = scan.benchmarks.iter().map(|benchmark| benchmark.symbol.as_str());
        let known: BTreeSet<&str> = today.filter(|symbol| check_symbol(symbol).is_ok()).chain(carried).collect();
        let mut ranked: Vec<_> = known.into_iter().filter_map(|symbol| Some((self.rank(symbol)?, symbol))).collect();
        ranked.sort_unstable();
        ranked.into_iter().take(self.limit).map(|(_, symbol)| symbol).collect()
    }

    fn rank(&self, symbol: &str) -> Option<usize> {
        match &self.listed {
            Some(listed) => listed.iter().position(|name| name == symbol),
            None => Some(PREFERRED.iter().position(|name| *name == symbol).unwrap_or(PREFERRED.len())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bellwether_schemas::fixture::{benchmark, moved, scan};

    fn chosen(choice: &Choice, carried: &[&'static str], today: &[&str]) -> Vec<String> {
        let mut scan = scan(1, &moved(1, 1, 0));
        scan.benchmarks = today.iter().map(|symbol| benchmark(symbol, &[10.0])).collect();
        choice.of(carried.iter().copied(), &scan).into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn the_best_known_come_first_and_then_the_alphabet() {
        let today = ["EEM", "DIA", "^GSPC", "XLB", "SPY"];
        assert_eq!(chosen(&Choice::first(8), &[], &today), ["SPY", "DIA", "^GSPC", "EEM", "XLB"]);
        assert_eq!(chosen(&Choice::first(4), &[], &today), ["SPY", "DIA", "^GSPC", "EEM"]);
    }

    #[test]
    fn a_carried_one_keeps_its_place_without_a_bar() {
        assert_eq!(chosen(&Choice::first(2), &["DIA", "EEM"], &["EEM", "XLB"]), ["DIA", "EEM"]);
        assert_eq!(chosen(&Choice::first(2), &["DIA", "EEM"], &["EEM", "SPY"]), ["SPY", "DIA"]);
    }

    #[test]
    fn a_list_is_kept_to_in_its_order_and_nonsense_is_refused() {
        let read = |text: &str| {
            Choice::from_settings(&Settings::parse([format!("x.benchmarks={text}")]).unwrap(), "x.benchmarks", 3)
        };
        assert_eq!(chosen(&read("XLB, SPY").unwrap(), &["QQQ"], &["DIA", "SPY", "XLB"]), ["XLB", "SPY"]);
        for bad in ["", "A,B,C,D", "A,A", "A,,B", "A B"] {
            assert_eq!(read(bad).unwrap_err().name, "x.benchmarks", "{bad}");
        }
    }
}

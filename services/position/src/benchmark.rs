//! Which benchmark the risk is read from.

use bellwether_schemas::{Scan, scan::Benchmark};
use bellwether_worker::benchmarks::market_rank;

/// The best benchmark of the scan; the first in the alphabet among equals.
pub(crate) fn best<'a>(scan: &'a Scan, wanted: Option<&str>) -> Option<&'a Benchmark> {
    let usable = scan.benchmarks.iter().filter(|benchmark| fits(&benchmark.symbol, wanted));
    usable.min_by_key(|benchmark| (rank(&benchmark.symbol, wanted), &benchmark.symbol))
}

/// Whether a symbol may be the benchmark at all.
pub(crate) fn fits(symbol: &str, wanted: Option<&str>) -> bool {
    rank(symbol, wanted).is_some()
}

/// Whether the first symbol is to be preferred for what it is, not for its place in the alphabet.
pub(crate) fn outranks(symbol: &str, other: &str, wanted: Option<&str>) -> bool {
    match (rank(symbol, wanted), rank(other, wanted)) {
        (Some(rank), Some(other)) => rank < other,
        (rank, other) => rank.is_some() && other.is_none(),
    }
}

/// 0 is best; `None` will not do.
fn rank(symbol: &str, wanted: Option<&str>) -> Option<usize> {
    match wanted {
        Some(wanted) => (symbol == wanted).then_some(0),
        None => market_rank(symbol),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bellwether_schemas::fixture::{benchmark, moved, scan};

    fn best_of(symbols: &[&str], wanted: Option<&str>) -> Option<String> {
        let mut scan = scan(1, &moved(1, 0, 0));
        scan.benchmarks = symbols.iter().map(|symbol| benchmark(symbol, &[10.0])).collect();
        best(&scan, wanted).map(|benchmark| benchmark.symbol.clone())
    }

    #[test]
    fn the_broad_ones_come_first_then_the_alphabet() {
        assert_eq!(best_of(&["AAA", "BWX500", "SPY", "^GSPC"], None).unwrap(), "SPY");
        assert_eq!(best_of(&["AAA", "BWX500", "^GSPC"], None).unwrap(), "^GSPC");
        assert_eq!(best_of(&["BWX500", "BWXEQ", "BWXVOL"], None).unwrap(), "BWX500");
        assert_eq!(best_of(&["XLE", "DIA", "^VIX"], None).unwrap(), "DIA");
    }

    #[test]
    fn an_index_of_volatility_is_no_market_unless_it_is_asked_for() {
        assert_eq!(best_of(&["^VIX", "^VXN", "BWXVOL"], None), None);
        assert_eq!(best_of(&["SPY", "^VIX"], Some("^VIX")).unwrap(), "^VIX");
        assert_eq!(best_of(&["SPY", "^VIX"], Some("QQQ")), None);
    }

    #[test]
    fn the_alphabet_alone_outranks_nothing() {
        assert!(outranks("SPY", "^GSPC", None) && outranks("^GSPC", "AAA", None));
        assert!(!outranks("AAA", "DIA", None) && !outranks("SPY", "SPY", None));
        assert!(outranks("QQQ", "SPY", Some("QQQ")));
    }
}

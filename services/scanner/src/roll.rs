//! Who takes part in a session, and who does not and why.

use bellwether_schemas::{Bars, MAX_SYMBOLS, Refusal, Symbols, scan::Unavailable};
use std::collections::BTreeMap;

/// Reason of a listed symbol that is not in the bars at all.
const NO_BAR: &str = "no bar";

/// The eligible rows of a session.
#[derive(Debug)]
pub(crate) struct Eligible {
    /// Their symbols.
    pub(crate) symbols: Symbols,
    /// Where each stands in the bars.
    pub(crate) rows: Vec<usize>,
}

/// Symbols that failed, each with its reason.
#[derive(Debug, Default)]
pub(crate) struct Failed<'a>(BTreeMap<&'a str, String>);

/// Parts a session's bars into the eligible and the failed.
///
/// # Errors
/// Only for bars whose symbols are not sorted, which [`Bars::decode`] has refused.
pub(crate) fn call(bars: &Bars) -> Result<(Eligible, Failed<'_>), Refusal> {
    let stocks = &bars.stocks;
    let mut failed = Failed::default();
    let mut rows = Vec::with_capacity(stocks.symbols.len());
    for (row, symbol) in stocks.symbols.iter().enumerate() {
        match stocks.bar(row).eligible() {
            Ok(()) => rows.push(row),
            Err(refusal) => failed.add(symbol, refusal.to_string()),
        }
    }
    let symbols = if rows.len() == stocks.symbols.len() {
        stocks.symbols.clone()
    } else {
        Symbols::new(rows.iter().map(|&row| stocks.symbols.get(row)))?
    };
    for Unavailable { reason, symbols: refused } in &bars.refused {
        for symbol in refused.iter().filter(|symbol| symbols.position(symbol).is_none()) {
            failed.add(symbol, reason.clone());
        }
    }
    Ok((Eligible { symbols, rows }, failed))
}

impl<'a> Failed<'a> {
    /// Notes a symbol unless there is a reason already.
    fn add(&mut self, symbol: &'a str, reason: String) {
        self.0.entry(symbol).or_insert(reason);
    }

    /// Notes a listed symbol that should have had a bar.
    pub(crate) fn absent(&mut self, symbol: &'a str) {
        self.0.entry(symbol).or_insert_with(|| NO_BAR.to_owned());
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The symbols by reason, as far as a scan has room for them.
    ///
    /// # Errors
    /// Only for symbols that are none, which the bars cannot hold.
    pub(crate) fn by_reason(self) -> Result<Vec<Unavailable>, Refusal> {
        let mut reasons: BTreeMap<String, Symbols> = BTreeMap::new();
        for (symbol, reason) in self.0.into_iter().take(MAX_SYMBOLS) {
            reasons.entry(reason).or_default().push(symbol)?;
        }
        Ok(reasons.into_iter().map(|(reason, symbols)| Unavailable { reason, symbols }).collect())
    }
}

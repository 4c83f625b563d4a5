//! Reads which sector each symbol belongs to.

use super::{
    SourceError,
    files::{Format, Input},
    layout::{Layout, Line},
    options::{ColumnMap, Field},
    sink::{Place, Sink},
    text::{self, Next},
    value,
};
use bellwether_schemas::{Refusal, scan::NO_SECTOR};
use std::collections::BTreeMap;

/// Sectors by symbol. Names are sorted, so that equal tables give equal numbers.
#[derive(Debug, Default)]
pub(super) struct Sectors {
    of: BTreeMap<String, String>,
}

impl Sectors {
    /// Reads a table with the columns symbol and sector; a symbol's first row counts.
    pub(super) fn read(&mut self, input: &Input, map: &ColumnMap, sink: &mut Sink<'_>) -> Result<(), SourceError> {
        let Format::Text(packing) = input.format else {
            let refusal = Refusal::new("format", "Parquet", "a table of sectors as text");
            return Err(SourceError::Format { path: input.path.clone(), refusal });
        };
        let (mut layout, mut ends) = (None, Vec::new());
        text::each_line(input, packing, sink, |place, bytes, sink| {
            let Some(layout) = &layout else {
                let found = Layout::of(bytes, map, &[Field::Symbol, Field::Sector]);
                let found = found.map_err(|refusal| SourceError::Format { path: input.path.clone(), refusal });
                layout = Some(found?);
                return Ok(Next::Line);
            };
            self.take(layout, &Line::split(bytes, layout.separator, &mut ends), place, sink)?;
            Ok(Next::Line)
        })
    }

    fn take(
        &mut self,
        layout: &Layout,
        line: &Line<'_>,
        place: &Place<'_>,
        sink: &mut Sink<'_>,
    ) -> Result<(), SourceError> {
        match layout.symbol(line).and_then(|symbol| Ok((symbol, sector(layout, line)?))) {
            Ok((_, "")) => Ok(()),
            Ok((symbol, sector)) => {
                self.of.entry(symbol.to_owned()).or_insert_with(|| sector.to_owned());
                Ok(())
            }
            Err(refusal) => sink.refuse(place, refusal),
        }
    }

    /// Sector names in order, and for each of `symbols` the index of its own.
    ///
    /// # Errors
    /// Refuses more than 255 names: a sector is one byte in a message.
    pub(super) fn assign(&self, symbols: &[Box<str>]) -> Result<(Vec<String>, Vec<u8>), Refusal> {
        let mut names: Vec<String> = self.of.values().cloned().collect();
        names.sort_unstable();
        names.dedup();
        if names.len() > usize::from(NO_SECTOR) {
            return Err(Refusal::new("sectors", names.len(), "at most 255 sectors"));
        }
        let index = |symbol: &str| {
            let sector = self.of.get(symbol)?;
            names.binary_search(sector).ok().map(|at| at as u8)
        };
        let assigned = symbols.iter().map(|symbol| index(symbol).unwrap_or(NO_SECTOR)).collect();
        Ok((names, assigned))
    }
}

/// The sector's name of today: S&P and MSCI renamed one in September 2018, and tables of both ages are about.
fn sector<'a>(layout: &Layout, line: &Line<'a>) -> Result<&'a str, Refusal> {
    let bytes = layout.field(line, Field::Sector)?;
    let refused = || Refusal::new("sector", value::quoted(bytes), "a name of at most 64 characters");
    let name = std::str::from_utf8(bytes).ok().filter(|name| name.len() <= 64).ok_or_else(refused)?;
    match name {
        "Telecommunications Services" | "Telecommunication Services" => Ok("Communication Services"),
        _ => Ok(name),
    }
}

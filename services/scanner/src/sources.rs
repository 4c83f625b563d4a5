//! Where bars come from: files of daily bars, read into one message per session.
//!
//! Text is read line by line. One bad row is refused with its file, line and reason, and the rest goes on, so that a
//! slip of the data costs one bar. Nothing here knows the broker.
//!
//! Understood are long tables (`date, symbol, open, high, low, close, volume` in any order and case, further columns
//! ignored), folders with a file per symbol, and both forms of Stooq's text; plain, gzip or zstd, separated by comma,
//! semicolon or tab. Parquet needs the cargo feature `parquet`.

mod error;
mod events;
mod files;
mod import;
mod layout;
mod open;
mod options;
#[cfg(feature = "parquet")]
mod parquet;
mod sectors;
mod sink;
mod table;
mod text;
mod value;

pub use error::SourceError;
pub use events::{BadRow, Events, Progress};
pub use import::Import;
pub use options::{ColumnMap, Options};

use bellwether_schemas::{Key, calendar::Exchange};
use files::{Format, Input};
use sink::{Panel, Sink};
use std::path::PathBuf;

/// Reads bars from files and folders.
///
/// Folders are searched to their depths; files are read in the order of their paths, so that equal files give equal
/// sessions. Of two rows for one symbol and date the first is kept.
///
/// # Errors
/// Refuses options that cannot be (a universe that is no name, an unknown exchange), a file that cannot be read to its
/// end, Parquet without its cargo feature, more symbols in a session than a message may hold, and input without a
/// single sound row. With [`Options::strict`], also the first bad row.
pub fn read(inputs: &[PathBuf], options: &Options, events: &mut dyn Events) -> Result<Import, SourceError> {
    Key::live(options.universe.as_str()).map_err(SourceError::Option)?;
    let exchange = Exchange::of(&options.exchange).map_err(SourceError::Option)?;
    let stocks = files::expand(inputs)?;
    let benchmarks = files::expand(options.benchmarks.as_slice())?;
    let sectors = files::expand(options.sectors.as_slice())?;

    let total = [&stocks, &benchmarks, &sectors].into_iter().flatten().map(|input| input.bytes).sum();
    let mut sink = Sink::new(options, events, total);
    for input in &stocks {
        read_file(input, Panel::Stocks, options, &mut sink)?;
    }
    for input in &benchmarks {
        read_file(input, Panel::Benchmarks, options, &mut sink)?;
    }
    let mut assigned = sectors::Sectors::default();
    for input in &sectors {
        assigned.read(input, &options.columns, &mut sink)?;
    }
    Import::new(options.clone(), exchange, sink.finish()?, &assigned)
}

fn read_file(input: &Input, panel: Panel, options: &Options, sink: &mut Sink<'_>) -> Result<(), SourceError> {
    match input.format {
        Format::Text(packing) => text::read(input, packing, panel, options, sink),
        #[cfg(feature = "parquet")]
        Format::Parquet => parquet::read(input, panel, options, sink),
        #[cfg(not(feature = "parquet"))]
        Format::Parquet => Err(SourceError::ParquetIsOff { path: input.path.clone() }),
    }
}

use super::BrokerArgs;
use bellwether_schemas::Date;
use clap::{ArgGroup, Args, ValueEnum};
use std::path::PathBuf;

#[derive(Debug, Clone, Args)]
#[command(group = ArgGroup::new("what").required(true).args(["files", "sample"]), after_help = "\
Examples:
  bellwether import prices.csv.zst --universe us_large --benchmarks indices.csv --sectors sectors.csv --adjusted
  bellwether import ~/stooq/daily --universe us_all               a folder with a file per symbol
  bellwether import xetra.csv --universe dax --exchange XETR --columns date=Tag,close=Schluss
  bellwether import day.bundle                                    what `bellwether export` wrote, elsewhere
  bellwether import --sample                                      the made-up market, without `up`

Each session becomes one message of the log BARS, in the order of dates. The same file twice changes nothing.")]
pub(crate) struct Import {
    /// Files or folders of daily bars: text (plain, gzip, zstd), Stooq's, or Parquet if built with it.
    pub(crate) files: Vec<PathBuf>,
    /// Bring in the made-up market instead of files.
    #[arg(long)]
    pub(crate) sample: bool,
    /// Name of the set of symbols: letters, digits, `_` and `-`.
    #[arg(long, value_name = "NAME")]
    pub(crate) universe: Option<String>,
    /// Bars of indices and funds, which are no part of the universe.
    #[arg(long, value_name = "FILE")]
    pub(crate) benchmarks: Option<PathBuf>,
    /// Symbols of the files that are benchmarks and no part of the universe.
    #[arg(long, value_name = "SYMBOL", value_delimiter = ',')]
    pub(crate) benchmark_symbols: Vec<String>,
    /// A table with the columns symbol and sector.
    #[arg(long, value_name = "FILE")]
    pub(crate) sectors: Option<PathBuf>,
    /// Prices are adjusted for splits and dividends.
    #[arg(long, conflicts_with = "raw")]
    pub(crate) adjusted: bool,
    /// Prices are as they were traded (the default).
    #[arg(long)]
    pub(crate) raw: bool,
    /// Market identifier code of the exchange whose calendar rules the universe.
    #[arg(long, value_name = "MIC", default_value = "XNYS")]
    pub(crate) exchange: String,
    /// Names of columns that differ from the usual ones, e.g. date=Day,close=Last.
    #[arg(long, value_name = "FIELD=NAME,…")]
    pub(crate) columns: Option<String>,
    /// First date to read.
    #[arg(long, value_name = "DATE")]
    pub(crate) from: Option<Date>,
    /// Last date to read.
    #[arg(long, value_name = "DATE")]
    pub(crate) to: Option<Date>,
    /// Stop at the first bad row or refused session.
    #[arg(long)]
    pub(crate) strict: bool,
    /// Print the summary as JSON.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) broker: BrokerArgs,
}

/// Form of a scan file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ScanFormat {
    /// By the file's ending: .json or .csv.
    Auto,
    /// JSON.
    Json,
    /// CSV.
    Csv,
}

#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  bellwether scan submit scan.json
  bellwether scan submit hits.csv --universe mine --session 2026-11-20
  bellwether scan submit - --format json < scan.json

A universe is either scanned from bars or submitted, never both.")]
pub(crate) struct SubmitScan {
    /// The file; `-` reads the standard input.
    pub(crate) file: PathBuf,
    /// Universe of the scan, where the file does not say it.
    #[arg(long, value_name = "NAME")]
    pub(crate) universe: Option<String>,
    /// Session of the scan, where the file does not say it.
    #[arg(long, value_name = "DATE")]
    pub(crate) session: Option<Date>,
    /// Form of the file.
    #[arg(long, value_enum, default_value_t = ScanFormat::Auto)]
    pub(crate) format: ScanFormat,
    /// Anything else the file does not say itself, as for the gateway's upload.
    #[arg(long = "with", value_name = "NAME=VALUE")]
    pub(crate) with: Vec<String>,
    #[command(flatten)]
    pub(crate) broker: BrokerArgs,
}

//! Files of every form give the same sessions, and what is wrong in them is said.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test may stop at once and say why it is skipped")]

use bellwether_scanner::sources::{self, BadRow, Events, Import, Options, Progress, SourceError};
use bellwether_schemas::Bars;
use jiff::civil::{Date, date};
use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};
use tempfile::TempDir;

#[derive(Default)]
struct Heard {
    bad: Vec<BadRow>,
    progress: Vec<Progress>,
}

impl Events for Heard {
    fn progress(&mut self, progress: Progress) {
        self.progress.push(progress);
    }

    fn bad_row(&mut self, row: BadRow) {
        self.bad.push(row);
    }
}

fn options() -> Options {
    Options::new("test", "XNYS")
}

fn file(folder: &TempDir, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.path().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, content).unwrap();
    path
}

fn read(paths: &[PathBuf], options: &Options) -> (Result<Import, SourceError>, Heard) {
    let mut heard = Heard::default();
    let import = sources::read(paths, options, &mut heard);
    (import, heard)
}

fn sessions(path: &Path) -> Vec<Bars> {
    let (import, heard) = read(&[path.to_owned()], &options());
    assert_eq!(heard.bad, [], "{}", path.display());
    import.unwrap().sessions().collect()
}

const LONG: &str = "\
date,symbol,open,high,low,close,volume
2020-01-02,AA,10,12,9,11,1000
2020-01-03,AA,11,13,10,12,1100
2020-01-02,NAN,5,6,4,5.5,0
2020-01-03,TRUE,7,7,7,7,10
";

#[test]
fn a_long_table_gives_one_message_per_date() {
    let folder = TempDir::new().unwrap();
    let sessions = sessions(&file(&folder, "bars.csv", LONG));
    assert_eq!(sessions.iter().map(|bars| bars.session).collect::<Vec<_>>(), [date(2020, 1, 2), date(2020, 1, 3)]);
    let [first, second] = &sessions[..] else { panic!("two sessions") };
    assert_eq!(first.stocks.symbols.iter().collect::<Vec<_>>(), ["AA", "NAN"]);
    assert_eq!(second.stocks.symbols.iter().collect::<Vec<_>>(), ["AA", "TRUE"]);
    assert_eq!(first.stocks.bar(1).close, 5.5);
    assert_eq!(first.as_of.to_string(), "2020-01-02T21:00:00Z");
    assert_eq!(
        (first.universe.as_str(), first.exchange.as_str(), first.sector.as_slice()),
        ("test", "XNYS", &[255, 255][..])
    );
    first.check().unwrap();
}

#[test]
fn form_and_packing_make_no_difference() {
    let folder = TempDir::new().unwrap();
    let plain = sessions(&file(&folder, "plain.csv", LONG));
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(LONG.as_bytes()).unwrap();
    let forms: [(&str, Vec<u8>); 6] = [
        ("crlf.csv", LONG.replace('\n', "\r\n").into_bytes()),
        ("mark.csv", format!("\u{feff}{LONG}").into_bytes()),
        ("semicolons.txt", LONG.replace(',', ";").into_bytes()),
        ("tabs.tsv", format!("{}\n\n", LONG.replace(',', "\t").trim_end()).into_bytes()),
        ("packed.csv.gz", gzip.finish().unwrap()),
        ("packed.csv.zst", zstd::encode_all(LONG.as_bytes(), 1).unwrap()),
    ];
    for (name, content) in forms {
        assert_eq!(sessions(&file(&folder, name, content)), plain, "{name}");
    }
    let mut lines: Vec<&str> = LONG.lines().collect();
    lines[1..].reverse();
    assert_eq!(sessions(&file(&folder, "reversed.csv", lines.join("\n"))), plain);
}

#[test]
fn a_folder_of_stooq_files_is_a_universe() {
    let folder = TempDir::new().unwrap();
    let header = "<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>";
    file(&folder, "daily/nyse/1/aa.us.txt", format!("{header}\r\nAA.US,D,20200102,000000,10,12,9,11,1000,0\r\n"));
    file(&folder, "daily/nyse/2/bb-a.us.txt", format!("{header}\r\nBB-A.US,D,20200102,000000,1,1,1,1,5,0\r\n"));
    file(&folder, "more/cc_us_d.csv", "Date,Open,High,Low,Close,Volume\n2020-01-02,2,2,2,2,7\n");
    file(&folder, "more/DD.csv", "Date,Open,High,Low,Close,Adj Close,Volume\n2020-01-02,3,3,3,3,2.9,8\n");
    file(&folder, "notes.md", "not a table");
    let all = sessions(folder.path());
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].stocks.symbols.iter().collect::<Vec<_>>(), ["AA", "BB-A", "CC", "DD"]);
    assert_eq!(all[0].stocks.bar(3).close, 3.0);
}

const DIRTY: &str = "\
date,symbol,open,high,low,close,volume
2020-01-02,AA,10,12,9,11,1000
2020-01-02,BB,10,12,9,-11,1000
2020-01-02,CC,x,12,9,11,1000
2020-01-02,AA,1,1,1,1,1
2020-02-31,DD,10,12,9,11,1000
2020-01-02,E E,10,12,9,11,1000
2020-01-02,FF,10,12
2020-01-02,GG,10,12,9,11,NaN
2020-01-02,BB,10,12,9,12,1000
";

#[test]
fn a_bad_row_is_named_and_the_rest_goes_on() {
    let folder = TempDir::new().unwrap();
    let path = file(&folder, "dirty.csv", DIRTY);
    let (import, heard) = read(std::slice::from_ref(&path), &options());
    let fields: Vec<(u64, &str)> = heard.bad.iter().map(|bad| (bad.line, bad.refusal.field.as_str())).collect();
    let expected = [(3, "close"), (4, "open"), (5, "row"), (6, "date"), (7, "symbol"), (8, "low"), (9, "volume")];
    assert_eq!(fields, expected);
    assert_eq!(heard.bad[0].raw, b"2020-01-02,BB,10,12,9,-11,1000");
    assert_eq!(
        heard.bad[0].to_string(),
        format!("{}:3: close is -11; expected a finite price, not negative", path.display())
    );

    let import = import.unwrap();
    assert_eq!((import.rows(), import.bad_rows()), (2, 7));
    let bars = import.session(date(2020, 1, 2));
    assert_eq!(bars.stocks.symbols.iter().collect::<Vec<_>>(), ["AA", "BB"]);
    assert_eq!(bars.stocks.bar(0).close, 11.0, "the first of two rows is kept");
    let refused: Vec<(&str, Vec<&str>)> =
        bars.refused.iter().map(|refused| (refused.reason.as_str(), refused.symbols.iter().collect())).collect();
    assert_eq!(
        refused,
        [
            ("low is not a value in column 5", vec!["FF"]),
            ("open is not a number", vec!["CC"]),
            ("volume is not a finite volume, not negative", vec!["GG"]),
        ]
    );
    bars.check().unwrap();
}

#[test]
fn strict_stops_at_the_first_bad_row() {
    let folder = TempDir::new().unwrap();
    let path = file(&folder, "dirty.csv", DIRTY);
    let (import, _) = read(&[path], &Options { strict: true, ..options() });
    let Err(SourceError::Strict(bad)) = import else { panic!("strict") };
    assert_eq!(bad.line, 3);
}

#[test]
fn dates_outside_the_span_are_left_out() {
    let folder = TempDir::new().unwrap();
    let path = file(&folder, "bars.csv", LONG);
    for (from, to, left) in
        [(Some(date(2020, 1, 3)), None, [date(2020, 1, 3)]), (None, Some(date(2020, 1, 2)), [date(2020, 1, 2)])]
    {
        let (import, _) = read(std::slice::from_ref(&path), &Options { from, to, ..options() });
        assert_eq!(import.unwrap().dates(), left);
    }
}

#[test]
fn benchmarks_and_sectors_come_from_files_of_their_own() {
    let folder = TempDir::new().unwrap();
    let path = file(&folder, "bars.csv", LONG);
    let benchmarks =
        "date,symbol,open,high,low,close,volume,source\n2020-01-02,^X,1,1,1,1,0,a\n2019-12-31,^X,1,1,1,1,0,a\n";
    let sectors =
        "symbol,name,sector\nAA,\"Alpha, Inc\",Utilities\nNAN,Nano,Telecommunications Services\nTRUE,Truth,\n";
    let options = Options {
        benchmarks: Some(file(&folder, "bench/index.csv", benchmarks)),
        sectors: Some(file(&folder, "meta/sectors.csv", sectors)),
        benchmark_symbols: vec!["TRUE".into()],
        ..options()
    };
    let (import, heard) = read(&[path], &options);
    assert_eq!(heard.bad, []);
    let import = import.unwrap();
    assert_eq!(import.dates(), [date(2020, 1, 2), date(2020, 1, 3)]);
    let (first, second) = (import.session(date(2020, 1, 2)), import.session(date(2020, 1, 3)));
    assert_eq!(first.sectors, ["Communication Services", "Utilities"]);
    assert_eq!(first.sector, [1, 0]);
    assert_eq!(first.benchmarks.symbols.iter().collect::<Vec<_>>(), ["^X"]);
    assert_eq!(second.benchmarks.symbols.iter().collect::<Vec<_>>(), ["TRUE"]);
    assert_eq!(second.stocks.symbols.iter().collect::<Vec<_>>(), ["AA"]);
    let last = heard.progress.last().unwrap();
    assert_eq!((last.bytes, last.rows), (last.total, 3));
}

#[test]
fn a_file_that_breaks_off_is_an_error_not_a_short_import() {
    let folder = TempDir::new().unwrap();
    let mut packed = zstd::encode_all(LONG.as_bytes(), 1).unwrap();
    packed.truncate(packed.len() - 4);
    let path = file(&folder, "broken.csv.zst", packed);
    assert!(matches!(read(&[path], &options()).0, Err(SourceError::Io { .. })));
    assert!(matches!(read(&[folder.path().join("absent.csv")], &options()).0, Err(SourceError::Io { .. })));
}

#[test]
fn no_sound_row_is_an_error_that_says_why() {
    let folder = TempDir::new().unwrap();
    let path = file(&folder, "other.csv", "name,price\nx,1\n");
    let error = read(&[path], &options()).0.err().unwrap().to_string();
    assert!(error.starts_with("no bars in 1 files; the first refusal: "), "{error}");
    assert!(error.contains("a column \"date\""), "{error}");
}

#[test]
fn an_empty_file_is_told_of() {
    let folder = TempDir::new().unwrap();
    file(&folder, "AA.csv", "");
    file(&folder, "bars.csv", LONG);
    let (import, heard) = read(&[folder.path().to_owned()], &options());
    assert_eq!(heard.bad.iter().map(|bad| bad.refusal.field.as_str()).collect::<Vec<_>>(), ["header"]);
    assert_eq!(import.unwrap().rows(), 4);
}

#[test]
fn options_that_cannot_be_are_refused_before_any_file_is_opened() {
    for options in [Options::new("a.b", "XNYS"), Options::new("test", "NYSE")] {
        assert!(matches!(read(&[], &options).0, Err(SourceError::Option(_))));
    }
}

#[test]
fn a_line_without_end_is_refused_and_skipped() {
    let folder = TempDir::new().unwrap();
    let path = file(&folder, "long.csv", format!("{LONG}{}\n2020-01-06,AA,1,1,1,1,1\n", "x".repeat(200_000)));
    let (import, heard) = read(&[path], &options());
    assert_eq!(heard.bad.iter().map(|bad| bad.line).collect::<Vec<_>>(), [6]);
    assert_eq!(import.unwrap().dates().len(), 3);
}

#[cfg(not(feature = "parquet"))]
#[test]
fn a_parquet_file_names_the_feature_it_needs() {
    let folder = TempDir::new().unwrap();
    let path = file(&folder, "bars.parquet", b"PAR1");
    let error = read(&[path], &options()).0.err().unwrap().to_string();
    assert!(error.contains("cargo feature `parquet`"), "{error}");
}

#[cfg(feature = "parquet")]
mod parquet {
    use super::*;
    use arrow_array::{ArrayRef, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray};
    use std::sync::Arc;

    fn write(path: &Path, columns: Vec<(&str, ArrayRef)>) {
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let file = fs::File::create(path).unwrap();
        let mut writer = ::parquet::arrow::ArrowWriter::try_new(file, batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
    }

    fn prices(prices: [f64; 4]) -> ArrayRef {
        Arc::new(Float64Array::from(prices.to_vec()))
    }

    /// The table [`LONG`], its columns in another order and among others.
    fn columns(dates: ArrayRef) -> Vec<(&'static str, ArrayRef)> {
        vec![
            ("Symbol", Arc::new(StringArray::from(vec!["AA", "AA", "NAN", "TRUE"]))),
            ("comment", Arc::new(StringArray::from(vec!["a,b", "\"", "", "x"]))),
            ("open", prices([10.0, 11.0, 5.0, 7.0])),
            ("high", prices([12.0, 13.0, 6.0, 7.0])),
            ("low", prices([9.0, 10.0, 4.0, 7.0])),
            ("close", prices([11.0, 12.0, 5.5, 7.0])),
            ("date", dates),
            ("volume", Arc::new(Int64Array::from(vec![1000, 1100, 0, 10]))),
        ]
    }

    #[test]
    fn parquet_gives_the_sessions_of_the_same_text() {
        let folder = TempDir::new().unwrap();
        let text = sessions(&file(&folder, "bars.csv", LONG));
        let path = folder.path().join("bars.parquet");
        let days: [ArrayRef; 3] = [
            Arc::new(Date32Array::from(vec![18263, 18264, 18263, 18264])),
            Arc::new(Int64Array::from(vec![20200102, 20200103, 20200102, 20200103])),
            Arc::new(StringArray::from(vec!["2020-01-02", "2020-01-03", "2020-01-02", "2020-01-03"])),
        ];
        for dates in days {
            write(&path, columns(dates));
            assert_eq!(sessions(&path), text);
        }
    }

    #[test]
    fn a_null_or_nan_refuses_its_row_only() {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("bars.parquet");
        let mut columns = columns(Arc::new(Date32Array::from(vec![Some(18263), None, Some(18263), Some(18264)])));
        columns[5].1 = Arc::new(Float64Array::from(vec![Some(f64::NAN), Some(1.0), None, Some(7.0)]));
        write(&path, columns);
        let (import, heard) = read(&[path], &options());
        let fields: Vec<(u64, &str)> = heard.bad.iter().map(|bad| (bad.line, bad.refusal.field.as_str())).collect();
        assert_eq!(fields, [(1, "close"), (2, "date"), (3, "close")]);
        assert_eq!(import.unwrap().rows(), 1);
    }

    #[test]
    fn a_parquet_file_that_is_none_is_an_error() {
        let folder = TempDir::new().unwrap();
        let path = file(&folder, "bars.parquet", b"PAR1 and then nothing");
        assert!(matches!(read(&[path], &options()).0, Err(SourceError::Io { .. })));
    }
}

mod shared_data {
    use super::*;
    use bellwether_schemas::calendar::Exchange;
    use std::env;

    /// Market data that is not part of the repository.
    fn find(name: &str) -> Option<PathBuf> {
        let named = env::var_os("BELLWETHER_SHARED_DATA").map(PathBuf::from);
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let folders = named.into_iter().chain(here.ancestors().map(|folder| folder.join("shared/data")));
        let found = folders.map(|folder| folder.join(name)).find(|path| path.exists());
        if found.is_none() {
            println!("skipped: {name} is not here");
        }
        found
    }

    fn calendar(from: Date, to: Date) -> Vec<Date> {
        Exchange::by_code("XNYS").unwrap().sessions(from).take_while(|day| *day <= to).collect()
    }

    #[test]
    fn us_broad_has_exactly_the_sessions_of_the_calendar() {
        let Some(path) = find("us-broad/daily.csv.zst") else { return };
        let options = Options { benchmarks: find("indexes.csv.zst"), sectors: find("sectors.csv"), ..options() };
        let (import, heard) = read(&[path], &options);
        assert_eq!(heard.bad, []);
        let import = import.unwrap();
        assert_eq!(import.rows(), 1_066_460);
        assert_eq!(import.dates(), calendar(date(2007, 1, 3), date(2012, 12, 31)));
        let mut rows = 0;
        for bars in import.sessions() {
            bars.check().unwrap();
            rows += bars.stocks.symbols.len();
        }
        assert_eq!(rows, import.rows());
        let bars = import.session(date(2008, 10, 10));
        assert_eq!(bars.benchmarks.symbols.len(), 23);
        assert!(bars.sectors.len() >= 11 && bars.sector.iter().filter(|sector| **sector != 255).count() > 400);
    }

    #[test]
    fn us_raw_market_is_read_whole_with_its_stray_dates() {
        let Some(path) = find("us-raw-market/daily.csv.zst") else { return };
        let (import, heard) = read(&[path], &options());
        assert_eq!(heard.bad, []);
        let import = import.unwrap();
        assert_eq!(import.rows(), 597_753);
        let stray = [(date(2015, 7, 3), 22), (date(2015, 9, 7), 6)];
        let known: Vec<Date> =
            import.dates().iter().copied().filter(|day| stray.iter().all(|(at, _)| at != day)).collect();
        assert_eq!(known, calendar(date(2015, 6, 15), date(2015, 10, 30)));
        for (day, symbols) in stray {
            assert_eq!(import.session(day).stocks.symbols.len(), symbols);
        }
        let bars = import.session(date(2015, 8, 24));
        for symbol in ["NAN", "TRUE", "ON"] {
            assert!(bars.stocks.symbols.position(symbol).is_some(), "{symbol}");
        }
    }

    #[test]
    fn the_sample_of_stooq_s_format_is_read() {
        let Some(path) = find("fixtures/stooq/aapl-daily.csv") else { return };
        let (import, heard) = read(&[path], &options());
        assert_eq!((heard.bad, import.unwrap().rows()), (vec![], 8));
    }
}

//! Bad input never stops the chain and is never lost: refused with a clear reason, kept, and the next good one goes on.

use crate::processes::{Process, bellwether, succeed};
use bellwether_harness::{Bus, Entry, history, publish};
use bellwether_schemas::{Bars, Key, Scan, Status, Stored, Symbols, bars, codec, fixture, names};
use bellwether_tests::{Broker, eventually_async};
use serde::de::IgnoredAny;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(60);

fn good(ordinal: u64) -> Scan {
    let mut scan = fixture::with_hits(fixture::scan(ordinal, &fixture::moved(30, 20, 1)), 4, 2);
    scan.universe = "u".to_owned();
    scan
}

fn with(ordinal: u64, change: impl FnOnce(&mut Scan)) -> Vec<u8> {
    let mut scan = good(ordinal);
    change(&mut scan);
    codec::encode(&scan)
}

/// The same message with other symbols of the same length, which the types of the product would not let us write.
fn with_symbols(ordinal: u64, from: &str, to: &str) -> Vec<u8> {
    let body = codec::encode(&good(ordinal));
    let at = body.windows(from.len()).position(|window| window == from.as_bytes()).expect("the symbols");
    [&body[..at], to.as_bytes(), &body[at + from.len()..]].concat()
}

/// Makes a bad scan for an ordinal.
type Bad = Box<dyn Fn(u64) -> Vec<u8>>;

/// Bad scans, each with a word of the reason it must be refused for.
fn bad_scans() -> Vec<(Bad, &'static str)> {
    vec![
        (Box::new(|n| codec::encode(&good(n))[..500].to_vec()), "body"),
        (Box::new(|_| b"not even MessagePack".to_vec()), "body"),
        (Box::new(|_| Vec::new()), "body"),
        (Box::new(|n| [codec::encode(&good(n)), vec![0xc0]].concat()), "followed by more"),
        (Box::new(|n| with(n, |scan| scan.schema = "scan/9".to_owned())), "schema"),
        (Box::new(|n| with(n, |scan| scan.close[3] = f64::NAN)), "close[S00003]"),
        (Box::new(|n| with(n, |scan| scan.close[3] = f64::INFINITY)), "close[S00003]"),
        (Box::new(|n| with(n, |scan| scan.volume[4] = -1.0)), "volume[S00004]"),
        (Box::new(|n| with(n, |scan| scan.mean_log_return = Some(f64::NAN))), "mean_log_return"),
        (Box::new(|n| with(n, |scan| scan.flags.truncate(2))), "flags"),
        (Box::new(|n| with_symbols(n, "S00000\nS00001", "S00001\nS00000")), "symbols"),
        (Box::new(|n| with_symbols(n, "S00000\nS00001", "S00000\nS00000")), "symbols"),
        (Box::new(|n| codec::encode(&fixture::scan(n, &[]))), "symbols"),
        (Box::new(|n| with(n, |scan| scan.ordinal += 1)), "ordinal"),
        (Box::new(|n| with(n, |scan| scan.session = fixture::session(1))), "session"),
    ]
}

async fn put(publisher: &mut publish::Publisher, schema: &str, body: Vec<u8>) -> u64 {
    let ordinal = publisher.next();
    let session = fixture::session(ordinal);
    let message = publish::Numbered { schema, scan_id: None, session, body: body.into() };
    let stored = publisher.put(&message).await.expect("published");
    assert_eq!(stored, publish::Published::Stored(ordinal));
    ordinal
}

async fn results(bus: &Bus, worker: &str, key: &Key, count: u64) -> Vec<Entry> {
    let (stream, subject) = (names::bucket_stream(worker), names::state_subject(worker, key));
    eventually_async(&format!("{worker} has folded {count}"), PATIENCE, async || {
        (history::last(bus, &stream, &subject).await.ok()??.ordinal? >= count).then_some(())
    })
    .await;
    history::range(bus, &stream, &subject, 1, usize::MAX).await.expect("history")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_bad_scan_is_refused_with_its_reason_and_the_next_good_one_goes_through() {
    let broker = Broker::start();
    succeed(&broker, &["init"]);
    let _services = ["regime", "breadth"].map(|service| Process::start(&broker, service));
    let (bus, key) = (broker.bus().await, Key::live("u").expect("a key"));
    let subject = names::scan_subject(&key);
    let mut scans = publish::Publisher::attach(&bus, names::SCANS, &subject, &key, "test").await.expect("attach");
    let (mut refused, mut accepted) = (Vec::new(), Vec::new());
    for (bad, reason) in bad_scans() {
        let next = codec::encode(&good(scans.next()));
        accepted.push(put(&mut scans, "scan/1", next).await);
        let body = bad(scans.next());
        refused.push((put(&mut scans, "scan/1", body.clone()).await, reason, body));
    }
    let last = codec::encode(&good(scans.next()));
    accepted.push(put(&mut scans, "scan/1", last).await);
    for worker in ["regime", "breadth"] {
        let entries = results(&bus, worker, &key, *accepted.last().expect("a last")).await;
        let stored: Vec<Stored<IgnoredAny, IgnoredAny>> =
            entries.iter().map(|entry| codec::decode(&entry.body).expect("a stored value")).collect();
        for ordinal in &accepted {
            assert_eq!(stored[*ordinal as usize - 1].status, Status::Ok, "{worker} {ordinal}");
        }
        let kept = history::range(&bus, names::REJECTS, &names::reject_subject(worker, &key), 1, 99).await;
        let kept = kept.expect("rejects");
        assert_eq!(kept.len(), refused.len(), "{worker}: each kept once");
        for ((ordinal, reason, body), kept) in refused.iter().zip(&kept) {
            let stored = &stored[*ordinal as usize - 1];
            assert_eq!(stored.status, Status::Rejected, "{worker} {ordinal}");
            let said = stored.reason.as_deref().unwrap_or_default();
            assert!(said.contains(reason), "{worker} {ordinal}: {said:?} does not name {reason}");
            assert_eq!((kept.cause_ordinal(), &kept.body[..]), (Some(*ordinal), &body[..]), "as it came");
        }
    }
}

fn good_bars(day: u64) -> Bars {
    let scan = fixture::scan(day, &[]);
    let mut stocks = bars::Panel::default();
    for symbol in ["AAA", "BBB", "CCC"] {
        let close = 10.0 + day as f64;
        let bar = bars::Bar { open: close, high: close, low: close, close, volume: 100.0 };
        stocks.push(symbol, bar).expect("sorted");
    }
    Bars {
        schema: bars::SCHEMA.to_owned(),
        universe: "v".to_owned(),
        session: scan.session,
        as_of: scan.as_of,
        basis: scan.basis,
        exchange: "XNYS".to_owned(),
        adjusted: false,
        sample: false,
        sector: vec![255; stocks.symbols.len()],
        stocks,
        sectors: Vec::new(),
        refused: Vec::new(),
        benchmarks: bars::Panel::default(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_bars_make_no_scan_and_stop_nothing() {
    let broker = Broker::start();
    succeed(&broker, &["init"]);
    let mut scanner = Process::start(&broker, "scanner");
    let (bus, key) = (broker.bus().await, Key::live("v").expect("a key"));
    let subject = names::bars_subject(&key);
    let mut bars = publish::Publisher::attach(&bus, names::BARS, &subject, &key, "test").await.expect("attach");
    let cut = |bars: Bars| codec::encode(&bars)[..90].to_vec();
    let changed = |change: fn(&mut Bars)| {
        let mut bars = good_bars(3);
        change(&mut bars);
        codec::encode(&bars)
    };
    let messages = [
        codec::encode(&good_bars(1)),
        cut(good_bars(2)),
        codec::encode(&good_bars(2)),
        changed(|bars| bars.schema = "bars/7".to_owned()),
        changed(|bars| bars.stocks.volume.clear()),
        changed(|bars| bars.stocks.symbols = Symbols::default()),
        changed(|bars| bars.universe = "other".to_owned()),
        codec::encode(&good_bars(1)),
        codec::encode(&good_bars(3)),
    ];
    for body in messages {
        put(&mut bars, "bars/1", body).await;
    }
    for life in 0..2 {
        let subject = names::scan_subject(&key);
        eventually_async("three scans", PATIENCE, async || {
            (history::last(&bus, names::SCANS, &subject).await.ok()??.ordinal? == 3 + life).then_some(())
        })
        .await;
        let scans = history::range(&bus, names::SCANS, &subject, 1, 99).await.expect("scans");
        let sessions: Vec<_> = scans.iter().map(|entry| Scan::decode(&entry.body).expect("a scan").session).collect();
        let expected: Vec<_> = (1..=3 + life).map(fixture::session).collect();
        assert_eq!(sessions, expected);
        let kept = history::range(&bus, names::REJECTS, &names::reject_subject("scanner", &key), 1, 99).await;
        let causes: Vec<_> = kept.expect("rejects").iter().filter_map(Entry::cause_ordinal).collect();
        assert_eq!(causes, [2, 4, 5, 6, 7, 8], "each kept once, after a restart too");
        // Another life of the scanner comes to the same place from the bars alone.
        scanner.kill_and_restart(&broker);
        put(&mut bars, "bars/1", codec::encode(&good_bars(4 + life))).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_price_that_is_no_number_fails_its_symbol_and_not_the_session() {
    let broker = Broker::start();
    succeed(&broker, &["init"]);
    let _scanner = Process::start(&broker, "scanner");
    let (bus, key) = (broker.bus().await, Key::live("v").expect("a key"));
    let subject = names::bars_subject(&key);
    let mut bars = publish::Publisher::attach(&bus, names::BARS, &subject, &key, "test").await.expect("attach");
    let mut odd = good_bars(1);
    odd.stocks.close[0] = f64::NAN;
    odd.stocks.volume[1] = -5.0;
    put(&mut bars, "bars/1", codec::encode(&odd)).await;
    let entry = eventually_async("a scan", PATIENCE, async || {
        history::last(&bus, names::SCANS, &names::scan_subject(&key)).await.ok()?
    })
    .await;
    let scan = Scan::decode(&entry.body).expect("a scan");
    assert_eq!(scan.symbols.iter().collect::<Vec<_>>(), ["CCC"]);
    let failed: Vec<_> = scan.failed.iter().flat_map(|failed| failed.symbols.iter()).collect();
    assert_eq!((failed, scan.listed), (vec!["AAA", "BBB"], 3));
}

#[test]
fn a_submitted_scan_with_faults_is_refused_field_by_field_and_nothing_is_published() {
    let broker = Broker::start();
    succeed(&broker, &["init"]);
    let file = broker.folder().join("scan.json");
    let rows =
        r#"[{"symbol":"A B","side":"long"},{"symbol":"BBB","side":"up"},{"symbol":"CCC","side":"long","close":-1}]"#;
    std::fs::write(&file, format!(r#"{{"universe":"u","session":"2024-01-04","rows":{rows}}}"#)).expect("a file");
    let output = bellwether(&broker, &["scan", "submit", file.to_str().expect("a path")]);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    for field in ["rows[0].symbol", "rows[1].side", "rows[2].close"] {
        assert!(errors.contains(field), "{field} is not named in: {errors}");
    }
    let many: String = (0..100_000).map(|i| format!("S{i:06},long\n")).collect();
    let file = broker.folder().join("many.csv");
    std::fs::write(&file, format!("symbol,side\n{many}")).expect("a file");
    let path = file.to_str().expect("a path");
    let output = bellwether(&broker, &["scan", "submit", path, "--universe", "u", "--session", "2024-01-04"]);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && errors.contains("20000"), "{errors}");
    let good = broker.folder().join("good.csv");
    std::fs::write(&good, "symbol,side,close,previous close,volume\nAAA,long,10,9,100\nBBB,,5,6,10\n").expect("a file");
    let path = good.to_str().expect("a path");
    succeed(&broker, &["scan", "submit", path, "--universe", "u", "--session", "2024-01-04"]);
}

//! What is said of a session never depends on a later one: a prefix of the bars gives the same bytes as the whole.

use bellwether_breadth::BreadthWorker;
use bellwether_index::IndexWorker;
use bellwether_position::PositionWorker;
use bellwether_regime::RegimeWorker;
use bellwether_scanner::{Scanner, sample::Sample, sources};
use bellwether_schemas::{Bars, Ordinal, Scan, Status, Stored, codec};
use bellwether_tests::shared_data;
use bellwether_timeframe::TimeframeWorker;
use bellwether_worker::{Carry, Event, Verdict, Worker, decide};
use serde::de::IgnoredAny;

/// One worker and where it stands.
struct Fold<W: Worker> {
    worker: W,
    carry: Carry<W::State>,
}

impl<W: Worker + Default> Fold<W> {
    fn new() -> Self {
        Self { worker: W::default(), carry: Carry::default() }
    }

    fn take(&mut self, ordinal: Ordinal, body: &[u8], scan: &Scan) -> Vec<u8> {
        let event = Event { ordinal, body, scan: Ok(scan), deaths: None };
        let Verdict::Put { body, carry, .. } = decide(&self.worker, &self.carry, &event) else {
            panic!("{} did not take ordinal {ordinal}", W::NAME)
        };
        self.carry = carry;
        body
    }
}

/// Scan and results of every session, as bytes.
fn fold(universe: &str, bars: impl Iterator<Item = Bars>) -> Vec<[Vec<u8>; 6]> {
    let mut scanner = Scanner::new(universe);
    let (mut regime, mut position) = (Fold::<RegimeWorker>::new(), Fold::<PositionWorker>::new());
    let (mut breadth, mut index) = (Fold::<BreadthWorker>::new(), Fold::<IndexWorker>::new());
    let mut timeframe = Fold::<TimeframeWorker>::new();
    (1..)
        .zip(bars)
        .map(|(ordinal, bars)| {
            let scan = scanner.fold(ordinal, &bars).expect("a scan");
            let body = codec::encode(&scan);
            // Workers see what travelled, not what was in memory.
            let scan = Scan::decode(&body).expect("a scan that reads back");
            let regime = regime.take(ordinal, &body, &scan);
            let breadth = breadth.take(ordinal, &body, &scan);
            let position = position.take(ordinal, &regime, &scan);
            let index = index.take(ordinal, &breadth, &scan);
            let timeframe = timeframe.take(ordinal, &body, &scan);
            [body, regime, position, timeframe, breadth, index]
        })
        .collect()
}

const NAMES: [&str; 6] = ["scan", "regime", "position", "timeframe", "breadth", "index"];
/// A stored result stays under this, so that the chain stays quick.
const MOST: usize = 16 << 10;

fn assert_no_look_ahead(universe: &str, bars: &[Bars], prefix: usize) {
    let whole = fold(universe, bars.iter().cloned());
    let part = fold(universe, bars[..prefix].iter().cloned());
    for (at, (whole, part)) in whole.iter().zip(&part).enumerate() {
        for (name, (whole, part)) in NAMES.iter().zip(whole.iter().zip(part)) {
            assert!(whole == part, "{name} of ordinal {} knows what comes later", at + 1);
        }
    }
    for (at, results) in whole.iter().enumerate() {
        for (name, body) in NAMES.iter().zip(results).skip(1) {
            assert!(body.len() < MOST, "{name} of ordinal {}: {} bytes", at + 1, body.len());
            let stored: Stored<IgnoredAny, IgnoredAny> = codec::decode(body).expect("a stored value");
            assert_eq!(stored.status, Status::Ok, "{name} of ordinal {}: {:?}", at + 1, stored.reason);
        }
    }
}

#[test]
fn no_worker_looks_ahead_on_the_made_up_market() {
    let bars: Vec<_> = Sample::new().take(420).collect();
    assert_no_look_ahead("sample", &bars, 300);
}

#[test]
fn no_worker_looks_ahead_on_real_bars() {
    let Some(data) = shared_data() else { return };
    let mut options = sources::Options::new("us_broad", "XNYS");
    options.adjusted = true;
    options.benchmarks = Some(data.join("indexes.csv.zst"));
    let import = sources::read(&[data.join("us-broad/daily.csv.zst")], &options, &mut ()).expect("bars");
    let bars: Vec<_> = import.sessions().collect();
    assert_eq!(bars.len(), 1510);
    assert_no_look_ahead("us_broad", &bars, 900);
}

//! Whatever is eligible makes a scan that every worker can read.

mod shared;

use bellwether_scanner::Scanner;
use bellwether_schemas::{Date, Scan, bars::Bar, codec};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// Prices from the ordinary to the absurd, the smallest and largest numbers there are included.
fn price() -> impl Strategy<Value = f64> {
    prop_oneof![
        6 => 1.0..500.0_f64,
        1 => Just(0.0),
        1 => Just(f64::MAX),
        1 => Just(f64::MIN_POSITIVE),
        1 => Just(5e-324),
        1 => prop::num::f64::POSITIVE,
    ]
}

fn bar() -> impl Strategy<Value = Bar> {
    (price(), price(), price(), price(), price())
        .prop_map(|(open, high, low, close, volume)| Bar { open, high, low, close, volume })
        .prop_filter("eligible", |bar| bar.eligible().is_ok())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_scan_holds_a_number_that_is_none(
        days in prop::collection::vec(prop::collection::btree_map("[A-D]", bar(), 1..5), 1..120)
    ) {
        let mut scanner = Scanner::new("u");
        let mut day = Date::constant(2020, 1, 1);
        for (ordinal, bars) in (1..).zip(&days) {
            day = day.tomorrow().unwrap();
            let bars: BTreeMap<String, Bar> = bars.clone();
            let mut session = shared::session("u", day, &bars);
            session.benchmarks = session.stocks.clone();
            let scan = scanner.fold(ordinal, &session).unwrap();
            prop_assert_eq!(&Scan::decode(&codec::encode(&scan)).unwrap(), &scan);
            prop_assert_eq!(scan.symbols.len(), bars.len());
        }
    }
}

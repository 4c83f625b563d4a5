//! What holds for any valid scans.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod shared;

use bellwether_schemas::{
    Date, Scan, codec,
    fixture::{intraday, moved, scan, with_hits},
    scan::Benchmark,
};
use bellwether_timeframe::TimeframeWorker;
use bellwether_worker::{Carry, load};
use proptest::{collection::vec, prelude::*};
use serde_json::Value;
use shared::{fold, put};

fn any_price() -> impl Strategy<Value = f64> {
    prop_oneof![8 => 0.1..1e4, 1 => Just(f64::MAX), 1 => Just(5e-324), 1 => Just(10.0)]
}

prop_compose! {
    fn any_benchmark()(symbol in "[A-D]", prices in prop::array::uniform4(any_price()), negative in any::<bool>()) -> Benchmark {
        let [open, high, low, close] = prices;
        let low = if negative { -low } else { low };
        Benchmark { open, high, low, ..bellwether_schemas::fixture::benchmark(&symbol, &[close]) }
    }
}

fn any_return() -> impl Strategy<Value = Option<f64>> {
    prop_oneof![8 => (-0.1..0.1).prop_map(Some), 1 => Just(None), 1 => Just(Some(f64::MAX)), 1 => Just(Some(f64::MIN))]
}

prop_compose! {
    fn any_day()(
        benchmarks in vec(any_benchmark(), 0..4), change in any_return(), hits in (0..9_u32, 0..9_u32),
        closed in prop::bool::weighted(0.8), gap in 1..9_i64, exchange in prop_oneof!["XNYS", "XNSE", "NONE"],
    ) -> (Scan, i64) {
        let mut scan = with_hits(scan(1, &moved(12, 9, 1)), hits.0, hits.1);
        (scan.benchmarks, scan.mean_log_return, scan.exchange) = (benchmarks, change, exchange);
        (if closed { scan } else { intraday(scan, 30) }, gap)
    }
}

/// Days in order, some of them no sessions of their exchange.
fn any_scans() -> impl Strategy<Value = Vec<Scan>> {
    let ordered = |days: Vec<(Scan, i64)>| {
        let (mut date, mut as_of) = (Date::constant(2020, 1, 1), days[0].0.as_of);
        let follow = |((scan, gap), ordinal): ((Scan, i64), u64)| {
            date = date.saturating_add(std::time::Duration::from_secs(gap as u64 * 86_400));
            as_of = as_of.max(format!("{date}T21:00:00Z").parse().unwrap());
            let scan = Scan { session: date, as_of, ordinal, ..scan };
            assert_eq!(scan.check(), Ok(()));
            scan
        };
        days.into_iter().zip(1..).map(follow).collect()
    };
    vec(any_day(), 1..120).prop_map(ordered)
}

/// A null without its reason is either undocumented or was NaN or infinite.
fn every_null_has_its_reason(value: &Value) {
    match value {
        Value::Object(map) => {
            for (name, value) in map {
                let reason = map.get(&format!("{name}_reason"));
                if !name.ends_with("_reason") {
                    assert_eq!(value.is_null(), reason.is_some_and(Value::is_string), "{name} in {map:?}");
                }
                if let (Some(value), true) = (value.as_f64(), name == "strength" || name == "direction") {
                    assert!((-1.0..=1.0).contains(&value), "{name} is {value}");
                }
                every_null_has_its_reason(value);
            }
        }
        Value::Array(items) => items.iter().for_each(every_null_has_its_reason),
        Value::Number(number) => assert!(number.as_f64().is_some_and(f64::is_finite)),
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_valid_scan_makes_a_nan_a_panic_or_a_null_without_a_reason(scans in any_scans()) {
        let mut carry = Carry::default();
        for scan in &scans {
            every_null_has_its_reason(&serde_json::to_value(&fold(&mut carry, scan).parts).unwrap());
        }
    }

    #[test]
    fn a_completed_bar_never_changes_and_each_session_is_in_one_at_most(scans in any_scans()) {
        let mut carry = Carry::default();
        let mut last: Option<bellwether_schemas::timeframe::Bar> = None;
        for scan in scans.iter().filter(|scan| scan.basis == bellwether_schemas::Basis::Close) {
            let scan = Scan { ordinal: carry.ordinal + 1, ..scan.clone() };
            let Some(bar) = fold(&mut carry, &scan).parts.unwrap().weekly.universe.completed else { continue };
            if let Some(before) = last {
                prop_assert!(bar == before || bar.from > before.to);
            }
            last = Some(bar);
        }
    }

    #[test]
    fn a_fold_resumed_anywhere_gives_the_same_bytes(scans in any_scans()) {
        let (mut carry, mut resumed) = (Carry::default(), Carry::default());
        for scan in &scans {
            let body = put(&mut carry, scan);
            prop_assert_eq!(codec::digest(&put(&mut resumed, scan)), codec::digest(&body));
            resumed = load::<TimeframeWorker>(scan.ordinal, &body).unwrap();
        }
    }
}

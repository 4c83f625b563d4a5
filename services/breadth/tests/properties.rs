//! What holds for any valid scans.

use bellwether_breadth::{BreadthWorker, State};
use bellwether_schemas::{
    Scan,
    fixture::{Row, intraday, scan},
};
use bellwether_worker::{Carry, Event, OnScan, Verdict, Worker, decide, load};
use proptest::{collection::vec, prelude::*};
use serde_json::Value;

fn any_volume() -> impl Strategy<Value = f64> {
    prop_oneof![Just(0.0), Just(f64::MAX), Just(5e-324), 0.0..1e12]
}

prop_compose! {
    fn any_row()(
        flags in any::<u32>(), previous in any::<u32>(), close in prop_oneof![Just(f64::MAX), 1e-9..1e6],
        volume in any_volume(), sector in prop_oneof![0..11_u8, Just(255)],
    ) -> Row {
        Row { flags, previous, close, volume, sector }
    }
}

fn any_scans() -> impl Strategy<Value = Vec<Scan>> {
    vec((vec(any_row(), 1..90), 0..60_u32, any::<bool>()), 1..20)
        .prop_map(|parts| parts.into_iter().zip(1..).map(build).collect())
}

fn build(((rows, missing, closed), ordinal): ((Vec<Row>, u32, bool), u64)) -> Scan {
    let mut scan = scan(ordinal, &rows);
    scan.listed += missing;
    let scan = if closed { scan } else { intraday(scan, 30) };
    assert_eq!(scan.check(), Ok(()));
    scan
}

fn folded(carry: &Carry<State>, scan: &Scan) -> (Vec<u8>, Carry<State>) {
    let event = Event { ordinal: scan.ordinal, body: &[], scan: Ok(scan), deaths: None };
    match decide(&BreadthWorker::default(), carry, &event) {
        Verdict::Put { body, carry, rejected: None } => (body, carry),
        other => panic!("{other:?}"),
    }
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
                every_null_has_its_reason(value);
            }
        }
        Value::Array(items) => items.iter().for_each(every_null_has_its_reason),
        Value::Number(number) => assert!(number.as_f64().is_some_and(f64::is_finite)),
        _ => {}
    }
}

fn shares_are_within_bounds(value: &Value) {
    let Value::Object(map) = value else { return };
    for (name, value) in map {
        if let (Some(share), true, false) = (value.as_f64(), name.ends_with("_share"), name.starts_with("change")) {
            assert!((0.0..=1.0).contains(&share), "{name} is {share}");
        }
        shares_are_within_bounds(value);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn no_valid_scan_makes_a_nan_a_panic_or_a_null_without_a_reason(scans in any_scans()) {
        let mut state = None;
        for scan in &scans {
            let step = BreadthWorker::default().step(state.as_ref(), &OnScan, scan).unwrap();
            let output = serde_json::to_value(&step.output).unwrap();
            every_null_has_its_reason(&output);
            shares_are_within_bounds(&output);
            state = Some(step.state);
        }
    }

    #[test]
    fn a_fold_resumed_anywhere_gives_the_same_bytes(scans in any_scans()) {
        let (mut carry, mut resumed) = (Carry::default(), Carry::default());
        for scan in &scans {
            let (body, next) = folded(&carry, scan);
            prop_assert_eq!(&folded(&resumed, scan).0, &body);
            resumed = load::<BreadthWorker>(scan.ordinal, &body).unwrap();
            carry = next;
        }
    }
}

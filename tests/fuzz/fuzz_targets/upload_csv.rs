//! An uploaded scan as CSV.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let heading = bellwether_scanner::foreign::Heading {
        universe: Some("u".to_owned()),
        session: Some("2024-03-14".to_owned()),
        ..Default::default()
    };
    let _ = bellwether_scanner::foreign::parse_csv(bytes, &heading);
});

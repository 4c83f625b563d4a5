//! An uploaded scan as JSON.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = bellwether_scanner::foreign::parse_json(bytes);
});

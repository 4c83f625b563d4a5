//! Bars from their log.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = bellwether_schemas::Bars::decode(bytes);
});

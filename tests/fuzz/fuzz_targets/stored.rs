//! A worker's result, as the gateway reads any of them.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = bellwether_gateway::entry::decode(bytes);
});

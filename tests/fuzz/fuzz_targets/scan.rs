//! A scan from its log.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(scan) = bellwether_schemas::Scan::decode(bytes) {
        let again = bellwether_schemas::codec::encode(&scan);
        assert!(bellwether_schemas::Scan::decode(&again).is_ok());
    }
});

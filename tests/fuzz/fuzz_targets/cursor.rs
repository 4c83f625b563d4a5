//! `Last-Event-ID` and `?since=`.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(vector) = text.parse::<bellwether_gateway::vector::Vector>() {
        assert_eq!(vector.to_string().parse(), Ok(vector));
    }
});

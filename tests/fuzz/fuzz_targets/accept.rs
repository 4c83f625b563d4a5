//! The `Accept` header.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    bellwether_gateway::parsers::accept(text);
});

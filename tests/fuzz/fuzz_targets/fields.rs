//! `?fields=` of a series.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    bellwether_gateway::parsers::fields(text);
});

//! Tests of the whole product against a real broker.

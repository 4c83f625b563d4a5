//! MessagePack, one way in and one way out.

use crate::Refusal;
use serde::{Serialize, de::DeserializeOwned};

/// Encodes a value as MessagePack with named fields, so that fields can be added later.
///
/// # Panics
/// Never for the types of this crate: they hold only what MessagePack can say.
#[expect(clippy::expect_used, reason = "our own types always encode; a failure is a bug worth stopping at")]
pub fn encode<T: Serialize>(value: &T) -> Vec<u8> {
    rmp_serde::to_vec_named(value).expect("a wire type encodes")
}

/// Decodes MessagePack; unknown fields are ignored, bytes left over are not.
///
/// # Errors
/// Refuses what is truncated, of another shape, or followed by other bytes; the text says which field.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Refusal> {
    let mut reader = rmp_serde::Deserializer::from_read_ref(bytes);
    let value = T::deserialize(&mut reader)
        .map_err(|error| Refusal::new("body", error, "MessagePack of the schema named in the header"))?;
    match reader.get_ref().len() {
        0 => Ok(value),
        left => Err(Refusal::new("body", format!("followed by {left} bytes"), "one value and nothing after it")),
    }
}

/// 64-bit xxh3 of a body as 16 hexadecimal digits: tells at a glance whether two messages hold the same bytes.
pub fn digest(body: &[u8]) -> String {
    format!("{:016x}", xxhash_rust::xxh3::xxh3_64(body))
}

//! MessagePack, one way in and one way out.

use crate::Refusal;
use serde::{
    Deserialize, Serialize,
    de::{DeserializeOwned, IgnoredAny},
};
use std::io::ErrorKind;

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
    // Not `from_read_ref`: that one cannot say how much of the slice is left.
    let mut reader = rmp_serde::Deserializer::new(bytes);
    let value = T::deserialize(&mut reader)
        .map_err(|error| Refusal::new("body", error, "MessagePack of the schema named in the header"))?;
    match IgnoredAny::deserialize(&mut reader) {
        Err(rmp_serde::decode::Error::InvalidMarkerRead(end)) if end.kind() == ErrorKind::UnexpectedEof => Ok(value),
        _ => Err(Refusal::new("body", "followed by more", "one value and nothing after it")),
    }
}

/// 64-bit xxh3 of a body.
pub fn digest64(body: &[u8]) -> u64 {
    xxhash_rust::xxh3::xxh3_64(body)
}

/// [`digest64`] as 16 hexadecimal digits: tells at a glance whether two messages hold the same bytes.
pub fn digest(body: &[u8]) -> String {
    format!("{:016x}", digest64(body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_value_is_read_and_nothing_may_follow_or_be_missing() {
        let bytes = encode(&("text", 7_u8));
        assert_eq!(decode::<(String, u8)>(&bytes).unwrap(), ("text".to_owned(), 7));
        let longer = [&bytes[..], &[0xc0]].concat();
        assert_eq!(decode::<(String, u8)>(&longer).unwrap_err().value, "followed by more");
        assert!(decode::<(String, u8)>(&bytes[..bytes.len() - 1]).is_err());
        assert!(decode::<(String, u8)>(&[]).is_err());
    }
}

//! Packed columns: one `bin` of little-endian values.
//!
//! Decoding 5,000 rows of named maps costs more than the whole chain; packed columns cost a copy.

use serde::{Deserializer, Serialize, Serializer, de};
use std::{fmt, marker::PhantomData};

/// A fixed-width number that can stand in a packed column.
pub(crate) trait Cell: Sized + Copy {
    const WIDTH: usize;
    fn write(self, out: &mut Vec<u8>);
    fn read(bytes: &[u8]) -> Vec<Self>;
}

macro_rules! cell {
    ($($number:ty),*) => { $(
        impl Cell for $number {
            const WIDTH: usize = size_of::<$number>();

            fn write(self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_le_bytes());
            }

            fn read(bytes: &[u8]) -> Vec<Self> {
                let (cells, _) = bytes.as_chunks::<{ size_of::<$number>() }>();
                cells.iter().map(|&cell| Self::from_le_bytes(cell)).collect()
            }
        }
    )* };
}
cell!(u8, u16, u32, f64);

/// A column to be written.
pub(crate) struct Packed<'a, T>(pub(crate) &'a [T]);

impl<T: Cell> Serialize for Packed<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize(self.0, serializer)
    }
}

/// The values packed in `bytes`, whose length must be a multiple of their width.
pub(crate) fn cells<T: Cell>(bytes: &[u8]) -> Vec<T> {
    T::read(bytes)
}

pub(crate) fn serialize<T: Cell, S: Serializer>(column: &[T], serializer: S) -> Result<S::Ok, S::Error> {
    let mut bytes = Vec::with_capacity(column.len() * T::WIDTH);
    column.iter().for_each(|&cell| cell.write(&mut bytes));
    serializer.serialize_bytes(&bytes)
}

pub(crate) fn deserialize<'de, T: Cell, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    struct Bytes<T>(PhantomData<T>);
    impl<T: Cell> de::Visitor<'_> for Bytes<T> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "packed little-endian values of {} bytes", T::WIDTH)
        }

        fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Vec<T>, E> {
            if !bytes.len().is_multiple_of(T::WIDTH) {
                return Err(E::invalid_length(bytes.len(), &self));
            }
            Ok(cells(bytes))
        }
    }
    deserializer.deserialize_bytes(Bytes(PhantomData))
}

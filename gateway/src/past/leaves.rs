//! The plain values of a result, each with its path; the rest of it is passed over.

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use std::{fmt, sync::Arc};

const DEEPEST: usize = 8;
/// Items of a list beyond this one are no columns.
const ITEMS: usize = 32;
/// A longer text is a sentence, not a value to be charted.
const LONGEST_TEXT: usize = 64;
const MOST: usize = 4000;

/// A value that can stand in a column.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Arc<str>),
}

impl Cell {
    /// As a number, where it is one.
    pub(crate) fn number(&self) -> Option<f64> {
        match self {
            Self::Int(value) => Some(*value as f64),
            Self::Float(value) => Some(*value),
            Self::Null | Self::Bool(_) | Self::Text(_) => None,
        }
    }
}

impl Serialize for Cell {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_none(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Int(value) => serializer.serialize_i64(*value),
            Self::Float(value) => serializer.serialize_f64(*value),
            Self::Text(value) => serializer.serialize_str(value),
        }
    }
}

/// Paths like `current.posterior.choppy` or `sma.averages.0.share`, with their values.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Leaves(pub(crate) Vec<(String, Cell)>);

impl<'de> Deserialize<'de> for Leaves {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut leaves = Self::default();
        let mut path = String::new();
        Walk { path: &mut path, depth: 0, leaves: &mut leaves.0 }.deserialize(deserializer)?;
        Ok(leaves)
    }
}

struct Walk<'a> {
    path: &'a mut String,
    depth: usize,
    leaves: &'a mut Vec<(String, Cell)>,
}

impl Walk<'_> {
    fn keep<E>(self, cell: Cell) -> Result<(), E> {
        if self.depth > 0 && self.leaves.len() < MOST {
            self.leaves.push((self.path.clone(), cell));
        }
        Ok(())
    }

    /// Goes one step down; the path is as it was afterwards.
    fn below<E>(&mut self, step: &str, go: impl FnOnce(Walk<'_>) -> Result<(), E>) -> Result<(), E> {
        let length = self.path.len();
        if length > 0 {
            self.path.push('.');
        }
        self.path.push_str(step);
        let result = go(Walk { path: self.path, depth: self.depth + 1, leaves: self.leaves });
        self.path.truncate(length);
        result
    }
}

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        if self.depth > DEEPEST || self.leaves.len() >= MOST {
            return IgnoredAny::deserialize(deserializer).map(drop);
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a result")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<String>()? {
            self.below(&name, |walk| map.next_value_seed(walk))?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        let mut index = 0;
        loop {
            if index >= ITEMS {
                while items.next_element::<IgnoredAny>()?.is_some() {}
                return Ok(());
            }
            let mut more = false;
            self.below(&index.to_string(), |walk| {
                more = items.next_element_seed(walk)?.is_some();
                Ok(())
            })?;
            if !more {
                return Ok(());
            }
            index += 1;
        }
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.keep(Cell::Null)
    }

    fn visit_none<E>(self) -> Result<(), E> {
        self.keep(Cell::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.keep(Cell::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.keep(Cell::Int(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        self.keep(i64::try_from(value).map_or(Cell::Float(value as f64), Cell::Int))
    }

    /// What JSON cannot say is null there, and so here.
    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        self.keep(if value.is_finite() { Cell::Float(value) } else { Cell::Null })
    }

    fn visit_str<E>(self, value: &str) -> Result<(), E> {
        if value.len() > LONGEST_TEXT {
            return Ok(());
        }
        self.keep(Cell::Text(value.into()))
    }

    fn visit_bytes<E>(self, _: &[u8]) -> Result<(), E> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bellwether_schemas::codec;
    use serde_json::json;

    #[test]
    fn every_plain_value_has_a_path_and_the_rest_is_passed_over() {
        let parts = json!({
            "current": {"n": 3, "class": "uptrend", "trin": null, "up": true, "share": 0.5, "say": "x".repeat(65)},
            "sma": {"averages": [{"n": 5}, {"n": 10}]},
            "empty": {"list": [], "map": {}},
        });
        let leaves: Leaves = codec::decode(&codec::encode(&parts)).unwrap();
        let found: Vec<_> = leaves.0.iter().map(|(path, cell)| (path.as_str(), json!(cell))).collect();
        let expected = [
            ("current.n", json!(3)),
            ("current.class", json!("uptrend")),
            ("current.trin", json!(null)),
            ("current.up", json!(true)),
            ("current.share", json!(0.5)),
            ("sma.averages.0.n", json!(5)),
            ("sma.averages.1.n", json!(10)),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn what_is_deep_or_long_is_cut_and_the_rest_still_read() {
        let deep = (0..40).fold(json!(1), |inner, _| json!({"a": inner}));
        let parts = json!({"deep": deep, "long": vec![1; 100], "after": {"n": 1}});
        let leaves: Leaves = codec::decode(&codec::encode(&parts)).unwrap();
        assert_eq!(leaves.0.iter().filter(|(path, _)| path.starts_with("long.")).count(), ITEMS);
        assert_eq!(leaves.0.last().unwrap(), &("after.n".to_owned(), Cell::Int(1)));
        assert!(!leaves.0.iter().any(|(path, _)| path.starts_with("deep")));
    }
}

//! Query parameters. An unknown one is refused: ignoring `?at=` would answer another question than was asked.

use crate::{past::At, problem::Problem};
use axum::{
    extract::{FromRequestParts, Query},
    http::{Uri, request::Parts},
};
use bellwether_schemas::{Key, Refusal, key};
use std::collections::BTreeMap;

/// Query parameters by name, each at most once.
#[derive(Debug, Clone, Default)]
pub(crate) struct Parameters(pub(crate) BTreeMap<String, String>);

impl<S: Send + Sync> FromRequestParts<S> for Parameters {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Self::read(&parts.uri)
    }
}

impl Parameters {
    /// Reads the query of an address.
    pub(crate) fn read(uri: &Uri) -> Result<Self, Problem> {
        let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(uri)
            .map_err(|error| Problem::bad("bad_parameter", Refusal::new("query", error, "name=value pairs")))?;
        let mut found = BTreeMap::new();
        for (name, value) in pairs {
            if found.contains_key(&name) {
                return Err(Problem::bad("bad_parameter", Refusal::new(name, "given twice", "once")));
            }
            found.insert(name, value);
        }
        Ok(Self(found))
    }

    /// Refuses every name not in `known`.
    pub(crate) fn only(&self, known: &[&str]) -> Result<(), Problem> {
        match self.0.keys().find(|name| !known.contains(&name.as_str())) {
            None => Ok(()),
            Some(name) => Err(Problem::bad(
                "unknown_parameter",
                Refusal::new("parameter", name, format!("one of {}", known.join(", "))),
            )),
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The lane asked for; the running market's by default.
    pub(crate) fn lane(&self) -> Result<&str, Problem> {
        check_token("lane", self.get("lane").unwrap_or(key::LIVE))
    }

    /// The instant asked for; now when there is none.
    pub(crate) fn at(&self) -> Result<Option<At>, Problem> {
        self.instant("at")
    }

    /// A parameter that names a scan.
    pub(crate) fn instant(&self, name: &str) -> Result<Option<At>, Problem> {
        let Some(text) = self.get(name) else { return Ok(None) };
        let refused = |refusal| Problem::bad("bad_parameter", Refusal { field: name.to_owned(), ..refusal });
        text.parse().map(Some).map_err(refused)
    }

    /// A whole number of `range`.
    pub(crate) fn number(&self, name: &str, range: std::ops::RangeInclusive<usize>) -> Result<Option<usize>, Problem> {
        let Some(text) = self.get(name) else { return Ok(None) };
        let plain = text.bytes().all(|byte| byte.is_ascii_digit());
        match text.parse().ok().filter(|number| plain && range.contains(number)) {
            Some(number) => Ok(Some(number)),
            None => {
                let expected = format!("{} to {}", range.start(), range.end());
                Err(Problem::bad("bad_parameter", Refusal::new(name, format!("{text:?}"), expected)))
            }
        }
    }

    /// The universe asked for.
    pub(crate) fn universe(&self) -> Result<Option<&str>, Problem> {
        self.get("universe").map(|universe| check_token("universe", universe)).transpose()
    }
}

/// Checks a lane or a universe.
pub(crate) fn check_token<'a>(field: &str, token: &'a str) -> Result<&'a str, Problem> {
    match Key::live(token) {
        Ok(_) => Ok(token),
        Err(refusal) => Err(Problem::bad("bad_parameter", Refusal { field: field.to_owned(), ..refusal })),
    }
}

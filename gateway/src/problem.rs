//! Errors as RFC 9457 problem details.

use crate::entry::Entry;
use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use bellwether_schemas::{Ordinal, Refusal, Timestamp};
use serde::{Serialize, Serializer};

/// What went wrong, for a program (`code`, `field`) and for a person (`detail`).
#[derive(Debug, Clone)]
pub(crate) struct Problem(Box<Details>);

#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Problem"))]
pub(crate) struct Details {
    r#type: String,
    title: &'static str,
    status: u16,
    /// Stable name of the kind of problem.
    code: &'static str,
    detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<String>,
    /// What exists, when something was not found.
    #[serde(skip_serializing_if = "Option::is_none")]
    available: Option<Vec<String>>,
    /// One per field that was refused.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Refusal>,
    /// The newest value that is known, when the one asked for cannot be had.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_good: Option<LastGood>,
}

#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct LastGood {
    ordinal: Ordinal,
    scan: Option<String>,
    revision: u64,
    as_of: Option<Timestamp>,
    age_seconds: Option<i64>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self(Box::new(Details {
            r#type: format!("urn:bellwether:problem:{code}"),
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            code,
            detail: detail.into(),
            field: None,
            value: None,
            expected: None,
            available: None,
            errors: Vec::new(),
            last_good: None,
        }))
    }

    /// Something named in the request does not exist; says what does.
    pub(crate) fn not_found(
        code: &'static str,
        field: &str,
        value: &str,
        available: impl IntoIterator<Item = String>,
    ) -> Self {
        let available: Vec<_> = available.into_iter().collect();
        let expected =
            if available.is_empty() { "nothing: there is none yet".to_owned() } else { available.join(", ") };
        let mut problem = Self::refused(StatusCode::NOT_FOUND, code, Refusal::new(field, value, expected));
        problem.0.detail = format!("there is no {field} {:?}", problem.0.value.as_deref().unwrap_or_default());
        problem.0.available = Some(available);
        problem
    }

    /// A field of the request is wrong.
    pub(crate) fn bad(code: &'static str, refusal: Refusal) -> Self {
        Self::refused(StatusCode::BAD_REQUEST, code, refusal)
    }

    /// A refusal under another status.
    pub(crate) fn refused(status: StatusCode, code: &'static str, refusal: Refusal) -> Self {
        let mut problem = Self::new(status, code, refusal.to_string());
        problem.0.field = Some(refusal.field);
        problem.0.value = Some(refusal.value);
        problem.0.expected = Some(refusal.expected);
        problem
    }

    pub(crate) fn unavailable(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, code, detail)
    }

    /// Replaces the sentence for people.
    pub(crate) fn explained(mut self, detail: String) -> Self {
        self.0.detail = detail;
        self
    }

    /// Says what exists.
    pub(crate) fn with_available(mut self, available: impl IntoIterator<Item = String>) -> Self {
        self.0.available = Some(available.into_iter().collect());
        self
    }

    /// Adds what is known at least, and how old it is.
    pub(crate) fn with_last_good(mut self, newest: &Entry, now: Timestamp) -> Self {
        let scan = &newest.head.scan;
        self.0.last_good = Some(LastGood {
            ordinal: scan.ordinal,
            scan: scan.id.clone(),
            revision: newest.head.revision,
            as_of: scan.as_of,
            age_seconds: scan.as_of.map(|as_of| crate::api::age_seconds(as_of, now)),
        });
        self
    }

    pub(crate) fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    pub(crate) fn with_errors(mut self, errors: Vec<Refusal>) -> Self {
        self.0.errors = errors;
        self
    }
}

impl Serialize for Problem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.status();
        let mut response = (status, Json(self.0)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

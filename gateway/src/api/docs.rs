//! What can be asked, for programs and for people: `GET /api/openapi.json`, `GET /api/docs`.

mod page;

use super::envelope::answer_as;
use axum::{http::HeaderMap, response::Response};
use bellwether_schemas::codec;
use serde_json::Value;
use std::sync::LazyLock;

/// As it is committed; a test keeps it equal to the code.
const DESCRIPTION: &str = include_str!("../../../docs/openapi.json");

static TAG: LazyLock<String> = LazyLock::new(|| codec::digest(DESCRIPTION.as_bytes()));
static PAGE: LazyLock<String> = LazyLock::new(|| {
    let description: Value = serde_json::from_str(DESCRIPTION).unwrap_or_default();
    page::render(&description)
});

/// `GET /api/openapi.json`
pub(super) async fn description(request: HeaderMap) -> Response {
    answer_as("application/json", &request, &TAG, || DESCRIPTION.into())
}

/// `GET /api/docs`: plain HTML, without a script.
pub(super) async fn people(request: HeaderMap) -> Response {
    answer_as("text/html; charset=utf-8", &request, &TAG, || PAGE.clone().into_bytes())
}

/// `GET /api/docs.css`
pub(super) async fn style(request: HeaderMap) -> Response {
    answer_as("text/css; charset=utf-8", &request, &codec::digest(STYLE.as_bytes()), || STYLE.into())
}

const STYLE: &str = include_str!("docs.css");

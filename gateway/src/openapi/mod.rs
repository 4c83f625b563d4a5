//! The description of the API, `docs/openapi.json`: generated from one table of routes and the types they answer with.
//!
//! It is built by the tests alone. The gateway serves the file as it was committed, and a test fails when it is not what
//! the table gives: `BELLWETHER_BLESS=1 cargo test -p bellwether-gateway openapi` writes it anew.

mod envelope;
mod parameter;
mod route;
mod routes;

use crate::{Backend, Board, GatewayOptions, memory::MemoryLogs, protect::Paces, server};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, StatusCode, header::CONTENT_TYPE},
    response::Response,
};
use route::Schemas;
use routes::SECTIONS;
use serde_json::{Map, Value, json};
use std::{collections::BTreeSet, fs, path::PathBuf, sync::Arc};
use tower::ServiceExt as _;

const ABOUT: &str = "The newest result of every worker of Bellwether, its past, and the state of the system.\n\n\
    Everything under `/api` is also under `/api/v2`. Every failure is a problem (RFC 9457) with a stable `code`; a value \
    that is missing is null, with the reason beside it in `<name>_reason`, and never a number. `at` asks for an instant of \
    the past and answers in the same form. Answers carry an ETag made of the revision; ask with `If-None-Match`.";

fn document() -> Value {
    let mut schemas = Schemas::new();
    let routes = routes::all(&mut schemas);
    let mut paths = Map::new();
    for route in routes {
        let item = paths.entry(route.path.clone()).or_insert_with(|| json!({}));
        let method = route.method;
        item[method] = route.operation();
    }
    let again: Vec<_> =
        paths.keys().filter_map(|path| Some((path.clone(), path.strip_prefix("/api")?.to_owned()))).collect();
    for (path, rest) in again {
        let pointer = path.replace('~', "~0").replace('/', "~1");
        paths.insert(format!("/api/v2{rest}"), json!({"$ref": format!("#/paths/{pointer}")}));
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Bellwether",
            "version": "2",
            "summary": "A live picture of a stock market's internals.",
            "description": ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": routes::TAGS.map(|(name, description)| json!({"name": name, "description": description})),
        "paths": paths,
        "components": {"responses": route::everywhere(), "schemas": schemas.definitions()},
    })
}

fn repository(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

#[test]
fn the_committed_description_is_what_the_code_says() {
    let text = format!("{}\n", serde_json::to_string_pretty(&document()).unwrap());
    let file = repository("docs/openapi.json");
    if std::env::var_os("BELLWETHER_BLESS").is_some() {
        fs::write(&file, &text).unwrap();
    }
    let same = fs::read_to_string(&file).is_ok_and(|committed| committed == text);
    assert!(same, "docs/openapi.json differs: BELLWETHER_BLESS=1 cargo test -p bellwether-gateway openapi");
}

/// Paths that the sources hand to a router.
fn handed_to_routers() -> BTreeSet<String> {
    let mut found = BTreeSet::from(["/login".to_owned(), "/stream".to_owned()]);
    for file in sources(&repository("gateway/src")) {
        let text = fs::read_to_string(&file).unwrap();
        let paths = text.split(".route(\"").skip(1).filter_map(|rest| rest.split('"').next());
        found.extend(paths.map(str::to_owned));
    }
    found
}

fn sources(folder: &std::path::Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .filter(|path| !path.ends_with("openapi"))
        .flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect()
}

/// All routes of a gateway that has heard nothing.
fn router() -> Router {
    let listen = "127.0.0.1:0".parse().unwrap();
    let options = GatewayOptions { paces: Paces::UNLIMITED, ..GatewayOptions::new(listen) };
    let (board, history) = (Arc::new(Board::new(SECTIONS)), Arc::new(MemoryLogs::default()));
    let backend = Backend { board, history, submit: None, ops: Arc::default(), replays: None, lanes: None };
    let now = || "2024-03-14T20:00:42Z".parse().unwrap();
    server::router(server::Shared::new(options, backend, Default::default(), now))
}

/// Methods that the router has for a path, asked of the router itself.
async fn methods(router: &Router, path: &str) -> BTreeSet<&'static str> {
    let mut found = BTreeSet::new();
    let path = path
        .replace("{section}", "regime")
        .replace("{part}", "current")
        .replace("{scan}", "1")
        .replace("{lane}", "replay-1")
        .replace("{action}", "pause");
    for method in ["get", "post", "put", "patch", "delete"] {
        let request = Request::builder().method(&*method.to_uppercase()).uri(&path).header("host", "localhost");
        let response = router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        if is_there(&path, response).await {
            found.insert(method);
        }
    }
    found
}

async fn is_there(path: &str, response: Response) -> bool {
    let media = response.headers().get(CONTENT_TYPE).and_then(|media| media.to_str().ok()).unwrap_or_default();
    // The dashboard's own addresses are no part of the API.
    let page = media.starts_with("text/html") && !path.starts_with("/api") && path != "/login";
    if page || response.status() == StatusCode::METHOD_NOT_ALLOWED {
        return false;
    }
    if media != "application/problem+json" {
        return true;
    }
    let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    let code = serde_json::from_slice::<Value>(&body).unwrap()["code"].clone();
    !["unknown_route", "no_page", "unknown_section"].map(Value::from).contains(&code)
}

#[tokio::test]
async fn every_route_is_described_and_every_described_one_is_there() {
    let document = document();
    let paths = document["paths"].as_object().unwrap();
    let described = |path: &str| -> BTreeSet<String> {
        let item = paths.get(path).and_then(Value::as_object);
        item.into_iter().flat_map(|item| item.keys().cloned()).collect()
    };
    let router = router();
    let handed = handed_to_routers();
    assert!(handed.len() > 20, "only {handed:?} were found in the sources");
    for path in handed.iter().flat_map(|path| [path.clone(), format!("/api{}", path.trim_end_matches('/'))]) {
        // Sections and their parts are described one by one.
        if !["/", "/api/{section}", "/api/{section}/{part}", "/{section}", "/{section}/{part}"].contains(&path.as_str())
        {
            let there = methods(&router, &path).await;
            assert_eq!(described(&path), there.iter().map(|method| (*method).to_owned()).collect(), "{path}");
        }
    }
    for path in paths.keys() {
        let again = path.replacen("/api/v2", "/api", 1);
        let rest = again.strip_prefix("/api").map(|rest| if rest.is_empty() { "/" } else { rest });
        let known = handed.contains(&again) || rest.is_some_and(|rest| handed.contains(rest));
        let one_of_a_section = again.split('/').nth(2).is_some_and(|name| SECTIONS.contains(&name));
        assert!(known || one_of_a_section, "{path} is described and no router has it");
    }
}

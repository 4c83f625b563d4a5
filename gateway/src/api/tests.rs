use crate::{
    Accepted, Arrival, Backend, Board, Content, GatewayOptions, Log, NoHistory, Submit, SubmitError,
    fixtures::{rejected, stored},
    memory::MemoryLogs,
    past::Past,
    server::{App, Shared, router},
};
use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    http::{self, Request, StatusCode},
};
use bellwether_schemas::{Date, Key, Refusal, Stored, codec, names::header};
use jiff::Span;
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};
use tower::ServiceExt;

/// How long these logs may take. Those in memory answer at once, or never.
const LIMIT: Duration = Duration::from_millis(250);
const SECTIONS: [&str; 2] = ["regime", "breadth"];

/// A market day for each ordinal: 1 is 2024-03-01, and every day is one.
fn day(ordinal: u64) -> Date {
    Date::constant(2024, 3, 1).saturating_add(Span::new().days(ordinal as i64 - 1))
}

fn result(universe: &str, ordinal: u64) -> Vec<u8> {
    let mut stored: Stored<Value, Value> = codec::decode(&match ordinal {
        6 => rejected(ordinal, "bad"),
        n => stored(n, json!({"current": {"n": n, "deep": [n], "class": "choppy"}, "history": {"changes": []}})),
    })
    .unwrap();
    stored.scan.session = Some(day(ordinal));
    stored.scan.id = Some(format!("{universe}-{}", day(ordinal)));
    codec::encode(&stored)
}

/// A gateway that has heard `count` results of each section and universe.
struct World {
    board: Arc<Board>,
    logs: Arc<MemoryLogs>,
    app: Router,
}

impl World {
    fn of(count: u64) -> Self {
        let (board, logs) = (Arc::new(Board::new(SECTIONS)), Arc::new(MemoryLogs::default()));
        let options = GatewayOptions::new("127.0.0.1:0".parse().unwrap());
        let backend = Backend {
            board: board.clone(),
            history: logs.clone(),
            submit: None,
            ops: Arc::default(),
            replays: None,
            lanes: None,
        };
        let now = || "2024-03-14T20:00:42Z".parse().unwrap();
        let mut shared = Shared::new(options, backend, Default::default(), now);
        Arc::get_mut(&mut shared).unwrap().past = Past::with_limit(logs.clone(), LIMIT);
        let app = router(shared);
        for section in SECTIONS {
            board.reset(section, "e");
            board.current(section);
        }
        let world = Self { board, logs, app };
        for ordinal in 1..=count {
            for (section, universe) in [("regime", "sp500"), ("regime", "us-broad"), ("breadth", "sp500")] {
                world.put(section, universe, ordinal);
            }
        }
        world
    }

    fn put(&self, section: &str, universe: &str, ordinal: u64) {
        let (key, body) = (Key::live(universe).unwrap(), Bytes::from(result(universe, ordinal)));
        let headers = [(header::SCHEMA.to_owned(), "regime/1".to_owned())].into();
        let revision = self.logs.append(&Log::Results(section.into()), &key, headers, body.clone());
        self.board.put(section, Arrival { key, revision, body }).unwrap();
    }

    async fn ask(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let request = headers.iter().fold(Request::get(path), |request, (name, value)| request.header(*name, *value));
        send(self.app.clone(), request.body(Body::empty()).unwrap()).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.ask(path, &[]).await
    }

    async fn ok(&self, path: &str) -> Value {
        let answer = self.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
        answer.body
    }
}

mod past;

fn put(board: &Board, universe: &str, revision: u64) {
    let body = stored(revision, json!({"current": {"n": revision}, "history": {"changes": []}}));
    let arrival = Arrival { key: Key::live(universe).unwrap(), revision, body: body.into() };
    board.put("regime", arrival).unwrap();
}

fn board() -> Arc<Board> {
    let board = Board::new(["regime", "breadth"]);
    board.reset("regime", "2024-01-01T00:00:00Z");
    put(&board, "sp500", 7);
    put(&board, "us-broad", 8);
    board.current("regime");
    Arc::new(board)
}

fn app(board: &Arc<Board>, submit: Option<Submit>) -> Router {
    let options = GatewayOptions::new("127.0.0.1:0".parse().unwrap());
    let backend = Backend {
        board: board.clone(),
        history: Arc::new(NoHistory),
        submit,
        ops: Arc::default(),
        replays: None,
        lanes: None,
    };
    let now = || "2024-03-14T20:00:42Z".parse().unwrap();
    router(Shared::new(options, backend, Default::default(), now))
}

struct Answer {
    status: StatusCode,
    headers: http::HeaderMap,
    /// The body as JSON, and as it is.
    body: Value,
    text: String,
}

async fn send(app: Router, request: Request<Body>) -> Answer {
    let response = app.oneshot(request).await.unwrap();
    let (head, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let text = String::from_utf8_lossy(&body).into_owned();
    Answer { status: head.status, headers: head.headers, body: serde_json::from_slice(&body).unwrap_or_default(), text }
}

async fn get(board: &Arc<Board>, path: &str) -> Answer {
    send(app(board, None), Request::get(path).body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn a_part_comes_in_the_envelope_with_its_age() {
    for path in ["/api/regime/current", "/api/v2/regime/current?universe=sp500&lane=live"] {
        let answer = get(&board(), path).await;
        assert_eq!(answer.status, StatusCode::OK, "{:?}", answer.body);
        let expected = json!({
            "status": "ok", "reason": null, "section": "regime", "part": "current", "universe": "sp500", "lane": "live",
            "scan": {"ordinal": 7, "id": "sp500-2024-03-14", "session": "2024-03-14", "as_of": "2024-03-14T20:00:00Z",
                "basis": "close", "exchange": "XNYS"},
            "as_of": "2024-03-14T20:00:00Z", "age_seconds": 42, "revision": 7, "epoch": "2024-01-01T00:00:00Z",
            "coverage": {"listed": 500, "eligible": 493, "share": 0.986}, "quality": "ok", "quality_reason": null,
            "data": {"n": 7},
        });
        assert_eq!(answer.body, expected);
        assert_eq!(answer.headers[http::header::CONTENT_TYPE], "application/json");
    }
}

#[tokio::test]
async fn a_section_comes_with_all_its_parts() {
    let answer = get(&board(), "/api/regime?universe=us-broad").await;
    assert_eq!(answer.body["part"], Value::Null);
    assert_eq!(answer.body["data"], json!({"current": {"n": 8}, "history": {"changes": []}}));
}

#[tokio::test]
async fn what_the_client_holds_is_not_sent_again_until_it_changes() {
    let board = board();
    let tag = get(&board, "/api/regime/current").await.headers[http::header::ETAG].clone();
    let again =
        |tag| Request::get("/api/regime/current").header(http::header::IF_NONE_MATCH, tag).body(Body::empty()).unwrap();
    assert_eq!(send(app(&board, None), again(tag.clone())).await.status, StatusCode::NOT_MODIFIED);
    board.lost("regime", "no server");
    assert_eq!(send(app(&board, None), again(tag.clone())).await.status, StatusCode::OK, "it is stale now");
    board.current("regime");
    put(&board, "sp500", 9);
    assert_eq!(send(app(&board, None), again(tag)).await.status, StatusCode::OK);
}

#[tokio::test]
async fn without_a_link_the_last_good_data_is_called_stale() {
    let board = board();
    board.lost("regime", "no server");
    let answer = get(&board, "/api/regime/current").await;
    assert_eq!(
        (answer.status, &answer.body["status"], &answer.body["reason"]),
        (StatusCode::OK, &json!("stale"), &json!("no server"))
    );
    assert_eq!(answer.body["data"], json!({"n": 7}));
}

#[tokio::test]
async fn what_does_not_exist_is_named_beside_what_does() {
    for (path, status, code, available) in [
        ("/api/regimes", 404, "unknown_section", json!(["regime", "breadth"])),
        ("/api/regime/currant", 404, "unknown_part", json!(["current", "history", "series"])),
        ("/api/regime/current?universe=dax", 404, "unknown_universe", json!(["sp500", "us-broad"])),
        ("/api/regime/current?lane=replay-1", 404, "unknown_lane", json!(["live"])),
        ("/api/breadth", 503, "not_connected", Value::Null),
        ("/api/regime/current?when=3", 400, "unknown_parameter", Value::Null),
        ("/api/regime/current?at=x%20y", 400, "bad_parameter", Value::Null),
        ("/api/regime%ff", 400, "bad_path", Value::Null),
        ("/api/regime/current?universe=a%20b", 400, "bad_parameter", Value::Null),
        ("/api/regime/current?universe=a&universe=b", 400, "bad_parameter", Value::Null),
        ("/api/regime/series?fields=n", 400, "bad_parameter", Value::Null),
        ("/api/regime/series?fields=a.b&points=0", 400, "bad_parameter", Value::Null),
        (
            "/api/regime/current/more",
            404,
            "unknown_route",
            json!([
                "/api/overview",
                "/api/universes",
                "/api/scans",
                "/api/timeline",
                "/api/stream",
                "/api/{section}",
                "/api/{section}/{part}",
                "/api/{section}/series"
            ]),
        ),
        ("/nothing.js", 404, "no_page", Value::Null),
        ("/../Cargo.toml", 404, "no_page", Value::Null),
    ] {
        let answer = get(&board(), path).await;
        assert_eq!((answer.status.as_u16(), &answer.body["code"]), (status, &json!(code)), "{path} {}", answer.body);
        assert_eq!(answer.body["available"], available, "{path}");
        assert_eq!(answer.headers[http::header::CONTENT_TYPE], "application/problem+json", "{path}");
        assert!(
            answer.headers[http::header::CONTENT_SECURITY_POLICY].to_str().unwrap().starts_with("default-src 'none'")
        );
    }
}

#[tokio::test]
async fn a_section_heard_but_empty_says_that_no_scan_was_folded() {
    let board = board();
    board.reset("breadth", "e");
    board.current("breadth");
    let answer = get(&board, "/api/breadth/current").await;
    assert_eq!((answer.status.as_u16(), &answer.body["code"]), (404, &json!("no_results")));
}

#[tokio::test]
async fn a_first_scan_that_was_rejected_has_no_data_but_a_reason() {
    let board = Arc::new(Board::new(["regime"]));
    board.reset("regime", "e");
    let arrival = Arrival { key: Key::live("sp500").unwrap(), revision: 1, body: rejected(1, "no symbol").into() };
    board.put("regime", arrival).unwrap();
    board.current("regime");
    let answer = get(&board, "/api/regime/current").await;
    assert_eq!((answer.status.as_u16(), &answer.body["status"]), (200, &json!("rejected")));
    assert_eq!((&answer.body["reason"], &answer.body["data"]), (&json!("no symbol"), &Value::Null));
}

#[tokio::test]
async fn universes_are_listed_with_their_newest_scan() {
    let answer = get(&board(), "/api/universes").await;
    assert_eq!(answer.body["default"], "sp500");
    assert_eq!(answer.body["universes"][1]["universe"], "us-broad");
    assert_eq!(answer.body["universes"][1]["ordinal"], 8);
}

#[tokio::test]
async fn ready_needs_every_section_and_live_needs_none() {
    let board = board();
    assert_eq!(get(&board, "/health/live").await.status, StatusCode::OK);
    let answer = get(&board, "/health/ready").await;
    assert_eq!((answer.status.as_u16(), &answer.body["unheard"]), (503, &json!(["breadth"])));
    board.reset("breadth", "e");
    board.current("breadth");
    assert_eq!(get(&board, "/health/ready").await.status, StatusCode::OK);
    let health = get(&board, "/health").await;
    assert_eq!(health.body["sections"][0]["keys"][0]["age_seconds"], 42);
}

fn submit(answer: Result<Accepted, SubmitError>) -> Option<Submit> {
    Some(Arc::new(move |upload| {
        assert_eq!((upload.content, upload.body.as_ref()), (Content::Csv, b"a,b".as_slice()));
        let answer = answer.clone();
        Box::pin(async move { answer })
    }))
}

async fn upload(submit: Option<Submit>, kind: &str, body: Vec<u8>, site: &str) -> Answer {
    let request =
        Request::post("/api/scans?universe=x").header(http::header::CONTENT_TYPE, kind).header("sec-fetch-site", site);
    send(app(&board(), submit), request.body(Body::from(body)).unwrap()).await
}

#[tokio::test]
async fn an_upload_is_stored_once_and_every_wrong_field_is_named() {
    let accepted = Accepted { universe: "x".into(), scan: "x-2024-03-14".into(), ordinal: 3, duplicate: false };
    let again = Accepted { duplicate: true, ..accepted.clone() };
    let wrong = vec![Refusal::new("hits[3].side", "up", "long or short"), Refusal::new("session", "x", "a date")];
    let refusal = Refusal::new("session", "2024-03-13", "after 2024-03-14");
    for (answer, status, code) in [
        (Ok(accepted), 201, Value::Null),
        (Ok(again), 200, Value::Null),
        (Err(SubmitError::Invalid(wrong)), 422, json!("invalid_scan")),
        (Err(SubmitError::Conflict(refusal)), 409, json!("conflicting_scan")),
        (Err(SubmitError::Unavailable("no server".into())), 503, json!("not_stored")),
    ] {
        let answer = upload(submit(answer), "text/csv; charset=utf-8", b"a,b".to_vec(), "same-origin").await;
        assert_eq!((answer.status.as_u16(), &answer.body["code"]), (status, &code), "{}", answer.body);
        if status == 422 {
            assert_eq!(
                answer.body["errors"][0],
                json!({"field": "hits[3].side", "value": "up", "expected": "long or short"})
            );
        }
    }
}

#[tokio::test]
async fn uploads_that_are_foreign_large_or_of_another_type_are_refused() {
    let big = vec![b' '; super::upload::MAX_BYTES + 1];
    for (kind, body, site, status, code) in [
        ("text/plain", vec![], "none", 415, "unsupported_content"),
        ("application/json", vec![], "cross-site", 403, "foreign_origin"),
        ("application/json", big, "none", 413, "too_large"),
    ] {
        let answer = upload(submit(Err(SubmitError::Invalid(vec![]))), kind, body, site).await;
        assert_eq!((answer.status.as_u16(), &answer.body["code"]), (status, &json!(code)), "{}", answer.body);
    }
    assert_eq!(upload(None, "text/csv", vec![], "none").await.status.as_u16(), 501);
}

#[tokio::test]
async fn another_method_and_a_panic_are_problems_too() {
    let answer = send(app(&board(), None), Request::delete("/api/regime").body(Body::empty()).unwrap()).await;
    assert_eq!((answer.status.as_u16(), &answer.body["code"]), (405, &json!("method_not_allowed")));
    let submit: Submit = Arc::new(|_| panic!("boom"));
    let answer = upload(Some(submit), "text/csv", vec![], "none").await;
    assert_eq!((answer.status.as_u16(), &answer.body["code"]), (500, &json!("internal")));
}

#[tokio::test]
async fn the_page_carries_what_it_shows_first_and_no_way_out_of_its_script() {
    let board = board();
    let body = stored(9, json!({"current": {"class": "</script><b>"}}));
    board.put("regime", Arrival { key: Key::live("sp500").unwrap(), revision: 9, body: body.into() }).unwrap();
    let response = app(&board, None).oneshot(Request::get("/?u=sp500").body(Body::empty()).unwrap()).await.unwrap();
    let html = String::from_utf8(to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec()).unwrap();
    let boot = html.split_once("id=\"boot\">").unwrap().1.split_once("</script>").unwrap().0;
    let boot: Value = serde_json::from_str(boot).unwrap();
    assert_eq!(boot["snapshots"][0]["value"]["class"], "</script><b>");
    assert_eq!((boot["universe"].as_str(), boot["snapshots"].as_array().unwrap().len()), (Some("sp500"), 1));
    assert!(boot["vector"].as_str().unwrap().contains("regime@"));
}

mod operations {
    use super::*;
    use crate::ops::Ops;
    use bellwether_schemas::ops::{Condition, Level, LogLine, ServiceStatus};

    fn line(level: Level, service: &str, message: &str) -> LogLine {
        LogLine {
            time: "2024-03-14T20:00:30Z".parse().unwrap(),
            level,
            service: service.to_owned(),
            instance: service.to_owned(),
            target: "bellwether".to_owned(),
            message: message.to_owned(),
            fields: Default::default(),
            scan: Some("sp500-2024-03-14".to_owned()),
            trace: Some("4bf92f3577b34da6a3ce929d0e0e4736".to_owned()),
        }
    }

    fn observed() -> (App, Router) {
        let options = GatewayOptions::new("127.0.0.1:0".parse().unwrap());
        let ops = Arc::new(Ops::default());
        for seq in 1..=4 {
            let (level, service) = if seq == 3 { (Level::Error, "regime") } else { (Level::Info, "breadth") };
            ops.logs.push(seq, line(level, service, &format!("line {seq}")));
        }
        let status = ServiceStatus {
            service: "regime".to_owned(),
            instance: "regime#2".to_owned(),
            status: Condition::Degraded,
            reason: Some("live.sp500: attaching".to_owned()),
            ..ServiceStatus::default()
        };
        ops.services.hear(status, std::time::Instant::now());
        let backend =
            Backend { board: board(), history: Arc::new(NoHistory), submit: None, ops, replays: None, lanes: None };
        let now = || "2024-03-14T20:00:42Z".parse().unwrap();
        let app = Shared::new(options, backend, Default::default(), now);
        (app.clone(), router(app))
    }

    async fn ask(path: &str) -> Answer {
        send(observed().1, Request::get(path).body(Body::empty()).unwrap()).await
    }

    #[tokio::test]
    async fn log_lines_are_found_and_paged_and_bad_questions_refused() {
        let all = ask("/logs?limit=2").await.body;
        assert_eq!(
            (&all["lines"][0]["seq"], &all["lines"][1]["message"], &all["next"]),
            (&json!(3), &json!("line 4"), &json!(3))
        );
        let before = ask("/api/v2/logs?before=3&limit=2").await.body;
        assert_eq!((&before["lines"][1]["seq"], &before["next"]), (&json!(2), &Value::Null));
        let errors = ask("/api/logs?level=warn&service=regime&text=LINE&scan=sp500-2024-03-14").await.body;
        assert_eq!(
            (errors["lines"].as_array().unwrap().len(), &errors["lines"][0]["trace"]),
            (1, &json!("4bf92f3577b34da6a3ce929d0e0e4736"))
        );
        for (path, field) in [
            ("?level=loud", "level"),
            ("?level=", "level"),
            ("?before=%2B1", "before"),
            ("?limit=0", "limit"),
            ("?limit=1001", "limit"),
            ("?before=-1", "before"),
        ] {
            let refused = ask(&format!("/logs{path}")).await;
            assert_eq!((refused.status, &refused.body["field"]), (StatusCode::BAD_REQUEST, &json!(field)), "{path}");
        }
        assert_eq!(ask("/logs?levle=warn").await.body["code"], "unknown_parameter");
    }

    #[tokio::test]
    async fn the_live_log_goes_on_where_a_reader_left_off_and_ends_with_the_gateway() {
        let (app, router) = observed();
        let request = Request::get("/logs/stream?level=info").header("last-event-id", "2").body(Body::empty()).unwrap();
        let response = router.oneshot(request).await.unwrap();
        app.backend.ops.logs.push(5, line(Level::Warn, "index", "line 5"));
        app.shutdown.cancel();
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let text = String::from_utf8(body.to_vec()).unwrap();
        let ids: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("id: ")).collect();
        assert_eq!(ids, ["3", "4", "5"], "{text}");
        assert!(
            text.contains("event: log\ndata: {\"seq\":3,\"time\":\"2024-03-14T20:00:30Z\",\"level\":\"error\""),
            "{text}"
        );
    }

    #[tokio::test]
    async fn health_names_everything_that_is_not_well() {
        let all = ask("/health/all").await.body;
        let component = |name: &str| {
            let found = all["components"].as_array().unwrap().iter().find(|c| c["name"] == name);
            found.unwrap_or_else(|| panic!("no {name} in {all}")).clone()
        };
        assert_eq!(component("regime#2")["reason"], "live.sp500: attaching");
        assert_eq!(
            (component("regime")["status"].as_str(), component("breadth")["status"].as_str()),
            (Some("ok"), Some("degraded"))
        );
        assert_eq!(
            (component("sp500")["kind"].as_str(), component("sp500")["status"].as_str()),
            (Some("calendar"), Some("ok"))
        );
        assert_eq!(all["status"], "degraded");
        let detailed = ask("/health/detailed").await.body;
        assert_eq!(
            (&detailed["calendar"][0]["session"], &detailed["services"][0]["service"]),
            (&json!("2024-03-14"), &json!("regime"))
        );
    }

    #[tokio::test]
    async fn status_says_what_is_held_and_configured_and_measured() {
        assert_eq!(ask("/api/status/services").await.body["services"][0]["instance"], "regime#2");
        assert_eq!(ask("/api/status/config").await.body["uploads"], false);
        assert_eq!(ask("/api/status/cache").await.body["logs"]["newest"], 4);
        let (app, router) = observed();
        app.backend.ops.meter.sample((app.now)(), Default::default());
        let request = Request::get("/api/status/metrics?minutes=1").body(Body::empty()).unwrap();
        let metrics = send(router, request).await.body;
        assert_eq!((&metrics["columns"]["rejected"], &metrics["columns"]["lag"]), (&json!([0]), &json!([null])));
        assert_eq!(ask("/api/status/metrics?minutes=0").await.status, StatusCode::BAD_REQUEST);
        assert_eq!(ask("/debug").await.body["configuration"]["sections"][0], "regime");
    }

    #[tokio::test]
    async fn a_browser_is_given_the_page_where_a_program_is_given_lines() {
        let request =
            Request::get("/metrics").header(axum::http::header::ACCEPT, "text/plain").body(Body::empty()).unwrap();
        assert_eq!(
            send(observed().1, request).await.headers["content-type"],
            "text/plain; version=0.0.4; charset=utf-8"
        );
        let request =
            Request::get("/logs").header(axum::http::header::ACCEPT, "text/html,*/*").body(Body::empty()).unwrap();
        let page = send(observed().1, request).await;
        assert_ne!(page.headers["content-type"], "application/json");
    }
}

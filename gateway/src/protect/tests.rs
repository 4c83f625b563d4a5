//! The guard before the router, as a client meets it.

use crate::{
    Access, Backend, Board, GatewayOptions, NoHistory, Pace, Paces, Token,
    connection::Peer,
    server::{Shared, router},
};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Method, Request, StatusCode},
};
use std::sync::Arc;
use tower::ServiceExt;

const SECRET: &str = "a-token-of-the-tests-0123456789";

struct Gateway(Router);

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl Gateway {
    fn new(access: Access, paces: Paces) -> Self {
        let board = Arc::new(Board::new(["regime"]));
        let backend = Backend {
            board,
            history: Arc::new(NoHistory),
            submit: None,
            ops: Arc::default(),
            replays: None,
            lanes: None,
        };
        let options = GatewayOptions { access, paces, ..GatewayOptions::new("127.0.0.1:0".parse().unwrap()) };
        Self(router(Shared::new(options, backend, Default::default(), bellwether_schemas::Timestamp::now)))
    }

    fn open() -> Self {
        Self::new(Access::default(), Paces::STANDARD)
    }

    fn guarded() -> Self {
        Self::new(Access { token: Some(Token::new(SECRET).unwrap()), ..Access::default() }, Paces::STANDARD)
    }

    async fn ask(&self, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut request = Request::builder().method(method).uri(path).header("host", "localhost:8080");
        for (name, value) in headers {
            if *name == "host" {
                request.headers_mut().unwrap().remove("host");
            }
            request = request.header(*name, *value);
        }
        let mut request = request.body(Body::from(body.to_owned())).unwrap();
        request.extensions_mut().insert(Peer([127, 0, 0, 1].into()));
        let response = self.0.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        Answer { status: head.status, headers: head.headers, body: String::from_utf8_lossy(&body).into_owned() }
    }

    async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.ask(Method::GET, path, headers, "").await
    }
}

#[tokio::test]
async fn a_name_that_is_not_the_loopbacks_is_refused_without_a_token() {
    let open = Gateway::open();
    let foreign = open.get("/api/universes", &[("host", "rebound.example")]).await;
    assert_eq!(foreign.status, StatusCode::MISDIRECTED_REQUEST);
    assert!(foreign.body.contains("foreign_host") && foreign.header("content-security-policy").contains("'none'"));
    assert_eq!(open.get("/api/universes", &[("host", "[::1]:8080")]).await.status, StatusCode::OK);
    let named = Gateway::new(Access { hosts: vec!["desk.example".to_owned()], ..Access::default() }, Paces::STANDARD);
    assert_eq!(named.get("/api/universes", &[("host", "desk.example")]).await.status, StatusCode::OK);
    let bearer = format!("Bearer {SECRET}");
    let far = Gateway::guarded().get("/api/universes", &[("host", "desk.example"), ("authorization", &bearer)]).await;
    assert_eq!(far.status, StatusCode::OK);
}

#[tokio::test]
async fn with_a_token_nothing_but_the_probes_is_answered_without_it() {
    let gateway = Gateway::guarded();
    for path in ["/", "/api/regime", "/api/stream", "/health", "/app.js", "/api/status/rate-limit"] {
        let refused = gateway.get(path, &[]).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{path}");
        assert!(refused.header("www-authenticate").starts_with("Bearer") && refused.body.contains("unauthorized"));
        let wrong = gateway.get(path, &[("authorization", "Bearer a-token-of-the-tests-0123456780")]).await;
        assert_eq!(wrong.status, StatusCode::UNAUTHORIZED, "{path}");
    }
    for path in ["/health/live", "/health/ready", "/login"] {
        assert_ne!(gateway.get(path, &[]).await.status, StatusCode::UNAUTHORIZED, "{path}");
    }
    let bearer = gateway.get("/api/universes", &[("authorization", &format!("bearer {SECRET}"))]).await;
    assert_eq!(bearer.status, StatusCode::OK);
}

#[tokio::test]
async fn a_browser_signs_in_once_and_is_led_back_to_where_it_wanted_to_go() {
    let gateway = Gateway::guarded();
    let sent = gateway.get("/regime?u=sp500", &[("accept", "text/html,*/*")]).await;
    assert_eq!((sent.status, sent.header("location")), (StatusCode::SEE_OTHER, "/login?next=/regime%3Fu%3Dsp500"));
    let page = gateway.get(sent.header("location"), &[]).await;
    assert!(page.body.contains(r#"name="next" value="/regime?u=sp500""#), "{}", page.body);
    let form = [("content-type", "application/x-www-form-urlencoded"), ("origin", "http://localhost:8080")];
    let wrong = gateway.ask(Method::POST, "/login", &form, "token=wrong-wrong-wrong-wrong&next=/").await;
    assert_eq!((wrong.status, wrong.header("set-cookie")), (StatusCode::UNAUTHORIZED, ""));
    let signed = gateway.ask(Method::POST, "/login", &form, &format!("token={SECRET}&next=%2Fregime%3Fu%3Dx")).await;
    assert_eq!((signed.status, signed.header("location")), (StatusCode::SEE_OTHER, "/regime?u=x"));
    let cookie = signed.header("set-cookie");
    assert!(cookie.contains("; HttpOnly; SameSite=Strict") && !cookie.contains(SECRET), "{cookie}");
    let pair = cookie.split(';').next().unwrap();
    let with = format!("theme=dark; {pair}");
    assert_eq!(gateway.get("/api/universes", &[("cookie", &with)]).await.status, StatusCode::OK);
    assert_eq!(
        gateway.get("/api/universes", &[("cookie", &format!("{pair}x"))]).await.status,
        StatusCode::UNAUTHORIZED
    );
    let out = gateway.ask(Method::POST, "/logout", &[("cookie", &with)], "").await;
    assert!(out.header("set-cookie").contains("Max-Age=0"));
    let foreign = [form[0], ("origin", "https://evil.example")];
    let forged = gateway.ask(Method::POST, "/login", &foreign, &format!("token={SECRET}")).await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_page_of_another_site_can_neither_write_nor_open_a_socket() {
    let gateway = Gateway::open();
    let evil = ("origin", "https://evil.example");
    let written = gateway.ask(Method::POST, "/api/client-errors", &[evil], "{}").await;
    assert_eq!(written.status, StatusCode::FORBIDDEN);
    assert!(written.body.contains("foreign_origin"));
    let socket = gateway.get("/api/ws", &[evil, ("upgrade", "websocket"), ("connection", "upgrade")]).await;
    assert_eq!(socket.status, StatusCode::FORBIDDEN);
    // What it may not read, the browser keeps from it: there is no header that would allow it.
    let read = gateway.get("/api/universes", &[evil]).await;
    assert_eq!((read.status, read.header("access-control-allow-origin")), (StatusCode::OK, ""));
    let own = gateway.ask(Method::POST, "/api/client-errors", &[("origin", "http://localhost:8080")], "{}").await;
    assert_eq!(own.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn only_a_listed_site_is_allowed_to_read_and_preflights_need_no_token() {
    let access = Access {
        token: Some(Token::new(SECRET).unwrap()),
        origins: vec![Access::origin("https://desk.example").unwrap()],
        ..Access::default()
    };
    let gateway = Gateway::new(access, Paces::STANDARD);
    let (desk, bearer) = (("origin", "https://desk.example"), format!("Bearer {SECRET}"));
    let read = gateway.get("/api/universes", &[desk, ("authorization", &bearer)]).await;
    assert_eq!(read.header("access-control-allow-origin"), "https://desk.example");
    assert!(read.header("vary").contains("origin") && read.header("access-control-allow-credentials").is_empty());
    let asked = [desk, ("access-control-request-method", "GET"), ("access-control-request-headers", "authorization")];
    let preflight = gateway.ask(Method::OPTIONS, "/api/universes", &asked, "").await;
    assert_eq!(preflight.status, StatusCode::NO_CONTENT);
    assert_eq!(preflight.header("access-control-allow-headers"), "authorization");
    let near = [("origin", "https://desk.example.evil.example"), asked[1], asked[2]];
    let refused = gateway.ask(Method::OPTIONS, "/api/universes", &near, "").await;
    assert_eq!(refused.header("access-control-allow-origin"), "");
    assert_ne!(refused.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn who_asks_too_fast_is_told_when_to_come_back_and_the_probes_still_answer() {
    let pace = Pace { burst: 2, per_second: 1 };
    let gateway = Gateway::new(Access::default(), Paces { read: pace, heavy: pace, write: pace });
    let first = gateway.get("/api/universes", &[]).await;
    assert_eq!(first.header("ratelimit-policy"), "\"read\";q=2;w=2");
    assert!(first.header("ratelimit").starts_with("\"read\";r=1;t="), "{}", first.header("ratelimit"));
    gateway.get("/api/universes", &[]).await;
    let refused = gateway.get("/api/universes", &[]).await;
    assert_eq!((refused.status, refused.header("retry-after")), (StatusCode::TOO_MANY_REQUESTS, "1"));
    assert!(refused.body.contains("too_many_requests"));
    assert_eq!(gateway.get("/health/live", &[]).await.status, StatusCode::OK);
    let report = gateway.get("/api/status/rate-limit", &[]).await;
    assert_eq!(report.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn what_the_gateway_allows_can_be_asked() {
    let gateway = Gateway::open();
    let report = gateway.get("/api/status/rate-limit", &[]).await;
    let report: serde_json::Value = serde_json::from_str(&report.body).unwrap();
    assert_eq!((&report["requests"][0]["class"], &report["requests"][0]["allowed"]), (&"read".into(), &1.into()));
    assert_eq!(report["streams"]["open"], 0);
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused() {
    let gateway = Gateway::guarded();
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let answer = gateway.ask(Method::POST, "/login", &form, &"x".repeat(4096)).await;
    assert_eq!((answer.status, answer.header("location")), (StatusCode::PAYLOAD_TOO_LARGE, ""));
    assert_eq!(answer.header("set-cookie"), "");
}

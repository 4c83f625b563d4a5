//! What every request passes before it is answered.

use super::{
    access::Access,
    login,
    origin::{Sender, host, names_loopback, sender},
    pace::{Gate, Left, Paces, class},
};
use crate::{connection::Peer, problem::Problem, server::App};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use bellwether_schemas::Refusal;
use std::{
    net::{IpAddr, Ipv4Addr},
    time::Instant,
};
use tokio::time::timeout;

/// Asked by whoever watches over the process; tells nothing but that.
const PROBES: [&str; 2] = ["/health/live", "/health/ready"];
/// What the sign-in page needs.
const OUTSIDE: [&str; 4] = [login::PATH, "/tokens.css", "/app.css", "/favicon.ico"];
/// How long a browser may hold the answer to a preflight.
const PREFLIGHT_SECONDS: &str = "600";
const EXPOSED: HeaderValue = HeaderValue::from_static("etag, ratelimit, ratelimit-policy, retry-after");

/// The gateway's guard.
#[derive(Debug)]
pub(crate) struct Guard {
    access: Access,
    gate: Gate,
}

impl Guard {
    pub(crate) fn new(access: Access, paces: Paces) -> Self {
        Self { access, gate: Gate::new(paces) }
    }

    pub(crate) fn access(&self) -> &Access {
        &self.access
    }

    /// What may be asked, and what was.
    pub(crate) fn report(&self) -> serde_json::Value {
        self.gate.report()
    }

    /// Refuses what comes from where it should not.
    fn admit(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<Sender, Problem> {
        let host = host(uri, headers);
        if self.access.checks_hosts() && host.is_some_and(|host| !self.knows(host)) {
            let expected = "localhost, 127.0.0.1 or a name given with --host".to_owned();
            let refusal = Refusal::new("host", host.unwrap_or_default(), expected);
            return Err(Problem::refused(StatusCode::MISDIRECTED_REQUEST, "foreign_host", refusal));
        }
        let sender = sender(host, headers, &self.access.origins);
        let reads = matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
        let upgrades = headers.contains_key(header::UPGRADE);
        if sender == Sender::Foreign && (!reads || upgrades) {
            let detail = "a page of another site may not do this; sites are allowed with --cors-origin";
            return Err(Problem::new(StatusCode::FORBIDDEN, "foreign_origin", detail));
        }
        Ok(sender)
    }

    fn knows(&self, host: &str) -> bool {
        names_loopback(host) || self.access.hosts.iter().any(|known| known.eq_ignore_ascii_case(host))
    }

    /// Refuses who has no token where there is one.
    fn authenticate(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), Problem> {
        let Some(token) = &self.access.token else { return Ok(()) };
        if PROBES.contains(&uri.path()) || OUTSIDE.contains(&uri.path()) || login::shows(token, headers) {
            return Ok(());
        }
        let detail = format!("an access token is needed: Authorization: Bearer, or sign in at {}", login::PATH);
        Err(Problem::new(StatusCode::UNAUTHORIZED, "unauthorized", detail))
    }
}

/// Lets a request through, or says why not.
pub(crate) async fn guard(State(app): State<App>, request: Request, next: Next) -> Response {
    let guard = &app.guard;
    let peer = request.extensions().get().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |Peer(address)| *address);
    let left = guard.gate.ask(class(request.method(), request.uri().path()), peer, Instant::now());
    let (origin, navigates) = (request.headers().get(header::ORIGIN).cloned(), navigates(&request));
    let wanted = request.uri().clone();
    let admitted = guard.admit(request.method(), request.uri(), request.headers());
    let sender = admitted.as_ref().map_or(Sender::Foreign, |sender| *sender);
    let mut response = match check(&app, admitted, left, &request) {
        Ok(()) if is_preflight(&request) && sender == Sender::Listed => preflight(&request),
        Ok(()) => answer(&app, request, next).await,
        Err(problem) if navigates && problem.status() == StatusCode::UNAUTHORIZED => login::redirect(&wanted),
        Err(problem) => problem.into_response(),
    };
    let headers = response.headers_mut();
    left.write(headers);
    if headers.get(header::WWW_AUTHENTICATE).is_none() && response.status() == StatusCode::UNAUTHORIZED {
        let scheme = HeaderValue::from_static("Bearer realm=\"bellwether\"");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, scheme);
    }
    if !guard.access.origins.is_empty() {
        share(response.headers_mut(), origin.filter(|_| sender == Sender::Listed));
    }
    response
}

fn check(app: &App, admitted: Result<Sender, Problem>, left: Left, request: &Request) -> Result<(), Problem> {
    // A probe may know us by a bare address, must get an answer when others do not, and is told nothing worth guarding.
    if PROBES.contains(&request.uri().path()) {
        return Ok(());
    }
    if !left.allowed {
        metrics::counter!("bellwether_gateway_paced_total").increment(1);
        let detail = "more requests than one client may send; the RateLimit headers say how many";
        return Err(Problem::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", detail));
    }
    admitted?;
    // A preflight carries no token, by the standard.
    if is_preflight(request) {
        return Ok(());
    }
    app.guard.authenticate(request.uri(), request.headers())
}

async fn answer(app: &App, request: Request, next: Next) -> Response {
    let answered = timeout(app.options.limits.request, next.run(request)).await;
    answered.unwrap_or_else(|_| {
        metrics::counter!("bellwether_gateway_timed_out_total").increment(1);
        Problem::unavailable("timed_out", "the answer, or the body of the request, took too long").into_response()
    })
}

/// A person who follows a link, as opposed to a program or a script.
fn navigates(request: &Request) -> bool {
    let accept = request.headers().get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    request.method() == Method::GET && accept.contains("text/html")
}

fn is_preflight(request: &Request) -> bool {
    request.method() == Method::OPTIONS && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

fn preflight(request: &Request) -> Response {
    let headers = request.headers().get(header::ACCESS_CONTROL_REQUEST_HEADERS).cloned();
    let fixed = [
        (header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST")),
        (header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(PREFLIGHT_SECONDS)),
    ];
    let mut response = (StatusCode::NO_CONTENT, fixed).into_response();
    if let Some(headers) = headers {
        response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_HEADERS, headers);
    }
    response
}

/// Lets a page of a listed site read the answer.
fn share(headers: &mut HeaderMap, origin: Option<HeaderValue>) {
    headers.append(header::VARY, HeaderValue::from_static("origin"));
    if let Some(origin) = origin {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    }
}

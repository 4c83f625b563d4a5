//! Signing in with a browser: the token once, then a cookie that no script can read and no other site can send.

use super::{FORM, Token};
use crate::{api, problem::Problem, server::App};
use axum::{
    body::Bytes,
    extract::{Query, State, rejection::BytesRejection},
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    response::{Html, IntoResponse, Response},
};
use bellwether_schemas::Refusal;
use serde::Deserialize;

pub(super) const PATH: &str = "/login";
const COOKIE: &str = "bellwether-session";
/// A month.
const LIFE_SECONDS: u32 = 30 * 24 * 3600;
const HOME: &str = "/";

const PAGE: &str = r#"<!doctype html>
<html lang="en">
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sign in - Bellwether</title>
<link rel="stylesheet" href="/tokens.css"><link rel="stylesheet" href="/app.css">
<main>
<h1>Bellwether</h1>
<form method="post" action="/login">
<input type="hidden" name="next" value="{next}">
<p>{note}</p>
<p><label for="token">Access token</label>
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus></p>
<p><button type="submit">Sign in</button></p>
</form>
</main>
</html>
"#;

/// Whether a request shows the token, or the cookie that was given for it.
pub(super) fn shows(token: &Token, headers: &HeaderMap) -> bool {
    if let Some(sent) = headers.get(header::AUTHORIZATION) {
        let sent = sent.as_bytes();
        let scheme = sent.len() > 7 && sent[..7].eq_ignore_ascii_case(b"bearer ");
        return scheme && token.is(sent[7..].trim_ascii());
    }
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|list| list.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.any(|(name, value)| name == COOKIE && token.is_session(value))
}

/// Sends a person to the sign-in page, and from there back to where they wanted to go.
pub(super) fn redirect(wanted: &Uri) -> Response {
    let next = wanted.path_and_query().map_or(HOME, |wanted| wanted.as_str());
    let encoded: String = next.bytes().map(encode).collect();
    see_other(&format!("{PATH}?next={encoded}"))
}

fn encode(byte: u8) -> String {
    if byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte) {
        char::from(byte).to_string()
    } else {
        format!("%{byte:02X}")
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    next: String,
}

/// `GET /login`
pub(crate) async fn page(Query(Asked { next }): Query<Asked>) -> Response {
    show(StatusCode::OK, &next, "This gateway is guarded by an access token.")
}

/// `POST /login`: a form with `token` and `next`.
pub(crate) async fn sign_in(
    State(app): State<App>,
    headers: HeaderMap,
    form: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let form = form.map_err(|rejection| api::unreadable(&rejection, FORM))?;
    let field = |name: &str| {
        form_urlencoded::parse(&form).find(|(found, _)| found == name).map(|(_, value)| value.into_owned())
    };
    let missing = || Problem::bad("unreadable_body", Refusal::new("token", "missing", "a form with token and next"));
    let (text, next) = (field("token").ok_or_else(missing)?, field("next").unwrap_or_default());
    Ok(match &app.guard.access().token {
        Some(token) if !token.is(text.trim().as_bytes()) => {
            metrics::counter!("bellwether_gateway_refused_tokens_total").increment(1);
            tracing::warn!("somebody tried to sign in with a wrong token");
            show(StatusCode::UNAUTHORIZED, &next, "That is not the access token.")
        }
        token => {
            let mut response = see_other(inside(&next));
            if let Some(token) = token {
                set_cookie(&mut response, &token.session(), LIFE_SECONDS, &headers);
            }
            response
        }
    })
}

/// `POST /logout`
pub(crate) async fn sign_out(headers: HeaderMap) -> Response {
    let mut response = see_other(PATH);
    set_cookie(&mut response, "", 0, &headers);
    response
}

fn set_cookie(response: &mut Response, value: &str, life: u32, request: &HeaderMap) {
    // Only who ends TLS in front of us knows that there is TLS.
    let tls = request.get("x-forwarded-proto").is_some_and(|scheme| scheme == "https");
    let secure = if tls { "; Secure" } else { "" };
    let cookie = format!("{COOKIE}={value}; Path=/; Max-Age={life}; HttpOnly; SameSite=Strict{secure}");
    if let Ok(cookie) = HeaderValue::try_from(cookie) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
}

fn see_other(place: &str) -> Response {
    let place = HeaderValue::try_from(place).unwrap_or(HeaderValue::from_static(HOME));
    (StatusCode::SEE_OTHER, [(header::LOCATION, place), (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))])
        .into_response()
}

/// A place of ours; anything that could lead elsewhere is the start page.
fn inside(next: &str) -> &str {
    let ours = next.starts_with('/')
        && !next.starts_with("//")
        && next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if ours { next } else { HOME }
}

fn show(status: StatusCode, next: &str, note: &str) -> Response {
    let page = PAGE.replace("{next}", &escape(inside(next))).replace("{note}", note);
    (status, [(header::CACHE_CONTROL, "no-store")], Html(page)).into_response()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;").replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_signing_in_nobody_is_led_elsewhere() {
        assert_eq!(inside("/regime?u=sp500"), "/regime?u=sp500");
        for bad in ["", "//evil.example", "https://evil.example", "/\\evil.example", "/a b", "/\u{e9}", "evil"] {
            assert_eq!(inside(bad), "/", "{bad}");
        }
        assert_eq!(escape("\"><script>"), "&quot;&gt;&lt;script&gt;");
    }
}

//! Where a request comes from: the host it was sent to, and the site whose page sent it.

use axum::http::{HeaderMap, HeaderValue, Uri, header};
use std::net::IpAddr;

/// Whether the `Host` names this machine's loopback: a page of a foreign name that resolves to 127.0.0.1 (DNS
/// rebinding) cannot forge it.
pub(super) fn names_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    };
    let name = name.trim_end_matches('.');
    let local = name.eq_ignore_ascii_case("localhost")
        || name.len() > 10
            && name.is_char_boundary(name.len() - 10)
            && name[name.len() - 10..].eq_ignore_ascii_case(".localhost");
    local || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// What the request was sent to.
pub(super) fn host<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> Option<&'a str> {
    let named = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    uri.authority().map(axum::http::uri::Authority::as_str).or(named)
}

/// How the page that sent a request stands to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sender {
    /// No page of a browser, as far as the headers tell.
    NoPage,
    /// A page of ours.
    Ours,
    /// A page of a site that is on the list.
    Listed,
    /// A page of another site.
    Foreign,
}

/// Reads that from `Origin`, or, where a browser sends none, from `Sec-Fetch-Site`.
pub(super) fn sender(host: Option<&str>, headers: &HeaderMap, listed: &[HeaderValue]) -> Sender {
    if let Some(origin) = headers.get(header::ORIGIN) {
        let authority =
            origin.to_str().ok().and_then(|origin| origin.split_once("://")).map(|(_, authority)| authority);
        return match authority {
            Some(authority) if host.is_some_and(|host| host.eq_ignore_ascii_case(authority)) => Sender::Ours,
            _ if listed.contains(origin) => Sender::Listed,
            _ => Sender::Foreign,
        };
    }
    match headers.get("sec-fetch-site").map(HeaderValue::as_bytes) {
        None | Some(b"none") => Sender::NoPage,
        Some(b"same-origin") => Sender::Ours,
        Some(_) => Sender::Foreign,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_the_loopback_are_the_loopbacks() {
        for good in
            ["localhost", "LOCALHOST:80", "127.0.0.1:8080", "[::1]:8080", "127.9.9.9", "localhost.", "app.localhost:1"]
        {
            assert!(names_loopback(good), "{good}");
        }
        for bad in [
            "",
            "evil.example",
            "127.0.0.1.evil.example",
            "localhost.evil.example:80",
            "10.0.0.1",
            "[fe80::1]",
            "éééééé",
            "xlocalhost",
        ] {
            assert!(!names_loopback(bad), "{bad}");
        }
    }

    #[test]
    fn a_page_is_known_by_its_origin_before_anything_else() {
        let listed = [HeaderValue::from_static("https://desk.example")];
        let ask = |pairs: &[(&'static str, &'static str)]| {
            let headers =
                pairs.iter().map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value))).collect();
            sender(Some("127.0.0.1:8080"), &headers, &listed)
        };
        assert_eq!(ask(&[]), Sender::NoPage);
        assert_eq!(ask(&[("origin", "http://127.0.0.1:8080")]), Sender::Ours);
        assert_eq!(ask(&[("origin", "http://127.0.0.1:8081"), ("sec-fetch-site", "same-origin")]), Sender::Foreign);
        assert_eq!(ask(&[("origin", "https://desk.example")]), Sender::Listed);
        assert_eq!(ask(&[("origin", "null")]), Sender::Foreign);
        assert_eq!(ask(&[("sec-fetch-site", "same-origin")]), Sender::Ours);
        assert_eq!(ask(&[("sec-fetch-site", "same-site")]), Sender::Foreign);
        assert_eq!(ask(&[("sec-fetch-site", "none")]), Sender::NoPage);
    }
}

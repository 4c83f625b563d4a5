//! Who may use the gateway, as configured.

use super::Token;
use axum::http::HeaderValue;
use std::net::SocketAddr;

/// Who may use the gateway. By default: programs and pages of this machine.
#[derive(Debug, Clone, Default)]
pub struct Access {
    /// Everybody has to have it.
    pub token: Option<Token>,
    /// Serves other machines without a token, because something else guards the port.
    pub open: bool,
    /// Names the gateway is reached by, beside those of the loopback. With a token any name will do.
    pub hosts: Vec<String>,
    /// Sites whose pages may read and write, such as `https://desk.example`.
    pub origins: Vec<HeaderValue>,
}

/// The address can be reached from other machines, and nobody would have to show a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unguarded(SocketAddr);

impl Access {
    /// Refuses to serve other machines without a token.
    ///
    /// # Errors
    /// Says what can be done instead.
    pub fn check(&self, listen: SocketAddr) -> Result<(), Unguarded> {
        if listen.ip().to_canonical().is_loopback() || self.token.is_some() || self.open {
            return Ok(());
        }
        Err(Unguarded(listen))
    }

    /// Whether a request must name the gateway by a name it knows. Whoever guards an open port may call it what they like,
    /// unless names were given.
    pub(super) fn checks_hosts(&self) -> bool {
        self.token.is_none() && (!self.open || !self.hosts.is_empty())
    }

    /// Reads an origin as browsers write it: scheme, host and port, nothing else.
    ///
    /// # Errors
    /// Says what is expected.
    pub fn origin(text: &str) -> Result<HeaderValue, String> {
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-:[]".contains(&byte);
        let named = rest.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(plain));
        let value = HeaderValue::from_str(text).ok().filter(|_| named);
        value.ok_or_else(|| {
            format!("expected an origin such as https://desk.example, without a path or `*`, not {text:?}")
        })
    }
}

impl std::fmt::Display for Unguarded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} can be reached from other machines, and no access token is configured. Either listen on 127.0.0.1; or \
             write a token of 16 or more characters into a file and name it with --token-file (BELLWETHER_TOKEN_FILE); \
             or, where something else guards the port, say --no-token (BELLWETHER_NO_TOKEN)",
            self.0
        )
    }
}

impl std::error::Error for Unguarded {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_machines_are_served_with_a_token_or_on_the_users_word_only() {
        let (near, far) = ("127.0.0.1:80".parse().unwrap(), "0.0.0.0:80".parse().unwrap());
        let nobody = Access::default();
        assert_eq!((nobody.check(near), nobody.check(far)), (Ok(()), Err(Unguarded(far))));
        assert!(nobody.check("[::1]:80".parse().unwrap()).is_ok() && nobody.check("[::]:80".parse().unwrap()).is_err());
        assert!(Unguarded(far).to_string().contains("--token-file"));
        let token = Some(Token::new("0123456789abcdef").unwrap());
        assert!(Access { token, ..Access::default() }.check(far).is_ok());
        assert!(Access { open: true, ..Access::default() }.check(far).is_ok());
    }

    #[test]
    fn an_origin_is_exact() {
        assert!(Access::origin("https://desk.example:8443").is_ok() && Access::origin("http://[::1]:3000").is_ok());
        for bad in
            ["*", "https://*", "https://desk.example/", "desk.example", "null", "https://", "https://Desk.example"]
        {
            assert!(Access::origin(bad).is_err(), "{bad}");
        }
    }
}

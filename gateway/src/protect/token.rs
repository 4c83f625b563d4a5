//! The access token: who has it may use the gateway from anywhere.
//!
//! A program sends it as `Authorization: Bearer`. A browser's EventSource cannot, so a page signs in once and gets a
//! cookie that scripts cannot read. The cookie holds no token but a proof of it, so that it is of no use elsewhere, and is
//! worth nothing once the token is changed.

use aws_lc_rs::{constant_time::verify_slices_are_equal, hmac};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use std::{fmt, path::Path};

/// Shorter ones can be guessed.
const SHORTEST: usize = 16;
const LONGEST: usize = 512;
const PURPOSE: &[u8] = b"bellwether session 1";

/// An access token. Never shown, also not by `{:?}`.
#[derive(Clone)]
pub struct Token {
    key: hmac::Key,
    secret: Box<[u8]>,
}

/// Why a text is no token.
#[derive(Debug)]
pub struct BadToken(String);

impl Token {
    /// Takes the first line of a file.
    ///
    /// # Errors
    /// When it cannot be read, or holds no token of 16 to 512 printable characters without a space. The text never holds the token.
    pub fn read(file: &Path) -> Result<Self, BadToken> {
        let text = std::fs::read_to_string(file)
            .map_err(|error| BadToken(format!("the access token cannot be read from {}: {error}", file.display())))?;
        let line = text.lines().next().unwrap_or_default().trim();
        Self::new(line).map_err(|BadToken(reason)| BadToken(format!("{}: {reason}", file.display())))
    }

    /// Takes a text.
    ///
    /// # Errors
    /// As [`Token::read`].
    pub fn new(text: &str) -> Result<Self, BadToken> {
        if !(SHORTEST..=LONGEST).contains(&text.len()) || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            let expected = format!("{SHORTEST} to {LONGEST} printable characters without a space");
            return Err(BadToken(format!("an access token is expected, {expected}")));
        }
        let key = hmac::Key::new(hmac::HMAC_SHA256, text.as_bytes());
        Ok(Self { key, secret: text.as_bytes().into() })
    }

    /// Whether this is the token. Takes as long for a wrong one, whatever is wrong with it but its length.
    pub(super) fn is(&self, text: &[u8]) -> bool {
        verify_slices_are_equal(&self.secret, text).is_ok()
    }

    /// What a signed-in browser is given.
    pub(super) fn session(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(hmac::sign(&self.key, PURPOSE))
    }

    /// Whether this is what a signed-in browser was given.
    pub(super) fn is_session(&self, text: &str) -> bool {
        let proof = BASE64_URL_SAFE_NO_PAD.decode(text).unwrap_or_default();
        hmac::verify(&self.key, PURPOSE, &proof).is_ok()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

impl fmt::Display for BadToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BadToken {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_token_and_its_session_are_taken_and_neither_is_shown() {
        let (token, other) = (Token::new("0123456789abcdef").unwrap(), Token::new("0123456789abcdeX").unwrap());
        assert!(token.is(b"0123456789abcdef"));
        assert!(!token.is(b"0123456789abcdeX") && !token.is(b"") && !token.is(b"0123456789abcdef0"));
        assert!(token.is_session(&token.session()));
        assert!(!token.is_session(&other.session()) && !token.is_session("") && !token.is_session("?"));
        assert!(!token.session().contains("0123456789") && !format!("{token:?}").contains("0123456789"));
    }

    #[test]
    fn what_can_be_guessed_or_not_be_sent_is_no_token() {
        for bad in ["", "short", "with a space in it", "0123456789abcde\u{e9}f", &"x".repeat(513)] {
            let said = Token::new(bad).unwrap_err().to_string();
            assert!(said.contains("16 to 512") && (bad.is_empty() || !said.contains(bad)), "{said}");
        }
    }
}

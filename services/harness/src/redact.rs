//! Secrets stay out of logs: what is known to be one, and what looks like one.

use std::{
    borrow::Cow,
    io::{self, Write},
    sync::{PoisonError, RwLock},
};

const INSTEAD: &str = "[redacted]";
/// Shorter texts are no secrets, and would be found everywhere.
const SHORTEST: usize = 6;

static SECRETS: RwLock<Vec<String>> = RwLock::new(Vec::new());

/// From now on no log line of this process shows `secret`.
pub fn keep_secret(secret: &str) {
    if secret.len() < SHORTEST {
        return;
    }
    let mut secrets = SECRETS.write().unwrap_or_else(PoisonError::into_inner);
    if !secrets.iter().any(|known| known == secret) {
        secrets.push(secret.to_owned());
    }
}

/// The text without the secrets this process was told of, and without what stands before the host of an address
/// (`nats://user:password@host`).
pub fn redact(text: &str) -> Cow<'_, str> {
    let mut text = without_logins(text);
    for secret in SECRETS.read().unwrap_or_else(PoisonError::into_inner).iter() {
        if text.contains(secret.as_str()) {
            text = Cow::Owned(text.replace(secret.as_str(), INSTEAD));
        }
    }
    text
}

fn without_logins(text: &str) -> Cow<'_, str> {
    if !text.contains("://") || !text.contains('@') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("://") {
        out.push_str(before);
        out.push_str("://");
        let end =
            after.find(|c: char| c.is_whitespace() || matches!(c, '/' | '"' | '\'' | ',' | ')')).unwrap_or(after.len());
        match after[..end].rfind('@') {
            Some(at) => {
                out.push_str(INSTEAD);
                rest = &after[at..];
            }
            None => rest = after,
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Standard error, without secrets.
#[derive(Debug, Default)]
pub(crate) struct Redacted;

impl Write for Redacted {
    /// A log line comes in one piece.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        io::stderr().write_all(redact(&String::from_utf8_lossy(line)).as_bytes())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logins_in_addresses_and_known_secrets_are_not_shown() {
        keep_secret("s3cr3t-t0ken");
        keep_secret("no");
        assert_eq!(
            redact("connect to nats://bob:pass@host:4222, again"),
            "connect to nats://[redacted]@host:4222, again"
        );
        assert_eq!(redact("nats://a@h nats://b:c@h/x@y"), "nats://[redacted]@h nats://[redacted]@h/x@y");
        assert_eq!(redact("given s3cr3t-t0ken, no more"), "given [redacted], no more");
        assert_eq!(redact("http://127.0.0.1:8080 mail@host"), "http://127.0.0.1:8080 mail@host");
    }
}

//! How fast one client may ask: a token bucket for each client and class of routes.
//!
//! The headers are those of the IETF draft "RateLimit header fields for HTTP" (draft-ietf-httpapi-ratelimit-headers).

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use serde::Serialize;
use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// Clients that are remembered per class. Beyond that those who were quiet longest are forgotten, which only gives them a full
/// bucket again.
const CLIENTS: usize = 20_000;

/// Routes that cost about the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Class {
    /// Answered from memory, as the start of a stream is.
    Read,
    /// Asks a log.
    Heavy,
    /// Changes something, or tries a token.
    Write,
}

/// Requests of one class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Pace {
    /// At once, after a pause.
    pub burst: u32,
    /// Per second, in the long run.
    pub per_second: u32,
}

/// Requests one client may send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Paces {
    /// Answered from memory.
    pub read: Pace,
    /// That ask a log.
    pub heavy: Pace,
    /// That change something, or try a token.
    pub write: Pace,
}

impl Paces {
    /// What a busy page with several tabs stays far below.
    pub const STANDARD: Self = Self {
        read: Pace { burst: 400, per_second: 200 },
        heavy: Pace { burst: 80, per_second: 20 },
        write: Pace { burst: 20, per_second: 5 },
    };

    /// As many as anybody can send: for measuring, and behind a proxy that paces clients itself.
    pub const UNLIMITED: Self = {
        let pace = Pace { burst: 1_000_000_000, per_second: 1_000_000_000 };
        Self { read: pace, heavy: pace, write: pace }
    };

    fn of(&self, class: Class) -> Pace {
        match class {
            Class::Read => self.read,
            Class::Heavy => self.heavy,
            Class::Write => self.write,
        }
    }
}

/// What is left for a client after its request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Left {
    pub(crate) class: Class,
    pace: Pace,
    remaining: u32,
    /// Whole seconds until the bucket is full, or, when the request was refused, until one fits.
    wait: u32,
    pub(crate) allowed: bool,
}

/// Buckets of one class.
#[derive(Debug, Default)]
struct Buckets {
    by_client: Mutex<HashMap<IpAddr, Bucket>>,
    allowed: AtomicU64,
    refused: AtomicU64,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    tokens: f64,
    at: Instant,
}

/// All buckets.
#[derive(Debug)]
pub(crate) struct Gate {
    paces: Paces,
    classes: [(Class, Buckets); 3],
}

impl Gate {
    pub(crate) fn new(paces: Paces) -> Self {
        Self { paces, classes: [Class::Read, Class::Heavy, Class::Write].map(|class| (class, Buckets::default())) }
    }

    /// Counts a request of `client`.
    pub(crate) fn ask(&self, class: Class, client: IpAddr, now: Instant) -> Left {
        let pace = self.paces.of(class);
        let buckets = &self.classes[class as usize].1;
        let mut by_client = buckets.by_client.lock().unwrap_or_else(PoisonError::into_inner);
        if by_client.len() >= CLIENTS && !by_client.contains_key(&client) {
            forget(&mut by_client, pace, now);
        }
        let bucket = by_client.entry(client).or_insert(Bucket { tokens: f64::from(pace.burst), at: now });
        let allowed = bucket.take(pace, now);
        let tokens = bucket.tokens;
        drop(by_client);
        if allowed { &buckets.allowed } else { &buckets.refused }.fetch_add(1, Ordering::Relaxed);
        let missing = if allowed { f64::from(pace.burst) - tokens } else { 1.0 - tokens };
        let wait = (missing / f64::from(pace.per_second)).ceil() as u32;
        Left { class, pace, remaining: tokens as u32, wait: wait.max(1), allowed }
    }

    /// What may be asked, and how many requests were answered and refused.
    pub(crate) fn report(&self) -> serde_json::Value {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let classes = self.classes.iter().map(|(class, buckets)| {
            let clients = buckets.by_client.lock().unwrap_or_else(PoisonError::into_inner).len();
            serde_json::json!({
                "class": class,
                "burst": self.paces.of(*class).burst,
                "per_second": self.paces.of(*class).per_second,
                "clients": clients,
                "allowed": count(&buckets.allowed),
                "refused": count(&buckets.refused),
            })
        });
        classes.collect::<Vec<_>>().into()
    }
}

impl Bucket {
    fn take(&mut self, pace: Pace, now: Instant) -> bool {
        let gained = now.saturating_duration_since(self.at).as_secs_f64() * f64::from(pace.per_second);
        *self = Self { tokens: f64::from(pace.burst).min(self.tokens + gained), at: now };
        let allowed = self.tokens >= 1.0;
        if allowed {
            self.tokens -= 1.0;
        }
        allowed
    }
}

/// Drops the clients whose bucket is full by now: they are where a new one would be. When everybody is busy, all are
/// forgotten: that lets a flood from many addresses in for a moment, and keeps memory bounded.
fn forget(by_client: &mut HashMap<IpAddr, Bucket>, pace: Pace, now: Instant) {
    let refill = Duration::from_secs_f64(f64::from(pace.burst) / f64::from(pace.per_second));
    by_client.retain(|_, bucket| now.saturating_duration_since(bucket.at) < refill);
    if by_client.len() >= CLIENTS {
        by_client.clear();
    }
}

impl Left {
    /// Says to the client where it stands.
    pub(crate) fn write(&self, headers: &mut HeaderMap) {
        let class = match self.class {
            Class::Read => "read",
            Class::Heavy => "heavy",
            Class::Write => "write",
        };
        let window = self.pace.burst.div_ceil(self.pace.per_second);
        let fields = [
            ("ratelimit-policy", format!("\"{class}\";q={};w={window}", self.pace.burst)),
            ("ratelimit", format!("\"{class}\";r={};t={}", self.remaining, self.wait)),
        ];
        for (name, text) in fields {
            if let Ok(value) = HeaderValue::try_from(text) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
        if !self.allowed {
            headers.insert(header::RETRY_AFTER, self.wait.into());
        }
    }
}

/// The class of a request.
pub(crate) fn class(method: &Method, path: &str) -> Class {
    if method != Method::GET && method != Method::HEAD && method != Method::OPTIONS {
        return Class::Write;
    }
    let heavy = ["/series", "/timeline", "/scans", "/overview", "/provenance", "/logs"];
    if heavy.iter().any(|part| path.contains(part)) { Class::Heavy } else { Class::Read }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACE: Pace = Pace { burst: 3, per_second: 2 };
    const PACES: Paces = Paces { read: PACE, heavy: PACE, write: PACE };

    fn at(number: u32) -> IpAddr {
        std::net::Ipv4Addr::from_bits(number).into()
    }

    #[test]
    fn a_burst_passes_then_the_pace_holds_for_each_client_and_class() {
        let (gate, begun) = (Gate::new(PACES), Instant::now());
        for left in [2, 1, 0] {
            let answer = gate.ask(Class::Read, at(1), begun);
            assert!(answer.allowed && answer.remaining == left);
        }
        let refused = gate.ask(Class::Read, at(1), begun);
        let mut headers = HeaderMap::new();
        refused.write(&mut headers);
        assert!(!refused.allowed);
        assert_eq!(headers["ratelimit-policy"], "\"read\";q=3;w=2");
        assert_eq!(
            (&headers["ratelimit"], &headers["retry-after"]),
            (&"\"read\";r=0;t=1".parse().unwrap(), &"1".parse().unwrap())
        );
        assert!(gate.ask(Class::Read, at(2), begun).allowed && gate.ask(Class::Write, at(1), begun).allowed);
        let later = begun + Duration::from_millis(600);
        assert!(gate.ask(Class::Read, at(1), later).allowed && !gate.ask(Class::Read, at(1), later).allowed);
        assert_eq!(gate.report()[0]["refused"], 2);
    }

    #[test]
    fn a_flood_of_addresses_takes_bounded_memory_and_quiet_ones_are_forgotten_first() {
        let (gate, begun) = (Gate::new(PACES), Instant::now());
        for number in 0..CLIENTS as u32 {
            gate.ask(Class::Read, at(number), begun);
        }
        let later = begun + Duration::from_secs(2);
        gate.ask(Class::Read, at(u32::MAX), later);
        assert_eq!(gate.report()[0]["clients"], 1);
        for number in 0..CLIENTS as u32 * 3 {
            gate.ask(Class::Read, at(number), later);
        }
        assert!(gate.report()[0]["clients"].as_u64().unwrap() <= CLIENTS as u64);
    }

    #[test]
    fn what_asks_a_log_or_changes_something_is_paced_apart() {
        for (method, path, expected) in [
            (Method::GET, "/api/regime/current", Class::Read),
            (Method::GET, "/api/v2/regime/series", Class::Heavy),
            (Method::GET, "/api/stream", Class::Read),
            (Method::POST, "/api/scans", Class::Write),
            (Method::HEAD, "/", Class::Read),
        ] {
            assert_eq!(class(&method, path), expected, "{path}");
        }
    }
}

//! One connection: HTTP/1.1 by hyper, small and with a time limit for everything, until its client asks for a stream.
//! Then its socket goes to the [`Hub`](crate::sse::Hub), and nothing else of the connection is left.

mod progress;
mod service;
#[cfg(test)]
mod tests;

use crate::{
    protect::Limits,
    sse::{Hub, Newcomer},
};
use axum::{
    Router,
    http::{header, response},
};
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use progress::{Progress, Watched};
use service::{Handover, Requests};
use std::{
    future::{Future, poll_fn},
    net::{IpAddr, SocketAddr},
    pin::{Pin, pin},
    sync::{Arc, Mutex},
    task::Poll,
};
use tokio::{
    net::TcpStream,
    time::{Instant, sleep_until, timeout},
};
use tokio_util::sync::CancellationToken;

/// Buffers per connection, and so the most a request's head may take.
const BUFFER: usize = 16 << 10;
/// Headers of a request.
const HEADERS: usize = 64;

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Peer(pub(crate) IpAddr);

impl Peer {
    /// One client: of the sixth version of IP everybody has 2^64 addresses.
    fn of(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V6(address) => IpAddr::V6((address.to_bits() >> 64 << 64).into()),
            address => address,
        })
    }
}

/// In a response: the connection becomes this client's stream.
#[derive(Debug, Clone)]
pub(crate) struct Takeover(Arc<Mutex<Option<Newcomer>>>);

impl Takeover {
    pub(crate) fn new(newcomer: Newcomer) -> Self {
        Self(Arc::new(Mutex::new(Some(newcomer))))
    }
}

/// What every connection needs.
#[derive(Clone)]
pub(crate) struct Connections {
    pub(crate) router: Router,
    pub(crate) hub: Hub,
    pub(crate) limits: Limits,
    pub(crate) shutdown: CancellationToken,
}

impl Connections {
    /// Serves one connection to its end.
    pub(crate) async fn serve(self, socket: TcpStream, peer: SocketAddr) {
        // Nothing is set up for somebody who says nothing.
        let spoken = timeout(self.limits.head, socket.readable());
        if !matches!(self.shutdown.run_until_cancelled(spoken).await, Some(Ok(Ok(())))) {
            return;
        }
        if let Some(taken) = Box::pin(self.answer(socket, peer)).await {
            self.hub.join(taken.socket, taken.head, taken.early, taken.newcomer);
        }
    }

    /// Answers requests until the connection ends, or is to become a stream.
    async fn answer(&self, socket: TcpStream, peer: SocketAddr) -> Option<Taken> {
        let progress = Arc::new(Progress::new());
        let handover = Handover::default();
        let io = TokioIo::new(Watched::new(socket, progress.clone()));
        let requests = Requests::new(self.router.clone(), Peer::of(peer.ip()), progress.clone(), handover.clone());
        let mut settings = http1::Builder::new();
        settings.max_buf_size(BUFFER).max_headers(HEADERS).header_read_timeout(None);
        let mut connection = settings.serve_connection(io, requests);
        let mut limit = pin!(sleep_until(Instant::now() + self.limits.head));
        let mut stopping = pin!(self.shutdown.cancelled());
        let mut told = false;
        let taken = poll_fn(|context| {
            if !told && stopping.as_mut().poll(context).is_ready() {
                told = true;
                Pin::new(&mut connection).graceful_shutdown();
            }
            if Pin::new(&mut connection).poll(context).is_ready() {
                return Poll::Ready(None);
            }
            // Answers to requests before this one go first.
            if !progress.short()
                && let Some(taken) = handover.take()
            {
                return Poll::Ready(Some(taken));
            }
            while limit.as_mut().poll(context).is_ready() {
                match progress.due(&self.limits) {
                    None => return Poll::Ready(None),
                    Some(due) => limit.as_mut().reset(due),
                }
            }
            Poll::Pending
        })
        .await;
        let (head, newcomer) = taken?;
        let parts = connection.into_parts();
        let socket = parts.io.into_inner().into_socket().into_std().ok()?;
        Some(Taken { socket, head: write_head(&head), early: parts.read_buf, newcomer })
    }
}

struct Taken {
    socket: std::net::TcpStream,
    head: Vec<u8>,
    early: bytes::Bytes,
    newcomer: Newcomer,
}

fn write_head(head: &response::Parts) -> Vec<u8> {
    let reason = head.status.canonical_reason().unwrap_or_default();
    let mut out = format!("HTTP/1.1 {} {reason}\r\n", head.status.as_str()).into_bytes();
    // The router measures the empty body it was given; what follows has no length, and who believes in one hears nothing.
    let told = head.headers.iter().filter(|(name, _)| *name != header::CONTENT_LENGTH);
    for (name, value) in told {
        out.extend_from_slice(name.as_str().as_bytes());
        out.extend_from_slice(b": ");
        out.extend_from_slice(value.as_bytes());
        out.extend_from_slice(b"\r\n");
    }
    let now = jiff::Timestamp::now();
    if let Ok(date) = jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&now) {
        out.extend_from_slice(format!("date: {date}\r\n").as_bytes());
    }
    out.extend_from_slice(b"\r\n");
    out
}

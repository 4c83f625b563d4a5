//! What a connection is doing, and since when: each state has its own time limit.

use crate::protect::Limits;
use std::{
    io,
    pin::Pin,
    sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering::Relaxed},
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::Instant,
};

/// Between two requests.
const IDLE: u8 = 0;
/// A request's head is coming in.
const HEAD: u8 = 1;
/// A request is being answered.
const BUSY: u8 = 2;

/// Shared by the parts of one connection, which all run in one task: the atomics only satisfy the compiler.
#[derive(Debug)]
pub(super) struct Progress {
    begun: Instant,
    state: AtomicU8,
    /// Milliseconds from `begun` to the start of the state, or to the last byte of an answer.
    since: AtomicU64,
    /// The last write did not take everything.
    short: AtomicBool,
}

impl Progress {
    /// Of a connection whose first byte is there.
    pub(super) fn new() -> Self {
        Self {
            begun: Instant::now(),
            state: AtomicU8::new(HEAD),
            since: AtomicU64::new(0),
            short: AtomicBool::new(false),
        }
    }

    /// A request's head is complete.
    pub(super) fn request(&self) {
        self.enter(BUSY);
    }

    /// An answer has been handed over for sending.
    pub(super) fn answered(&self) {
        self.enter(IDLE);
    }

    /// Whether an answer is still on its way to the socket.
    pub(super) fn short(&self) -> bool {
        self.short.load(Relaxed)
    }

    /// When to look again; `None` when the connection has had its time.
    pub(super) fn due(&self, limits: &Limits) -> Option<Instant> {
        let limit = match self.state.load(Relaxed) {
            // The end of an answer may still wait for a slow reader.
            IDLE if !self.short() => limits.idle,
            HEAD => limits.head,
            _ => limits.stuck,
        };
        let due = self.begun + Duration::from_millis(self.since.load(Relaxed)) + limit;
        (due > Instant::now()).then_some(due)
    }

    fn enter(&self, state: u8) {
        self.state.store(state, Relaxed);
        self.touch();
    }

    fn touch(&self) {
        self.since.store(self.begun.elapsed().as_millis() as u64, Relaxed);
    }

    fn received(&self) {
        if self.state.load(Relaxed) == IDLE {
            self.enter(HEAD);
        }
    }

    fn sent(&self, wanted: usize, outcome: &Poll<io::Result<usize>>) {
        match outcome {
            Poll::Ready(Ok(taken)) => {
                self.short.store(*taken < wanted, Relaxed);
                if self.state.load(Relaxed) != HEAD {
                    self.touch();
                }
            }
            Poll::Pending => self.short.store(true, Relaxed),
            Poll::Ready(Err(_)) => {}
        }
    }
}

/// A socket that notes what passes.
#[derive(Debug)]
pub(super) struct Watched {
    socket: TcpStream,
    progress: std::sync::Arc<Progress>,
}

impl Watched {
    pub(super) fn new(socket: TcpStream, progress: std::sync::Arc<Progress>) -> Self {
        Self { socket, progress }
    }

    pub(super) fn into_socket(self) -> TcpStream {
        self.socket
    }
}

impl AsyncRead for Watched {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let outcome = Pin::new(&mut self.socket).poll_read(context, buf);
        if buf.filled().len() > before {
            self.progress.received();
        }
        outcome
    }
}

impl AsyncWrite for Watched {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.socket).poll_write(context, bytes);
        self.progress.sent(bytes.len(), &outcome);
        outcome
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.socket).poll_write_vectored(context, pieces);
        self.progress.sent(pieces.iter().map(|piece| piece.len()).sum(), &outcome);
        outcome
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits {
        head: Duration::from_secs(5),
        idle: Duration::from_secs(75),
        stuck: Duration::from_secs(60),
        ..Limits::STANDARD
    };

    #[tokio::test(start_paused = true)]
    async fn each_state_has_its_own_limit() {
        let progress = Progress::new();
        let begun = Instant::now();
        assert_eq!(progress.due(&LIMITS), Some(begun + LIMITS.head));
        tokio::time::advance(Duration::from_secs(6)).await;
        assert_eq!(progress.due(&LIMITS), None, "a head that does not end");
        progress.request();
        assert_eq!(progress.due(&LIMITS), Some(Instant::now() + LIMITS.stuck));
        progress.answered();
        let idle = progress.due(&LIMITS);
        assert_eq!(idle, Some(Instant::now() + LIMITS.idle));
        tokio::time::advance(Duration::from_secs(70)).await;
        assert_eq!(progress.due(&LIMITS), idle);
        progress.received();
        tokio::time::advance(Duration::from_secs(4)).await;
        progress.received();
        tokio::time::advance(Duration::from_secs(2)).await;
        assert_eq!(progress.due(&LIMITS), None, "more bytes of the head do not help");
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_may_take_as_long_as_it_moves() {
        let progress = Progress::new();
        progress.request();
        for _ in 0..5 {
            tokio::time::advance(Duration::from_secs(50)).await;
            progress.sent(10, &Poll::Ready(Ok(4)));
            assert!(progress.due(&LIMITS).is_some() && progress.short());
        }
        progress.answered();
        progress.sent(10, &Poll::Pending);
        tokio::time::advance(Duration::from_secs(61)).await;
        assert_eq!(progress.due(&LIMITS), None, "its end is not taken");
    }
}

//! One thread that writes to every open stream.
//!
//! A stream that has all there is costs a socket and a few words here: no task, no timer, no buffer. All streams of
//! the same view that are in step are told the same bytes, encoded once, with one write each. A client that takes
//! less than it is sent falls out of step: it keeps the rest of what it was being told, and after that catches up by
//! itself from what is newest. So memory per client is bounded by the size of a message, whatever the rate.

mod client;
mod group;
mod writer;

use super::{cursor::Cursor, message::Form, view::View};
use crate::{protect::Seat, server::App};
use bytes::Bytes;
use mio::{Poll, Token, Waker};
use std::{
    io,
    net::TcpStream,
    sync::{Arc, mpsc},
};
use tokio::sync::oneshot;
use writer::Writer;

const WAKE: Token = Token(usize::MAX);

/// A client whose request was found good.
#[derive(Debug)]
pub(crate) struct Newcomer {
    pub(super) view: View,
    pub(super) cursor: Cursor,
    /// What it is told first.
    pub(super) greeting: Vec<u8>,
    pub(super) form: Form,
    pub(super) seat: Seat,
}

/// Its socket, once the request has been read.
#[derive(Debug)]
struct Arrived {
    socket: TcpStream,
    /// Head of the response.
    head: Vec<u8>,
    /// What it sent after its request.
    early: Bytes,
    newcomer: Newcomer,
}

/// Takes sockets.
#[derive(Debug, Clone)]
pub(crate) struct Hub {
    arrivals: mpsc::Sender<Arrived>,
    waker: Arc<Waker>,
}

impl Hub {
    /// Starts the thread. It ends after the gateway's shutdown, once all have been told, or 2 s later; then the
    /// receiver hears of it. It also does when the thread fails.
    pub(crate) fn start(app: App) -> io::Result<(Self, oneshot::Receiver<()>)> {
        let poll = Poll::new()?;
        let waker = Arc::new(Waker::new(poll.registry(), WAKE)?);
        let (arrivals, inbox) = mpsc::channel();
        let (ended, end) = oneshot::channel();
        let hub = Self { arrivals, waker };
        app.boards.on_change(hub.bell());
        app.ticks.on_change(hub.bell());
        let (stop, wake) = (app.shutdown.clone(), hub.bell());
        tokio::spawn(async move {
            stop.cancelled().await;
            wake();
        });
        std::thread::Builder::new().name("streams".to_owned()).spawn(move || {
            // Held until the thread ends, however it does.
            let _ended = ended;
            Writer::new(app, poll, inbox).run();
        })?;
        Ok((hub, end))
    }

    /// Gives a client's socket to the thread.
    pub(crate) fn join(&self, socket: TcpStream, head: Vec<u8>, early: Bytes, newcomer: Newcomer) {
        // Without the thread the gateway is about to end, and the client's connection ends here.
        if self.arrivals.send(Arrived { socket, head, early, newcomer }).is_ok() {
            self.wake();
        }
    }

    fn bell(&self) -> impl Fn() + Send + Sync + 'static + use<> {
        let hub = self.clone();
        move || hub.wake()
    }

    fn wake(&self) {
        if let Err(error) = self.waker.wake() {
            tracing::error!(%error, "the streams cannot be woken");
        }
    }
}

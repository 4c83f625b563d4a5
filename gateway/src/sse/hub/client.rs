//! One open stream.

use super::super::{allowance::Allowance, cursor::Cursor, message::Form};
use crate::{
    protect::Seat,
    socket::{self, Heard, Inbound},
};
use bytes::{Buf, Bytes};
use mio::net::TcpStream;
use std::{
    collections::VecDeque,
    io::{ErrorKind, Read, Write},
    time::{Duration, Instant},
};

/// What a client of server-sent events may say after its request, which is nothing, before it is cut off.
const NOISE: usize = 64 << 10;
/// Answers to pings that may wait for a client that does not read.
const ANSWERS: usize = 4;

/// What the kernel may hold for a client that does not read. A quiet feed needs no more, and thousands of slow clients
/// are to fit into its memory.
const SEND_BUFFER: usize = 64 << 10;

/// Prepares the socket of a stream. A peer that has vanished without a word is given up after `patience`.
pub(super) fn tune(socket: &std::net::TcpStream, patience: Duration) {
    let socket = socket2::SockRef::from(socket);
    // None of these is worth losing a client over.
    let _ = socket.set_send_buffer_size(SEND_BUFFER);
    #[cfg(target_os = "linux")]
    let _ = socket.set_tcp_user_timeout(Some(patience));
    let _ = socket.set_tcp_keepalive(&socket2::TcpKeepalive::new().with_time(patience));
}

#[derive(Debug)]
pub(super) struct Client {
    socket: TcpStream,
    pub(super) form: Form,
    /// The view it is in.
    pub(super) group: usize,
    /// Its place among the group's members.
    pub(super) place: usize,
    /// What it has to catch up with; none when it is in step with its group.
    pub(super) behind: Option<Box<Behind>>,
    /// What it says, when it may.
    inbound: Option<Box<Inbound>>,
    noise: usize,
    _seat: Seat,
}

/// A client that does not hold all there is.
#[derive(Debug)]
pub(super) struct Behind {
    /// What it holds once the outbox is empty.
    pub(super) cursor: Cursor,
    pub(super) outbox: VecDeque<Bytes>,
    /// When it last took a byte.
    pub(super) moved: Instant,
    pub(super) allowance: Allowance,
    /// Its socket takes nothing now, and will say when it does.
    pub(super) blocked: bool,
    /// The stream ends with the outbox.
    pub(super) last: bool,
}

impl Behind {
    pub(super) fn new(cursor: Cursor, outbox: impl IntoIterator<Item = Bytes>) -> Box<Self> {
        Box::new(Self {
            cursor,
            outbox: outbox.into_iter().collect(),
            moved: Instant::now(),
            allowance: Allowance::full(),
            blocked: false,
            last: false,
        })
    }
}

/// How a write went.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wrote {
    All,
    /// The rest must wait.
    Short,
    /// The client is gone.
    Gone,
}

/// What a client said.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Said {
    Nothing,
    /// To be sent.
    Answer(Bytes),
    /// To be sent as the last.
    Farewell(Bytes),
    Gone,
}

impl Client {
    pub(super) fn new(socket: TcpStream, form: Form, behind: Box<Behind>, seat: Seat) -> Self {
        let inbound = (form == Form::Socket).then(Box::default);
        Self { socket, form, group: 0, place: 0, behind: Some(behind), inbound, noise: 0, _seat: seat }
    }

    pub(super) fn socket(&mut self) -> &mut TcpStream {
        &mut self.socket
    }

    /// Writes as much as the socket takes, and takes that off `bytes`.
    pub(super) fn write(&mut self, bytes: &mut Bytes) -> Wrote {
        while !bytes.is_empty() {
            match self.socket.write(bytes) {
                Ok(0) => return Wrote::Gone,
                Ok(taken) => bytes.advance(taken),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Wrote::Short,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return Wrote::Gone,
            }
        }
        Wrote::All
    }

    /// Writes what waits in the outbox. `Short` also when there is no outbox to write.
    pub(super) fn flush(&mut self, now: Instant) -> Wrote {
        while let Some(mut bytes) = self.behind.as_mut().and_then(|behind| behind.outbox.pop_front()) {
            let before = bytes.len();
            let wrote = self.write(&mut bytes);
            let Some(behind) = &mut self.behind else { return wrote };
            if bytes.len() < before {
                behind.moved = now;
            }
            behind.blocked = wrote == Wrote::Short;
            if wrote != Wrote::All {
                behind.outbox.push_front(bytes);
                return wrote;
            }
        }
        Wrote::All
    }

    /// Reads all the client has said.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> Said {
        let mut said = Said::Nothing;
        loop {
            match self.socket.read(buffer) {
                Ok(0) => return Said::Gone,
                Ok(length) => {
                    said = self.hear(&buffer[..length], said);
                    if matches!(said, Said::Farewell(_) | Said::Gone) {
                        return said;
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return said,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return Said::Gone,
            }
        }
    }

    /// Takes what the client has said; `said` is what it said before that is not answered yet.
    pub(super) fn hear(&mut self, bytes: &[u8], said: Said) -> Said {
        let Some(inbound) = &mut self.inbound else {
            self.noise += bytes.len();
            return if self.noise > NOISE { Said::Gone } else { said };
        };
        let mut answers = match said {
            Said::Answer(before) => before.to_vec(),
            _ => Vec::new(),
        };
        let (mut ended, mut pings) = (false, 0);
        inbound.push(bytes, |heard| match heard {
            Heard::Ping(payload) if pings < ANSWERS => {
                pings += 1;
                socket::pong(&payload, &mut answers);
            }
            Heard::Ping(_) => {}
            Heard::Close(code) if !ended => {
                ended = true;
                socket::close(code, &mut answers);
            }
            Heard::Close(_) => {}
        });
        match (ended, answers.is_empty()) {
            (true, _) => Said::Farewell(answers.into()),
            (false, true) => Said::Nothing,
            (false, false) => Said::Answer(answers.into()),
        }
    }

    /// Puts an answer after what it is being told. One that does not read has no more than a few waiting.
    pub(super) fn answer(&mut self, answer: Bytes, last: bool, cursor: &Cursor) {
        let behind = self.behind.get_or_insert_with(|| Behind::new(cursor.clone(), None));
        if behind.outbox.len() < ANSWERS || last {
            behind.outbox.push_back(answer);
        }
        behind.last |= last;
    }

    /// Ends what it is told. What the kernel holds is still delivered.
    pub(super) fn end(&self) {
        // It may be gone already.
        let _ = self.socket.shutdown(std::net::Shutdown::Write);
    }
}

//! The clients, in a process of their own: sockets, one thread, and a look at the clock when a mark is read.

use super::{
    crowded::{Heard, READY},
    histogram::Histogram,
    process,
};
use crate::{cli::Crowd, say::print};
use anyhow::{Context, Result};
use mio::{Events, Interest, Poll, Token, Waker, net::TcpStream};
use std::{
    io::{ErrorKind, Read, Write},
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

const WAKE: Token = Token(usize::MAX);
/// What the last message may need to reach the last client.
const PATIENCE: Duration = Duration::from_secs(30);
/// So many clients per address of ours: ports are scarce only far above.
const PER_ADDRESS: usize = 20_000;

/// Opens the streams, says that it is ready, reads until it is told the number of the last message, and prints what
/// it heard.
///
/// # Errors
/// When a client cannot connect.
pub(crate) fn crowd(args: &Crowd) -> Result<()> {
    process::raise_open_files(u64::from(args.clients) + 100)?;
    let begun = Instant::now();
    let mut poll = Poll::new()?;
    let last = last_number(Waker::new(poll.registry(), WAKE)?);
    let request = format!("GET {} HTTP/1.1\r\nhost: {}\r\naccept: text/event-stream\r\n\r\n", args.path, args.address);
    let mut clients = Vec::with_capacity(args.clients as usize);
    for number in 0..args.clients as usize {
        let mut client = Client::open(args.address, number, &request).with_context(|| format!("client {number}"))?;
        poll.registry().register(&mut client.socket, Token(number), Interest::READABLE)?;
        clients.push(client);
    }
    let mut crowd = Listeners { clients, times: Histogram::default(), bytes: 0, skipped: 0, open: 0, ended: 0 };
    let mut events = Events::with_capacity(4096);
    while crowd.open < args.clients && crowd.ended == 0 && begun.elapsed() < PATIENCE {
        crowd.turn(&mut poll, &mut events)?;
    }
    let connect_ms = begun.elapsed().as_millis() as u64;
    print(&format!("{READY} {} {connect_ms}", crowd.open));
    let mut deadline = None;
    loop {
        crowd.turn(&mut poll, &mut events)?;
        let last = last.load(Ordering::Relaxed);
        if last > 0 {
            let due = *deadline.get_or_insert_with(|| Instant::now() + PATIENCE);
            let newest = crowd.clients.iter().filter(|client| u64::from(client.newest) >= last).count() as u32;
            if newest == args.clients || Instant::now() >= due {
                print(&serde_json::to_string(&crowd.heard(newest))?);
                return Ok(());
            }
        }
    }
}

/// The number on standard input, once it is there; 0 before. The end of input without one ends the wait, too.
fn last_number(waker: Waker) -> Arc<AtomicU64> {
    let last = Arc::new(AtomicU64::new(0));
    let told = last.clone();
    std::thread::spawn(move || {
        let mut line = String::new();
        let _ = std::io::stdin().read_line(&mut line);
        told.store(line.trim().parse().unwrap_or(u64::MAX), Ordering::Relaxed);
        let _ = waker.wake();
    });
    last
}

struct Client {
    socket: TcpStream,
    /// Number of the newest message.
    newest: u32,
    /// The mark that is being read.
    mark: Mark,
    open: bool,
}

/// `~<time>:<number>;`, as far as it was read.
#[derive(Default)]
enum Mark {
    #[default]
    None,
    Time(u64),
    Number(u64, u32),
}

impl Client {
    fn open(server: SocketAddr, number: usize, request: &str) -> Result<Self> {
        let socket = socket2::Socket::new(socket2::Domain::for_address(server), socket2::Type::STREAM, None)?;
        if server.ip() == IpAddr::V4(Ipv4Addr::LOCALHOST) {
            let host = 1 + (number / PER_ADDRESS) as u8;
            socket.bind(&SocketAddr::from((Ipv4Addr::new(127, 0, 0, host), 0)).into())?;
        }
        socket.connect(&server.into())?;
        let mut socket = std::net::TcpStream::from(socket);
        socket.write_all(request.as_bytes())?;
        socket.set_nonblocking(true)?;
        Ok(Self { socket: TcpStream::from_std(socket), newest: 0, mark: Mark::None, open: false })
    }

    /// Reads bytes and hands on the marks in them.
    fn read(&mut self, mut bytes: &[u8], mut heard: impl FnMut(u64, u32)) {
        while let Some((&byte, rest)) = bytes.split_first() {
            self.mark = match (std::mem::take(&mut self.mark), byte) {
                (Mark::None, _) => {
                    let Some(start) = bytes.iter().position(|&byte| byte == b'~') else { return };
                    bytes = &bytes[start + 1..];
                    self.mark = Mark::Time(0);
                    continue;
                }
                (Mark::Time(time), b'0'..=b'9') => Mark::Time(time * 10 + u64::from(byte - b'0')),
                (Mark::Time(time), b':') => Mark::Number(time, 0),
                (Mark::Number(time, number), b'0'..=b'9') => Mark::Number(time, number * 10 + u32::from(byte - b'0')),
                (Mark::Number(time, number), b';') => {
                    heard(time, number);
                    Mark::None
                }
                _ => Mark::None,
            };
            bytes = rest;
        }
    }
}

struct Listeners {
    clients: Vec<Client>,
    times: Histogram,
    bytes: u64,
    /// Messages that clients were not told because a newer one was there.
    skipped: u64,
    /// Clients whose stream has begun.
    open: u32,
    /// Clients whose stream has ended.
    ended: u32,
}

impl Listeners {
    fn turn(&mut self, poll: &mut Poll, events: &mut Events) -> Result<()> {
        match poll.poll(events, Some(Duration::from_millis(200))) {
            Err(error) if error.kind() != ErrorKind::Interrupted => return Err(error.into()),
            _ => {}
        }
        let mut buffer = [0; 16 << 10];
        for event in events.iter().filter(|event| event.token() != WAKE) {
            self.listen(event.token().0, &mut buffer);
        }
        Ok(())
    }

    fn listen(&mut self, number: usize, buffer: &mut [u8]) {
        loop {
            let client = &mut self.clients[number];
            let length = match client.socket.read(buffer) {
                Ok(0) => {
                    self.ended += 1;
                    return;
                }
                Ok(length) => length,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(_) => {
                    self.ended += 1;
                    return;
                }
            };
            if !std::mem::replace(&mut client.open, true) {
                self.open += 1;
            }
            self.bytes += length as u64;
            let (now, before) = (process::monotonic_ns(), client.newest);
            let (mut newest, mut skipped) = (before, 0);
            client.read(&buffer[..length], |time, number| {
                self.times.add(now.saturating_sub(time) / 1000);
                skipped += u64::from(number.saturating_sub(newest + 1));
                newest = newest.max(number);
            });
            client.newest = newest;
            self.skipped += skipped;
        }
    }

    fn heard(&self, newest: u32) -> Heard {
        Heard {
            newest,
            messages: self.times.count(),
            skipped: self.skipped,
            ended: self.ended,
            bytes: self.bytes,
            p50_us: self.times.percentile(50),
            p99_us: self.times.percentile(99),
            max_us: self.times.max_us(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_read_however_the_bytes_are_cut() {
        let text = b"head ~x ~1:2 ~123:4; tail ~5:67;";
        for piece in 1..text.len() {
            let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            let mut client = Client::open(listener.local_addr().unwrap(), 0, "").unwrap();
            let mut marks = Vec::new();
            text.chunks(piece).for_each(|piece| client.read(piece, |time, number| marks.push((time, number))));
            assert_eq!(marks, [(123, 4), (5, 67)], "in pieces of {piece}");
        }
    }
}

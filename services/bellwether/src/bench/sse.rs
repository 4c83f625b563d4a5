//! A plain client of the gateway's stream: a socket, a line parser, and a look at the clock after each read.

use anyhow::{Context, Result, bail, ensure};
use bellwether_schemas::Ordinal;
use serde::Deserialize;
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::mpsc::UnboundedSender,
    time::sleep,
};

const PAUSE: Duration = Duration::from_millis(20);
const LONGEST_HEAD: usize = 64 << 10;

/// A result of a worker, complete at the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Frame {
    /// The worker.
    pub(super) section: String,
    /// The scan it speaks of.
    pub(super) ordinal: Ordinal,
    /// When the read that completed it returned.
    pub(super) at: Instant,
}

/// One server-sent event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Event {
    name: String,
    data: String,
    id: Option<String>,
}

/// Puts events together from bytes as they come.
///
/// Source: WHATWG HTML, 9.2.6 Interpreting an event stream; of line ends only LF and CR LF, which is what is sent.
#[derive(Debug, Default)]
struct Parser {
    line: Vec<u8>,
    event: Event,
}

impl Parser {
    fn push(&mut self, bytes: &[u8], mut complete: impl FnMut(Event)) {
        for part in bytes.split_inclusive(|&byte| byte == b'\n') {
            self.line.extend_from_slice(part);
            if part.ends_with(b"\n") {
                let mut line = std::mem::take(&mut self.line);
                self.take(&line, &mut complete);
                line.clear();
                self.line = line;
            }
        }
    }

    fn take(&mut self, line: &[u8], complete: &mut impl FnMut(Event)) {
        let line = String::from_utf8_lossy(line);
        let line = line.trim_end_matches(['\n', '\r']);
        if line.is_empty() {
            let event = std::mem::take(&mut self.event);
            if !event.data.is_empty() {
                complete(event);
            }
            return;
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.event.name),
            "data" => {
                if !self.event.data.is_empty() {
                    self.event.data.push('\n');
                }
                self.event.data.push_str(value);
            }
            "id" => self.event.id = Some(value.to_owned()),
            // A comment, or a field of a later version.
            _ => {}
        }
    }
}

/// Opens `path` as a stream, waiting for the gateway up to `limit`, and hands on each result until the stream ends.
///
/// # Errors
/// When it cannot be opened in time.
pub(super) async fn open(
    address: SocketAddr,
    path: &str,
    limit: Duration,
    frames: UnboundedSender<Frame>,
) -> Result<()> {
    let deadline = Instant::now() + limit;
    loop {
        match request(address, path).await {
            Ok((stream, rest)) => {
                tokio::spawn(read(stream, rest, frames));
                return Ok(());
            }
            Err(error) if Instant::now() >= deadline => return Err(error.context(format!("http://{address}{path}"))),
            Err(_) => sleep(PAUSE).await,
        }
    }
}

/// HTTP/1.0, so that the body comes as it is, without chunks.
async fn request(address: SocketAddr, path: &str) -> Result<(TcpStream, Vec<u8>)> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let request = format!("GET {path} HTTP/1.0\r\nhost: {address}\r\naccept: text/event-stream\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut head = Vec::new();
    loop {
        if let Some(end) = head.windows(4).position(|window| window == b"\r\n\r\n") {
            let rest = head.split_off(end + 4);
            let first = String::from_utf8_lossy(&head);
            let first = first.lines().next().unwrap_or_default();
            ensure!(first.split(' ').nth(1) == Some("200"), "it answers {first:?}");
            return Ok((stream, rest));
        }
        ensure!(head.len() < LONGEST_HEAD, "its head does not end");
        if stream.read_buf(&mut head).await? == 0 {
            bail!("it closed the connection");
        }
    }
}

/// Ends with the stream, or when nobody listens any more; either closes the channel.
async fn read(mut stream: TcpStream, rest: Vec<u8>, frames: UnboundedSender<Frame>) {
    let (mut parser, mut buffer, mut at) = (Parser::default(), vec![0; 256 << 10], Instant::now());
    let mut bytes = rest;
    loop {
        let mut open = true;
        parser.push(&bytes, |event| match frame(&event, at) {
            Ok(Some(frame)) => open &= frames.send(frame).is_ok(),
            Ok(None) => {}
            Err(error) => tracing::warn!(error = format!("{error:#}"), "an event that cannot be read"),
        });
        let read = stream.read(&mut buffer).await.unwrap_or(0);
        at = Instant::now();
        if !open || read == 0 {
            return;
        }
        bytes.clear();
        bytes.extend_from_slice(&buffer[..read]);
    }
}

/// A result has one event per part; the last of them carries the id.
fn frame(event: &Event, at: Instant) -> Result<Option<Frame>> {
    #[derive(Deserialize)]
    struct Snapshot {
        section: String,
        scan: Reference,
    }
    #[derive(Deserialize)]
    struct Reference {
        ordinal: Ordinal,
    }
    if event.name != "snapshot" || event.id.is_none() {
        return Ok(None);
    }
    let Snapshot { section, scan } = serde_json::from_str(&event.data).context("a snapshot")?;
    Ok(Some(Frame { section, ordinal: scan.ordinal, at }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "event: hello\ndata: {\"a\":1}\n\n: a comment\n\nevent: snapshot\ndata: {\"section\":\"regime\",\
                        \"scan\":{\"ordinal\":7}}\n\nevent: snapshot\r\ndata:{\"section\":\"regime\",\ndata: \
                        \"scan\":{\"ordinal\":7}}\nid: x\nretry: 5\n\n";

    fn events(pieces: impl Iterator<Item = &'static [u8]>) -> Vec<Event> {
        let (mut parser, mut events) = (Parser::default(), Vec::new());
        pieces.for_each(|piece| parser.push(piece, |event| events.push(event)));
        events
    }

    #[test]
    fn events_are_the_same_however_the_bytes_are_cut() {
        let whole = events(std::iter::once(TEXT.as_bytes()));
        assert_eq!(whole.len(), 3);
        assert_eq!((whole[0].name.as_str(), whole[0].data.as_str(), &whole[0].id), ("hello", "{\"a\":1}", &None));
        assert_eq!(whole[2].id.as_deref(), Some("x"));
        assert!(whole[2].data.contains(",\n\"scan\""), "lines of data are joined");
        for size in 1..TEXT.len() {
            assert_eq!(events(TEXT.as_bytes().chunks(size)), whole, "in pieces of {size}");
        }
    }

    #[test]
    fn only_the_event_that_ends_a_result_is_a_frame() {
        let at = Instant::now();
        let frames: Vec<_> =
            events(std::iter::once(TEXT.as_bytes())).iter().map(|event| frame(event, at).unwrap()).collect();
        assert_eq!(frames, [None, None, Some(Frame { section: "regime".to_owned(), ordinal: 7, at })]);
        let odd = Event { name: "snapshot".to_owned(), data: "[]".to_owned(), id: Some(String::new()) };
        assert!(frame(&odd, at).is_err());
    }

    #[tokio::test]
    async fn what_is_no_stream_is_an_error_that_says_what_it_is() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let _ = stream.write_all(b"HTTP/1.1 404 Not Found\r\n\r\n").await;
            }
        });
        let (frames, _inbox) = tokio::sync::mpsc::unbounded_channel();
        let error = open(address, "/x", Duration::from_millis(50), frames).await.unwrap_err();
        assert!(format!("{error:#}").contains("404"), "{error:#}");
    }
}

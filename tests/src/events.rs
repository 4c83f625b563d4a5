use serde_json::Value;
use std::io;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

/// One server-sent event.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Its name.
    pub name: String,
    /// The vector the client holds once it has applied the event; empty where the event had none.
    pub id: String,
    /// Its JSON.
    pub data: Value,
}

/// A client of the gateway's stream, as plain as one can be.
#[derive(Debug)]
pub struct Events {
    lines: BufReader<TcpStream>,
}

impl Events {
    /// Opens `path` at `address`, as a client that holds what `last_id` says.
    ///
    /// # Errors
    /// When nobody listens, or the answer is no stream.
    pub async fn open(address: &str, path: &str, last_id: Option<&str>) -> io::Result<Self> {
        let mut socket = TcpStream::connect(address).await?;
        let resume = last_id.map(|id| format!("Last-Event-ID: {id}\r\n")).unwrap_or_default();
        // HTTP/1.0: no chunks to take apart.
        let request = format!("GET {path} HTTP/1.0\r\nHost: {address}\r\nAccept: text/event-stream\r\n{resume}\r\n");
        socket.write_all(request.as_bytes()).await?;
        let mut events = Self { lines: BufReader::with_capacity(4096, socket) };
        let status = events.line().await?.unwrap_or_default();
        if status.split(' ').nth(1) != Some("200") {
            return Err(io::Error::other(format!("no stream: {status:?}")));
        }
        while events.line().await?.is_some_and(|line| !line.is_empty()) {}
        Ok(events)
    }

    /// The next event; `None` at the end of the stream.
    ///
    /// # Errors
    /// When the link breaks or the stream is malformed.
    pub async fn next(&mut self) -> io::Result<Option<Event>> {
        let mut event = Event { name: String::new(), id: String::new(), data: Value::Null };
        while let Some(line) = self.line().await? {
            match line.split_once(": ") {
                None if line.is_empty() && !event.name.is_empty() => return Ok(Some(event)),
                Some(("event", name)) => event.name = name.to_owned(),
                Some(("id", id)) => event.id = id.to_owned(),
                Some(("data", json)) => event.data = serde_json::from_str(json)?,
                _ => {}
            }
        }
        // What was not ended by an empty line is no event.
        Ok(None)
    }

    /// `None` at the end, also in the middle of a line: a killed gateway ends so.
    async fn line(&mut self) -> io::Result<Option<String>> {
        let mut line = String::new();
        self.lines.read_line(&mut line).await?;
        Ok(line.strip_suffix('\n').map(|line| line.trim_end_matches('\r').to_owned()))
    }
}

//! Asks whether a broker answers, without a client: its first line says who it is.

use anyhow::{Context, Result, anyhow, bail};
use serde::Deserialize;
use std::{net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader},
    net::TcpStream,
    time::{Instant, sleep, timeout},
};

const ONE_TRY: Duration = Duration::from_secs(1);
const PAUSE: Duration = Duration::from_millis(20);
/// The line is about 500 bytes; what is much longer is no broker.
const LONGEST: u64 = 64 << 10;

/// What a broker says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Info {
    /// Its version.
    pub(crate) version: String,
    /// Whether it keeps logs; absent when it does not.
    #[serde(default)]
    pub(crate) jetstream: bool,
}

/// Waits until the broker answers.
///
/// # Errors
/// When `limit` has passed, with the last reason.
pub(crate) async fn answers(address: SocketAddr, limit: Duration) -> Result<Info> {
    let deadline = Instant::now() + limit;
    loop {
        let outcome = timeout(ONE_TRY, ask(address)).await.unwrap_or_else(|_| Err(anyhow!("no first line")));
        match outcome {
            Ok(info) => return Ok(info),
            Err(error) if Instant::now() >= deadline => {
                return Err(error.context(format!("{address} did not answer within {limit:?}")));
            }
            Err(_) => sleep(PAUSE).await,
        }
    }
}

/// Waits until something listens.
///
/// # Errors
/// When `limit` has passed, with the last reason.
pub(crate) async fn listens(address: SocketAddr, limit: Duration) -> Result<()> {
    let deadline = Instant::now() + limit;
    loop {
        match timeout(ONE_TRY, TcpStream::connect(address)).await {
            Ok(Ok(_)) => return Ok(()),
            _ if Instant::now() >= deadline => bail!("{address} did not listen within {limit:?}"),
            _ => sleep(PAUSE).await,
        }
    }
}

async fn ask(address: SocketAddr) -> Result<Info> {
    let stream = TcpStream::connect(address).await?;
    let mut line = String::new();
    BufReader::new(stream.take(LONGEST)).read_line(&mut line).await?;
    let info = line.strip_prefix("INFO ").context("what answers there is no NATS server")?;
    let info: Info = serde_json::from_str(info).context("what answers there is no NATS server")?;
    if !info.jetstream {
        bail!("the NATS server there runs without JetStream");
    }
    Ok(info)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::{io::AsyncWriteExt, net::TcpListener};

    async fn says(line: &'static str) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let _ = stream.write_all(line.as_bytes()).await;
            }
        });
        address
    }

    #[tokio::test]
    async fn a_broker_is_told_from_anything_else_that_listens() {
        let limit = Duration::from_millis(50);
        let info = answers(says("INFO {\"version\":\"2.15.1\",\"jetstream\":true}\r\n").await, limit).await.unwrap();
        assert_eq!(info.version, "2.15.1");
        for (line, reason) in
            [("INFO {\"version\":\"2.15.1\"}\r\n", "without JetStream"), ("SSH-2.0\r\n", "no NATS server")]
        {
            let error = format!("{:#}", answers(says(line).await, limit).await.unwrap_err());
            assert!(error.contains(reason) && error.contains("did not answer within"), "{error}");
        }
    }
}

//! Waits for the dashboard.

use super::address::shown;
use crate::say::say;
use std::{io, net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, sleep, timeout},
};
use tokio_util::sync::CancellationToken;

const ONE_TRY: Duration = Duration::from_secs(2);
/// After so long the person waiting is told where to look.
const PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(25);

/// Waits until the gateway answers; false when told to stop before.
pub(super) async fn answers(listen: SocketAddr, stop: &CancellationToken) -> bool {
    let answered = async {
        let mut hint = Instant::now() + PATIENCE;
        while !matches!(timeout(ONE_TRY, ask(shown(listen))).await, Ok(Ok(true))) {
            if Instant::now() >= hint {
                hint += PATIENCE;
                say("the dashboard does not answer yet; `bellwether ps` says what ended, and of what");
            }
            sleep(PAUSE).await;
        }
    };
    tokio::select! {
        () = answered => true,
        () = stop.cancelled() => false,
    }
}

async fn ask(address: SocketAddr) -> io::Result<bool> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET /health/live HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut start = [0; 12];
    stream.read_exact(&mut start).await?;
    Ok(start.starts_with(b"HTTP/1.1 200"))
}

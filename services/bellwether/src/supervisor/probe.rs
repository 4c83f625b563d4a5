//! Whether a unit says that it is ready.

use std::{io, net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{sleep, timeout},
};

const ONE_TRY: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(50);

/// Waits until `/health/ready` at `address` answers 200; false when it does not within `limit`. Without an address
/// there is nothing to wait for.
pub(super) async fn ready(address: Option<SocketAddr>, limit: Duration) -> bool {
    let Some(address) = address else { return true };
    let asked = async {
        while !matches!(timeout(ONE_TRY, ask(address)).await, Ok(Ok(true))) {
            sleep(PAUSE).await;
        }
    };
    timeout(limit, asked).await.is_ok()
}

async fn ask(address: SocketAddr) -> io::Result<bool> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET /health/ready HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut start = [0; 12];
    stream.read_exact(&mut start).await?;
    Ok(start.starts_with(b"HTTP/1.1 200"))
}

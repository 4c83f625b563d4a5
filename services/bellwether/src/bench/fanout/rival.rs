//! nginx with nchan, told by a request.

use super::{
    Server,
    nginx::{Nginx, Running},
};
use anyhow::{Result, ensure};
use std::{net::SocketAddr, path::Path};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const LOCATIONS: &str = "location = /publish { nchan_publisher; nchan_channel_id bench; nchan_message_buffer_length 4; }\n\
    location = /stream { nchan_subscriber eventsource; nchan_channel_id bench; nchan_subscriber_first_message newest; }";
/// What a frame of ours holds beside the text and the mark, so that both send about as many bytes.
const ENVELOPE: usize = 560;

pub(super) struct Rival {
    nginx: Running,
    publisher: TcpStream,
    padding: String,
}

impl Rival {
    pub(super) async fn start(nginx: &Nginx, folder: &Path, bytes: u32) -> Result<Self> {
        let nginx = nginx.start(folder, LOCATIONS).await?;
        let publisher = TcpStream::connect(nginx.address).await?;
        publisher.set_nodelay(true)?;
        Ok(Self { nginx, publisher, padding: "x".repeat(bytes as usize + ENVELOPE) })
    }

    pub(super) async fn stop(self) {
        self.nginx.stop().await;
    }
}

impl Server for Rival {
    const NAME: &'static str = "nginx with nchan";

    fn stream(&self) -> (SocketAddr, String) {
        (self.nginx.address, "/stream".to_owned())
    }

    fn processes(&self) -> Result<Vec<u32>> {
        self.nginx.processes()
    }

    async fn publish(&mut self, mark: &str) -> Result<()> {
        let body = format!("{mark}{}", self.padding);
        let request = format!("POST /publish HTTP/1.1\r\nhost: bench\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        self.publisher.write_all(request.as_bytes()).await?;
        let mut answer = [0; 2048];
        let length = self.publisher.read(&mut answer).await?;
        ensure!(answer[..length].starts_with(b"HTTP/1.1 20"), "nchan took no message");
        Ok(())
    }
}

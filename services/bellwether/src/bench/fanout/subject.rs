//! Our gateway, told by the broker.

use super::Server;
use crate::{cli::BenchFanout, services::gateway, supervisor::own_program};
use anyhow::{Context, Result, bail};
use bellwether_harness::{
    Bus,
    publish::{self, Numbered},
};
use bellwether_regime::RegimeWorker;
use bellwether_schemas::{Key, Quality, ScanRef, Status, Stored, codec, names};
use bellwether_worker::Worker;
use serde_json::json;
use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener},
    process::Stdio,
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    process::{Child, Command},
    time::{Instant, sleep},
};

const UNIVERSE: &str = "bench";
const LIMIT: Duration = Duration::from_secs(30);

/// Puts made-up results into a worker's bucket.
pub(in crate::bench) struct Publisher(publish::Publisher);

impl Publisher {
    /// Goes on where the bucket ends.
    ///
    /// # Errors
    /// When the broker does not answer.
    pub(in crate::bench) async fn attach(bus: &Bus) -> Result<Self> {
        let key = Key::live(UNIVERSE)?;
        let (stream, subject) =
            (names::bucket_stream(RegimeWorker::NAME), names::state_subject(RegimeWorker::NAME, &key));
        Ok(Self(publish::Publisher::attach(bus, &stream, &subject, &key, "bench").await?))
    }

    /// Puts a result whose only part holds `text`.
    ///
    /// # Errors
    /// When it is not stored.
    pub(in crate::bench) async fn put(&mut self, text: &str) -> Result<()> {
        let ordinal = self.0.next();
        let stored = Stored {
            schema: "regime/1".to_owned(),
            status: Status::Ok,
            reason: None,
            scan: ScanRef::unreadable(ordinal),
            coverage: None,
            quality: Quality::Ok,
            quality_reason: None,
            parts: Some(json!({"current": {"text": text}})),
            state: Some(0),
        };
        let body = codec::encode(&stored);
        let session = "2024-01-02".parse()?;
        let message = Numbered { schema: "regime/1", scan_id: None, session, body: body.into() };
        self.0.put(&message).await?;
        Ok(())
    }
}

/// A gateway in a process of its own.
pub(in crate::bench) struct Gateway {
    child: Child,
    pub(in crate::bench) address: SocketAddr,
}

impl Gateway {
    /// Starts one that lets everybody in, and waits until it hears its sections.
    ///
    /// # Errors
    /// When it does not answer.
    pub(in crate::bench) async fn start(broker: &str, clients: u32) -> Result<Self> {
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr())?;
        let (listen, most) = (address.to_string(), (clients + 100).to_string());
        let child = Command::new(own_program()?)
            .args(["run", gateway::NAME, "--nats", broker, "--listen", &listen])
            .args(["--streams", &most, "--streams-per-address", &most, "--requests-per-second", "100000000"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("start a gateway")?;
        let gateway = Self { child, address };
        let deadline = Instant::now() + LIMIT;
        while !gateway.ready().await.unwrap_or(false) {
            if Instant::now() >= deadline {
                bail!("the gateway does not answer");
            }
            sleep(Duration::from_millis(20)).await;
        }
        Ok(gateway)
    }

    async fn ready(&self) -> Result<bool> {
        let mut stream = TcpStream::connect(self.address).await?;
        let request = format!("GET /health/ready HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n", self.address);
        stream.write_all(request.as_bytes()).await?;
        let mut start = [0; 12];
        stream.read_exact(&mut start).await?;
        Ok(start.ends_with(b"200"))
    }

    /// Its process.
    ///
    /// # Errors
    /// When it has ended.
    pub(in crate::bench) fn process(&self) -> Result<u32> {
        self.child.id().context("the gateway has ended")
    }
}

/// The gateway as one of the servers that are compared.
pub(super) struct Subject<'a> {
    gateway: Gateway,
    publisher: &'a mut Publisher,
    padding: String,
}

impl<'a> Subject<'a> {
    pub(super) async fn start(broker: &str, publisher: &'a mut Publisher, args: &BenchFanout) -> Result<Self> {
        let gateway = Gateway::start(broker, args.clients).await?;
        Ok(Self { gateway, publisher, padding: "x".repeat(args.bytes as usize) })
    }
}

impl Server for Subject<'_> {
    const NAME: &'static str = "bellwether";

    fn stream(&self) -> (SocketAddr, String) {
        (self.gateway.address, format!("/api/stream?universe={UNIVERSE}&sections={}", RegimeWorker::NAME))
    }

    fn processes(&self) -> Result<Vec<u32>> {
        Ok(vec![self.gateway.process()?])
    }

    async fn publish(&mut self, mark: &str) -> Result<()> {
        self.publisher.put(&format!("{mark}{}", self.padding)).await
    }
}

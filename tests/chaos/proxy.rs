//! A link that can be slow, cut, or silent without an end.

use anyhow::Result;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU8, AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream, tcp::OwnedReadHalf, tcp::OwnedWriteHalf},
    sync::watch,
};

/// What the link does to what passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Link {
    Fine,
    /// Everything comes 150 ms late.
    Delayed,
    /// Nothing passes and nobody is told.
    HalfOpen,
    /// About 40 kB/s.
    Slow,
}

impl Link {
    fn of(number: u8) -> Self {
        [Self::Fine, Self::Delayed, Self::HalfOpen, Self::Slow][usize::from(number)]
    }
}

pub(crate) struct Proxy {
    pub(crate) port: u16,
    link: Arc<AtomicU8>,
    cuts: watch::Sender<u64>,
    pub(crate) passed: Arc<AtomicU64>,
}

impl Proxy {
    /// Stands before the broker at `port`.
    pub(crate) async fn before(broker: u16) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let (link, passed) = (Arc::new(AtomicU8::new(0)), Arc::new(AtomicU64::new(0)));
        let (cuts, cut) = watch::channel(0);
        let (links, counted) = (link.clone(), passed.clone());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(join(client, broker, links.clone(), cut.clone(), counted.clone()));
            }
        });
        Ok(Self { port, link, cuts, passed })
    }

    pub(crate) fn set(&self, link: Link) {
        self.link.store(link as u8, Ordering::Relaxed);
    }

    /// Ends every connection.
    pub(crate) fn cut(&self) {
        self.cuts.send_modify(|count| *count += 1);
    }
}

async fn join(
    client: TcpStream,
    broker: u16,
    link: Arc<AtomicU8>,
    mut cut: watch::Receiver<u64>,
    passed: Arc<AtomicU64>,
) {
    let Ok(broker) = TcpStream::connect(("127.0.0.1", broker)).await else { return };
    cut.borrow_and_update();
    let ((client_reads, client_writes), (broker_reads, broker_writes)) = (client.into_split(), broker.into_split());
    tokio::select! {
        () = pump(client_reads, broker_writes, &link, &passed) => {}
        () = pump(broker_reads, client_writes, &link, &passed) => {}
        _ = cut.changed() => {}
    }
}

async fn pump(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, link: &AtomicU8, passed: &AtomicU64) {
    let mut buffer = vec![0; 16 << 10];
    loop {
        let most = if Link::of(link.load(Ordering::Relaxed)) == Link::Slow { 2 << 10 } else { buffer.len() };
        let Ok(count @ 1..) = from.read(&mut buffer[..most]).await else { return };
        loop {
            match Link::of(link.load(Ordering::Relaxed)) {
                Link::Fine => break,
                Link::Delayed => {
                    tokio::time::sleep(Duration::from_millis(150)).await;
                    break;
                }
                Link::Slow => {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    break;
                }
                Link::HalfOpen => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
        passed.fetch_add(count as u64, Ordering::Relaxed);
        if to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
}

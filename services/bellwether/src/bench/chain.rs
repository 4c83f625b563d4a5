//! The product: a scan published, its results at a client of the gateway.

use super::{
    UNIVERSE,
    market::Made,
    sse::{self, Frame},
    stage::{SECTIONS, Stage},
};
use crate::cli::{BenchChain, Streams};
use anyhow::{Context, Result, ensure};
use bellwether_harness::publish::{Numbered, Published, Publisher};
use bellwether_schemas::{Key, Ordinal, names, scan};
use std::time::{Duration, Instant};
use tokio::{
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
    time::timeout,
};

/// A scan that takes longer is lost.
pub(super) const LIMIT: Duration = Duration::from_secs(30);

/// One publisher and one client.
pub(super) struct Chain {
    publisher: Publisher,
    frames: UnboundedReceiver<Frame>,
}

/// When a scan had come how far.
#[derive(Debug, Clone, Copy)]
pub(super) struct Passage {
    /// Just before it was published.
    pub(super) begun: Instant,
    /// The broker has it and has said so.
    pub(super) acked: Instant,
    /// The client has the result of each of [`SECTIONS`].
    pub(super) arrived: [Instant; SECTIONS.len()],
}

impl Passage {
    /// Time until the last of the results was at the client.
    pub(super) fn whole(&self) -> Duration {
        self.arrived.iter().max().unwrap_or(&self.acked).duration_since(self.begun)
    }
}

impl Chain {
    /// Attaches to the log of scans and opens the gateway's stream.
    ///
    /// # Errors
    /// When either does not answer.
    pub(super) async fn open(stage: &Stage, args: &BenchChain) -> Result<Self> {
        let key = Key::live(UNIVERSE)?;
        let publisher = Publisher::attach(&stage.bus, names::SCANS, &names::scan_subject(&key), &key, "bench").await?;
        let (frames, inbox) = unbounded_channel();
        let base = format!("/api/stream?universe={UNIVERSE}");
        let paths = match args.streams {
            Streams::One => vec![base],
            Streams::Each => SECTIONS.iter().map(|section| format!("{base}&sections={section}")).collect(),
        };
        for path in paths {
            sse::open(stage.gateway, &path, LIMIT, frames.clone()).await?;
        }
        Ok(Self { publisher, frames: inbox })
    }

    /// Stores a scan and does not wait for what becomes of it.
    ///
    /// # Errors
    /// When it cannot be stored as the scan it is.
    pub(super) async fn store(&mut self, made: &Made) -> Result<()> {
        store(&mut self.publisher, made).await
    }

    /// Waits until the client has the results of a scan.
    ///
    /// # Errors
    /// When they do not come.
    pub(super) async fn settle(&mut self, ordinal: Ordinal) -> Result<()> {
        arrive(&mut self.frames, ordinal).await.map(drop)
    }

    /// Publishes a scan and waits until the client has its results.
    ///
    /// # Errors
    /// As [`Chain::store`] and [`Chain::settle`].
    pub(super) async fn pass(&mut self, made: &Made) -> Result<Passage> {
        let begun = Instant::now();
        let acked = async {
            store(&mut self.publisher, made).await?;
            Ok::<_, anyhow::Error>(Instant::now())
        };
        let (acked, arrived) = tokio::try_join!(acked, arrive(&mut self.frames, made.ordinal))?;
        Ok(Passage { begun, acked, arrived })
    }
}

async fn store(publisher: &mut Publisher, made: &Made) -> Result<()> {
    let numbered =
        Numbered { schema: scan::SCHEMA, scan_id: Some(&made.id), session: made.session, body: made.body.clone() };
    let published = publisher.put(&numbered).await?;
    ensure!(published == Published::Stored(made.ordinal), "scan {} became {published:?}", made.ordinal);
    Ok(())
}

async fn arrive(frames: &mut UnboundedReceiver<Frame>, ordinal: Ordinal) -> Result<[Instant; SECTIONS.len()]> {
    let mut arrived = [None; SECTIONS.len()];
    let all = async {
        loop {
            if let [Some(first), Some(second)] = arrived {
                return Some([first, second]);
            }
            let frame = frames.recv().await?;
            let place = SECTIONS.iter().position(|section| *section == frame.section);
            if let Some(place) = place.filter(|_| frame.ordinal == ordinal) {
                arrived[place].get_or_insert(frame.at);
            }
        }
    };
    let in_time = timeout(LIMIT, all).await;
    let missing = || format!("scan {ordinal} did not reach the client within {LIMIT:?}");
    in_time.with_context(missing)?.context("the gateway closed the stream")
}

//! Listens between publisher and client, to see where the time goes. Listening costs time itself, so it is done after
//! what counts has been measured.

use super::{
    UNIVERSE,
    chain::{LIMIT, Passage},
    floor::follow,
    stage::{SECTIONS, Stage},
    stats::Series,
};
use crate::commands::connect;
use anyhow::{Context, Result};
use async_nats::jetstream::consumer::push;
use bellwether_schemas::{Key, Ordinal, names, names::header};
use futures::StreamExt;
use std::time::Instant;
use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    task::JoinSet,
    time::timeout,
};

/// Where is listened: the scan stored and handed out; each result on its way in; each result stored and handed out.
const POINTS: usize = 1 + 2 * SECTIONS.len();

type Seen = (usize, Ordinal, Instant);

/// Listeners at every point.
pub(super) struct Probe {
    seen: UnboundedReceiver<Seen>,
    _listeners: JoinSet<()>,
    /// Until the publisher had its answer.
    pub(super) acked: Series,
    /// Until a consumer of the scans had it.
    pub(super) scan_delivered: Series,
    /// Until the broker had a worker's result, stored or not.
    pub(super) result_sent: [Series; SECTIONS.len()],
    /// Until a consumer of the bucket had it.
    pub(super) result_delivered: [Series; SECTIONS.len()],
    /// Until the client had it.
    pub(super) arrived: [Series; SECTIONS.len()],
}

impl Probe {
    /// Listens from now on.
    ///
    /// # Errors
    /// When the broker refuses.
    pub(super) async fn attach(stage: &Stage) -> Result<Self> {
        let (key, bus) = (Key::live(UNIVERSE)?, connect(&stage.url, "bench").await?);
        let (tell, seen) = unbounded_channel();
        let mut listeners = JoinSet::new();
        listeners.spawn(stored(0, follow(&bus, names::SCANS, true).await?, tell.clone()));
        for (place, worker) in SECTIONS.into_iter().enumerate() {
            let sent = bus.client().subscribe(names::state_subject(worker, &key)).await?;
            let bucket = follow(&bus, &names::bucket_stream(worker), true).await?;
            listeners.spawn(passing(1 + 2 * place, sent, tell.clone()));
            listeners.spawn(stored(2 + 2 * place, bucket, tell.clone()));
        }
        bus.client().flush().await?;
        Ok(Self {
            seen,
            _listeners: listeners,
            acked: Series::default(),
            scan_delivered: Series::default(),
            result_sent: Default::default(),
            result_delivered: Default::default(),
            arrived: Default::default(),
        })
    }

    /// Notes when a scan passed each point.
    ///
    /// # Errors
    /// When it did not.
    pub(super) async fn note(&mut self, ordinal: Ordinal, passage: &Passage) -> Result<()> {
        let points = timeout(LIMIT, self.points(ordinal)).await.context("a listener hears nothing")?;
        let points = points.context("a listener has ended")?;
        let since = |at: Instant| at.saturating_duration_since(passage.begun);
        self.acked.add(0, since(passage.acked));
        self.scan_delivered.add(0, since(points[0]));
        for place in 0..SECTIONS.len() {
            self.result_sent[place].add(0, since(points[1 + 2 * place]));
            self.result_delivered[place].add(0, since(points[2 + 2 * place]));
            self.arrived[place].add(0, since(passage.arrived[place]));
        }
        Ok(())
    }

    async fn points(&mut self, ordinal: Ordinal) -> Option<[Instant; POINTS]> {
        let mut points = [None; POINTS];
        while points.iter().any(Option::is_none) {
            let (point, of, at) = self.seen.recv().await?;
            if of == ordinal {
                points[point].get_or_insert(at);
            }
        }
        Some(points.map(|at| at.unwrap_or_else(Instant::now)))
    }
}

async fn passing(point: usize, mut messages: async_nats::Subscriber, tell: UnboundedSender<Seen>) {
    while let Some(message) = messages.next().await {
        hear(point, message.headers.as_ref(), &tell);
    }
}

async fn stored(point: usize, mut messages: push::Messages, tell: UnboundedSender<Seen>) {
    while let Some(message) = messages.next().await {
        hear(point, message.ok().as_ref().and_then(|message| message.headers.as_ref()), &tell);
    }
}

fn hear(point: usize, headers: Option<&async_nats::HeaderMap>, tell: &UnboundedSender<Seen>) {
    let at = Instant::now();
    let ordinal = headers.and_then(|headers| headers.get(header::ORDINAL)?.as_str().parse().ok());
    if let Some(ordinal) = ordinal {
        // Nobody asks any more when the channel is closed.
        let _ = tell.send((point, ordinal, at));
    }
}

//! The least: the broker alone, with as many stored hops and as many bytes, in one process, and nothing computed.

use super::{chain::LIMIT, stage::Stage};
use crate::commands::connect;
use anyhow::{Context, Result};
use async_nats::{
    HeaderMap,
    header::NATS_EXPECTED_LAST_SUBJECT_SEQUENCE,
    jetstream::{
        consumer::{AckPolicy, DeliverPolicy, push},
        stream::Config,
    },
};
use bellwether_harness::{Bus, topology::Plan};
use bellwether_schemas::names;
use bytes::Bytes;
use futures::StreamExt;
use std::time::{Duration, Instant};
use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    task::JoinSet,
    time::timeout,
};

const SCANS: (&str, &str) = ("BENCH_SCANS", "bench.scan");
const RESULTS: (&str, &str) = ("BENCH_RESULTS", "bench.result");

/// A stream, a consumer, a stream, a consumer.
pub(super) struct Floor {
    bus: Bus,
    arrived: UnboundedReceiver<Instant>,
    _roles: JoinSet<()>,
}

impl Floor {
    /// Makes the streams, with the settings of the product's own, and connects once for each role. A result has
    /// `result` bytes.
    ///
    /// # Errors
    /// When the broker cannot be reached or refuses.
    pub(super) async fn lay(stage: &Stage, worker: &'static str, result: usize) -> Result<Self> {
        let streams = Plan::standard(&[worker]).streams();
        for (like, (name, subject)) in [(names::SCANS.to_owned(), SCANS), (names::bucket_stream(worker), RESULTS)] {
            let like = streams.iter().find(|stream| stream.name == like).context("no such stream")?;
            let config = Config { name: name.to_owned(), subjects: vec![subject.to_owned()], ..like.clone() };
            stage.bus.js().create_stream(config).await?;
        }
        let (bus, folding, watching) = (link(stage).await?, link(stage).await?, link(stage).await?);
        let (scans, results) = (follow(&folding, SCANS.0, false).await?, follow(&watching, RESULTS.0, false).await?);
        let (done, arrived) = unbounded_channel();
        let mut roles = JoinSet::new();
        roles.spawn(fold(folding, scans, vec![0x5a; result].into()));
        roles.spawn(watch(results, done));
        Ok(Self { bus, arrived, _roles: roles })
    }

    /// From a published body to the result at the last consumer.
    ///
    /// # Errors
    /// When the broker refuses, or the result does not come.
    pub(super) async fn pass(&mut self, body: Bytes) -> Result<Duration> {
        let begun = Instant::now();
        let ack = self.bus.js().publish(SCANS.1, body).await?;
        let arrived = timeout(LIMIT, self.arrived.recv()).await.context("the floor does not answer")?;
        ack.await?;
        Ok(arrived.context("the floor has ended")?.duration_since(begun))
    }
}

async fn link(stage: &Stage) -> Result<Bus> {
    connect(&stage.url, "bench").await
}

/// Follows a stream from now on, with the settings the product's followers have.
///
/// # Errors
/// When the broker refuses.
pub(super) async fn follow(bus: &Bus, stream: &str, headers_only: bool) -> Result<push::Messages> {
    let config = push::Config {
        deliver_subject: bus.client().new_inbox(),
        deliver_policy: DeliverPolicy::New,
        ack_policy: AckPolicy::None,
        flow_control: true,
        idle_heartbeat: Duration::from_secs(1),
        memory_storage: true,
        num_replicas: 1,
        inactive_threshold: Duration::from_secs(10),
        headers_only,
        ..Default::default()
    };
    let consumer = bus.js().get_stream_no_info(stream).await?.create_consumer(config).await?;
    Ok(consumer.messages().await?)
}

/// Answers each scan with a result that follows the last. A fault shows as a pass that does not end.
async fn fold(bus: Bus, mut scans: push::Messages, result: Bytes) {
    let mut last = 0_u64;
    while let Some(scan) = scans.next().await {
        if scan.is_err() {
            continue;
        }
        let mut headers = HeaderMap::new();
        headers.insert(NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, last.to_string());
        let Ok(ack) = bus.js().publish_with_headers(RESULTS.1, headers, result.clone()).await else { return };
        match ack.await {
            Ok(ack) => last = ack.sequence,
            Err(error) => return tracing::error!(%error, "the floor's result was not stored"),
        }
    }
}

async fn watch(mut results: push::Messages, done: UnboundedSender<Instant>) {
    while let Some(result) = results.next().await {
        if result.is_ok() && done.send(Instant::now()).is_err() {
            return;
        }
    }
}

//! What a process runs: discovery of universes, a track for each, an ops server, and a name on the bus.

use crate::{
    Bus, RefoldSpec,
    beacon::Beacon,
    crash,
    follow::{Halt, Source, follow},
    health::Health,
    identity, ops,
    refold::StatefulFold,
    track::{WorkerFold, source_stream, source_subject},
    watch::{Change, Watch, watch},
};
use anyhow::{Context as _, Result};
use bellwether_schemas::{Key, names};
use bellwether_worker::{Refold, Trigger, Worker};
use std::{collections::BTreeSet, net::SocketAddr, sync::Arc};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Messages a track takes at once.
const CHUNK: usize = 256;

/// What a service is given.
#[derive(Debug, Clone)]
pub struct Context {
    /// The link to the broker.
    pub bus: Bus,
    /// Names this process among copies of the service.
    pub instance: String,
    /// Version of the product.
    pub version: String,
    /// Cancelled when the service is to stop.
    pub shutdown: CancellationToken,
    /// Where the ops server listens; port 0 takes a free one, `None` starts none.
    pub ops: Option<SocketAddr>,
}

/// Runs a worker on every lane and universe there is, and on those to come, until shut down. `code` is `Bw-Code`.
///
/// # Errors
/// When the ops server cannot listen or the service cannot be announced.
pub async fn run_worker<W: Worker>(context: Context, worker: W, code: String) -> Result<()> {
    serve_worker(context, crash::poisoned(worker), code).await
}

async fn serve_worker<W: Worker>(context: Context, worker: W, code: String) -> Result<()> {
    let worker = Arc::new(worker);
    let subjects = match W::Event::SOURCE {
        bellwether_worker::Source::Scans => names::SCANS_SUBJECTS.to_owned(),
        bellwether_worker::Source::Bucket(upstream) => names::bucket_subjects(upstream),
    };
    let target = names::bucket_stream(W::NAME);
    let tracks =
        Tracks { service: W::NAME, stream: source_stream::<W>(), subjects, subject: source_subject::<W>, target };
    let (bus, instance) = (context.bus.clone(), context.instance.clone());
    run(context, tracks, move |source, key, health: &Health| {
        let track = health.track(key);
        let (worker, code, instance) = (worker.clone(), code.clone(), instance.clone());
        follow(source, WorkerFold::new(bus.clone(), worker, key.clone(), code, instance, track))
    })
    .await
}

/// Runs a fold with a large state, such as the scanner, on every lane and universe. `make` gives the empty state.
///
/// # Errors
/// As [`run_worker`].
pub async fn run_refold<R: Refold>(
    context: Context,
    spec: RefoldSpec,
    make: impl Fn(&Key) -> R + Send + Sync + 'static,
) -> Result<()> {
    let make: crate::refold::Make<R> = Arc::new(make);
    let tracks = Tracks {
        service: spec.service,
        stream: spec.source.to_owned(),
        subjects: spec.source_subjects.to_owned(),
        subject: spec.source_subject,
        target: spec.target.to_owned(),
    };
    let (bus, instance) = (context.bus.clone(), context.instance.clone());
    run(context, tracks, move |source, key, health: &Health| {
        let (make, instance) = (make.clone(), instance.clone());
        follow(source, StatefulFold::new(bus.clone(), spec.clone(), key.clone(), make, instance, health.track(key)))
    })
    .await
}

/// Where a service's tracks read.
struct Tracks {
    service: &'static str,
    stream: String,
    subjects: String,
    subject: fn(&Key) -> String,
    /// Stream they write.
    target: String,
}

async fn run<F, Task>(context: Context, tracks: Tracks, start: F) -> Result<()>
where
    F: Fn(Source, &Key, &Health) -> Task,
    Task: Future<Output = Halt> + Send + 'static,
{
    let health = Health::default();
    let _announced = ops::serve(&context, tracks.service, health.clone()).await?;
    let beacon = Beacon::of_tracks(&context, tracks.service, &health);
    tracing::info!(service = tracks.service, instance = context.instance, "running");
    let watched = Watch { stream: tracks.stream.clone(), subjects: tracks.subjects.clone(), headers_only: true };
    let mut changes = watch(&context.bus, watched);
    let breaks = identity::breaks(context.bus.clone(), tracks.target.clone());
    let mut known = BTreeSet::new();
    let mut running = JoinSet::new();
    loop {
        let change = tokio::select! {
            change = changes.recv() => change.context("discovery ended")?,
            () = context.shutdown.cancelled() => break,
        };
        let Change::Put(entry) = change else { continue };
        if let Some(ordinal) = entry.ordinal {
            health.source(&entry.key, ordinal);
        }
        // A replay's messages are in a stream of its own, and whoever runs it folds them: with its own settings.
        if names::has_own_stream(entry.key.lane()) {
            tracing::debug!(service = tracks.service, key = %entry.key, "not ours: a replay's are in its own stream");
            continue;
        }
        // The whole subject has to be the key's: a deeper one is none of ours.
        if entry.subject == (tracks.subject)(&entry.key) && known.insert(entry.key.clone()) {
            let source = Source {
                bus: context.bus.clone(),
                stream: tracks.stream.clone(),
                subject: entry.subject.clone(),
                name: tracks.service.to_owned(),
                chunk: CHUNK,
                breaks: breaks.clone(),
            };
            tracing::info!(service = tracks.service, key = %entry.key, "a new track");
            running.spawn(start(source, &entry.key, &health));
        }
    }
    // A put that was sent is stored or not; either way the next start finds out. So there is nothing to wait for.
    running.shutdown().await;
    beacon.stop().await;
    tracing::info!(service = tracks.service, "stopped");
    Ok(())
}

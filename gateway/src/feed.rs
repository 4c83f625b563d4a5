//! The only file that touches the bus: what the harness hears goes onto the board.

use crate::{
    Arrival, Backend, Board, Bound, GatewayOptions, History, LaneFeed, Ops, Replays, Submit,
    ops::{self, BusInspect},
    sources::{Asked, Ends, Log, Record},
};
use bellwether_harness::{
    Bus, Entry, history, lane, telemetry,
    watch::{Change, Watch, watch},
};
use bellwether_schemas::{Key, Ordinal, Timestamp, names};
use futures::FutureExt;
use std::sync::Arc;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Serves what these workers put into their buckets until `shutdown`.
///
/// # Errors
/// When the listener fails. A broker that is not there is no error: what is known is served, and says that it is
/// stale.
pub async fn serve(
    bound: Bound,
    options: GatewayOptions,
    bus: Bus,
    workers: &[&str],
    submit: Option<Submit>,
    replays: Option<Arc<dyn Replays>>,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    let board = Arc::new(Board::new(workers.iter().copied()));
    let ops = Arc::new(Ops { inspect: Some(Arc::new(BusInspect::new(bus.clone()))), ..Ops::default() });
    let feeds = TaskTracker::new();
    for worker in workers {
        let (worker, board, ops) = ((*worker).to_owned(), board.clone(), ops.clone());
        feeds.spawn(follow(bus.clone(), worker, board, ops, shutdown.clone()));
    }
    feeds.spawn(ops::follow(bus.clone(), ops.clone(), shutdown.clone()));
    feeds.close();
    let names = workers.iter().map(|worker| (*worker).to_owned()).collect();
    let lanes = Some(Arc::new(BusLanes { bus: bus.clone(), workers: names }) as Arc<dyn LaneFeed>);
    let backend = Backend { board, history: Arc::new(BusHistory(bus)), submit, ops, replays, lanes };
    let served = bound.serve(options, backend, shutdown.clone()).await;
    shutdown.cancel();
    feeds.wait().await;
    served
}

/// Follows lanes, each in its own stream.
struct BusLanes {
    bus: Bus,
    workers: Vec<String>,
}

impl LaneFeed for BusLanes {
    fn names(&self) -> Asked<'_, Vec<String>> {
        async { Ok(lane::list(&self.bus).await?.into_iter().map(|lane| lane.name).collect()) }.boxed()
    }

    fn follow(&self, lane: &str, board: Arc<Board>, until: CancellationToken) {
        for worker in &self.workers {
            let place = (names::lane_stream(lane), names::lane_subjects_of(worker, lane));
            tokio::spawn(follow_in(self.bus.clone(), worker.clone(), place, board.clone(), None, until.clone()));
        }
    }
}

/// Follows a worker's bucket onto the board until `shutdown`.
pub async fn follow(bus: Bus, worker: String, board: Arc<Board>, ops: Arc<Ops>, shutdown: CancellationToken) {
    let place = (names::bucket_stream(&worker), names::bucket_subjects(&worker));
    follow_in(bus, worker, place, board, Some(ops), shutdown).await;
}

/// `ops` counts what arrives of the running market.
async fn follow_in(
    bus: Bus,
    worker: String,
    (stream, subjects): (String, String),
    board: Arc<Board>,
    ops: Option<Arc<Ops>>,
    shutdown: CancellationToken,
) {
    let mut changes = watch(&bus, Watch { stream, subjects, headers_only: false });
    while let Some(Some(change)) = shutdown.run_until_cancelled(changes.recv()).await {
        let mut span = tracing::Span::none();
        if let (Change::Put(entry), Some(ops)) = (&change, &ops) {
            ops.meter.arrived(&entry.key, entry.ordinal, Timestamp::now());
            span = telemetry::arrival("put", entry);
        }
        span.in_scope(|| apply(&board, &worker, change));
    }
    board.lost(&worker, "the gateway no longer follows this section");
}

fn apply(board: &Board, worker: &str, change: Change) {
    match change {
        Change::Reset { epoch, reason } => {
            tracing::info!(section = worker, epoch, reason, "section reset");
            board.reset(worker, &epoch);
        }
        Change::Put(entry) => {
            let arrival = Arrival { key: entry.key, revision: entry.sequence, body: entry.body };
            if let Err(refusal) = board.put(worker, arrival) {
                metrics::counter!("bellwether_gateway_unreadable_total").increment(1);
                tracing::error!(section = worker, revision = entry.sequence, %refusal, "a stored result cannot be read");
            }
        }
        Change::Current => board.current(worker),
        Change::Lost { reason } => {
            tracing::warn!(section = worker, reason, "section lost");
            board.lost(worker, &reason);
        }
    }
}

/// Reads the past from the broker's logs.
#[derive(Debug, Clone)]
pub struct BusHistory(pub Bus);

impl History for BusHistory {
    fn ends<'a>(&'a self, log: &'a Log, key: &'a Key) -> Asked<'a, Option<Ends>> {
        async move { history::ends(&self.0, &log.stream(key), &log.subject(key)).await }.boxed()
    }

    fn row<'a>(&'a self, log: &'a Log, key: &'a Key, from: Ordinal, limit: usize) -> Asked<'a, Vec<Record>> {
        let read = async move {
            let entries = history::row(&self.0, &log.stream(key), &log.subject(key), from, limit).await?;
            Ok(entries.into_iter().map(record).collect())
        };
        read.boxed()
    }

    fn message<'a>(&'a self, stream: &'a str, sequence: u64) -> Asked<'a, Option<Record>> {
        async move { Ok(history::message(&self.0, stream, sequence).await?.map(record)) }.boxed()
    }
}

fn record(entry: Entry) -> Record {
    let texts = entry.headers.iter().filter_map(|(name, values)| Some((name.to_string(), values.first()?.to_string())));
    Record {
        headers: texts.collect(),
        subject: entry.subject,
        sequence: entry.sequence,
        ordinal: entry.ordinal,
        body: entry.body,
    }
}

//! The gateway, fed from the buckets.

use super::{announce, submit};
use crate::registry;
use anyhow::Result;
use bellwether_gateway::{Arrival, Backend, Board, GatewayOptions, History, Submit, bind};
use bellwether_harness::{
    Bus, history,
    service::Context,
    watch::{Change, Watch, watch},
};
use bellwether_schemas::{Key, Ordinal, names};
use bytes::Bytes;
use futures::future::BoxFuture;
use std::{net::SocketAddr, sync::Arc};
use tokio::task::JoinSet;

/// Its name.
pub(crate) const NAME: &str = "gateway";

/// Serves what the workers found until shut down.
///
/// # Errors
/// When the address is taken.
pub(crate) async fn run(context: Context, listen: SocketAddr) -> Result<()> {
    let board = Arc::new(Board::new(registry::workers()));
    let mut followers = JoinSet::new();
    for worker in registry::workers() {
        followers.spawn(follow(context.bus.clone(), Arc::clone(&board), worker));
    }
    let bound = bind(listen)?;
    let _announced = announce(&context, NAME, Some(bound.address)).await?;
    let bus = context.bus.clone();
    let submit: Submit = Arc::new(move |upload| {
        let bus = bus.clone();
        Box::pin(async move { submit::submit(&bus, upload).await })
    });
    let history = Arc::new(Buckets { bus: context.bus.clone() });
    bound.serve(GatewayOptions::new(listen), Backend { board, history, submit: Some(submit) }, context.shutdown).await
}

/// Puts every change of a bucket on the board.
async fn follow(bus: Bus, board: Arc<Board>, worker: &'static str) {
    let (stream, subjects) = (names::bucket_stream(worker), names::bucket_subjects(worker));
    let mut changes = watch(&bus, Watch { stream, subjects, headers_only: false });
    while let Some(change) = changes.recv().await {
        match change {
            Change::Reset { epoch, .. } => board.reset(worker, &epoch),
            Change::Put(entry) => {
                let arrival = Arrival { key: entry.key, revision: entry.sequence, body: entry.body };
                if let Err(refusal) = board.put(worker, arrival) {
                    tracing::error!(worker, subject = entry.subject, %refusal, "a stored value cannot be read");
                }
            }
            Change::Current => board.current(worker),
            Change::Lost { reason } => board.lost(worker, &reason),
        }
    }
}

/// The past, read from the buckets' logs.
struct Buckets {
    bus: Bus,
}

impl History for Buckets {
    fn range<'a>(
        &'a self,
        section: &'a str,
        key: &'a Key,
        from: Ordinal,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<Bytes>>> {
        Box::pin(async move {
            let (stream, subject) = (names::bucket_stream(section), names::state_subject(section, key));
            let entries = history::range(&self.bus, &stream, &subject, from, limit).await?;
            Ok(entries.into_iter().map(|entry| entry.body).collect())
        })
    }
}

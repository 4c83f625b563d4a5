//! What the bus tells of logs, services and scans.

use super::Ops;
use bellwether_harness::{
    Bus,
    tail::{Heard, tail},
    watch::{Change, Watch, watch},
};
use bellwether_schemas::{names, ops::ServiceStatus};
use futures::StreamExt;
use std::{sync::Arc, time::Duration, time::Instant};
use tokio_util::sync::CancellationToken;

/// Log lines of the past that are read at the start.
const PAST: u64 = 2_000;

/// Listens until `shutdown`.
pub(crate) async fn follow(bus: Bus, ops: Arc<Ops>, shutdown: CancellationToken) {
    let listening = async { tokio::join!(logs(&bus, &ops), services(&bus, &ops), scans(&bus, &ops)) };
    shutdown.run_until_cancelled(listening).await;
}

async fn logs(bus: &Bus, ops: &Ops) {
    let mut heard = tail(bus, names::LOGS, PAST);
    while let Some(heard) = heard.recv().await {
        match heard {
            Heard::Reset { epoch } => ops.logs.reset(&epoch),
            Heard::Lost { reason } => ops.logs.lost(&reason),
            // Whoever may write there may write anything; what is no line is nobody's.
            Heard::Message { sequence, body } => match serde_json::from_slice(&body) {
                Ok(line) => ops.logs.push(sequence, line),
                Err(_) => metrics::counter!("bellwether_gateway_log_lines_unreadable_total").increment(1),
            },
        }
    }
}

async fn services(bus: &Bus, ops: &Ops) {
    loop {
        // Only fails when the client is closed, and then the process ends.
        let Ok(mut heard) = bus.client().subscribe(names::STATUS_SUBJECTS).await else { return };
        while let Some(message) = heard.next().await {
            if let Ok(status) = serde_json::from_slice::<ServiceStatus>(&message.payload) {
                ops.services.hear(status, Instant::now());
            }
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// When scans were stored, to time their results.
async fn scans(bus: &Bus, ops: &Ops) {
    let (stream, subjects) = (names::SCANS.to_owned(), names::SCANS_SUBJECTS.to_owned());
    let mut changes = watch(bus, Watch { stream, subjects, headers_only: true });
    while let Some(change) = changes.recv().await {
        if let Change::Put(entry) = change
            && let Some(ordinal) = entry.ordinal
        {
            ops.meter.scan(&entry.key, ordinal, entry.stored_at);
        }
    }
}

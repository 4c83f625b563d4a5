//! Speaks for processes that cannot speak for themselves: those that ended and are not yet started again.

use crate::supervisor::record::{Book, Entry, State};
use bellwether_harness::{Bus, access};
use bellwether_schemas::{
    names,
    ops::{Condition, ServiceStatus},
};
use std::{sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;

const PERIOD: Duration = Duration::from_millis(500);

/// Tells the bus of every process of `book` that does not run, until `stop`.
pub(super) async fn speak(bus: Bus, book: Arc<Book>, stop: CancellationToken) {
    loop {
        let told = stop.run_until_cancelled(tokio::time::sleep(PERIOD)).await;
        if told.is_none() {
            return;
        }
        let absent = book.look(|record| {
            let absent =
                record.processes.iter().filter(|entry| entry.state != State::Running && entry.last_exit.is_some());
            absent.map(status).collect::<Vec<_>>()
        });
        for status in absent.into_iter().filter(|_| bus.connected()) {
            // Under a name of our own: on a broker that keeps services apart, nobody speaks under another's.
            let subject = names::status_subject(access::OPERATOR, &status.instance);
            if let Ok(body) = serde_json::to_vec(&status) {
                // It is told again in a moment.
                let _ = bus.client().publish(subject, body.into()).await;
            }
        }
    }
}

fn status(entry: &Entry) -> ServiceStatus {
    let service = entry.name.split('#').next().unwrap_or_default().to_owned();
    let what = if entry.state == State::Stopped { "stopped" } else { "ended and is started again" };
    let exit = entry.last_exit.as_deref().unwrap_or("no reason known");
    ServiceStatus {
        service,
        instance: entry.name.clone(),
        status: Condition::Down,
        reason: Some(format!("{what}: {exit}")),
        restarts: entry.restarts,
        last_error: Some(exit.to_owned()),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ..ServiceStatus::default()
    }
}

//! A service tells the others how it is, about once a second and at once when that changes.
//!
//! Core NATS, not stored: who was not there to hear it is told again a second later.

use crate::{Bus, health::Health, service::Context};
use bellwether_schemas::{
    names,
    ops::{Condition, ServiceStatus},
};
use std::{sync::Arc, time::Duration};
use tokio::{sync::Notify, task::JoinHandle, time::timeout};
use tokio_util::sync::CancellationToken;

/// Time between two signs of life.
pub const PERIOD: Duration = Duration::from_secs(1);
/// However often it changes.
const SHORTEST: Duration = Duration::from_millis(50);
/// Set by the supervisor: how often the service was started again.
pub const RESTARTS: &str = "BELLWETHER_RESTARTS";

/// Tells of one service until it is stopped.
#[derive(Debug)]
pub struct Beacon {
    stop: CancellationToken,
    told: JoinHandle<()>,
}

struct Teller<F> {
    bus: Bus,
    subject: String,
    /// Everything that does not change.
    fixed: ServiceStatus,
    look: F,
}

impl Beacon {
    /// Tells of a service by what `look` finds; who it is, is filled in here.
    pub fn light(context: &Context, service: &str, look: impl Fn() -> ServiceStatus + Send + Sync + 'static) -> Self {
        Self::start(context, service, look, Arc::default())
    }

    pub(crate) fn of_tracks(context: &Context, service: &str, health: &Health) -> Self {
        let changed = health.changed();
        let health = health.clone();
        Self::start(context, service, move || health.status(), changed)
    }

    fn start(
        context: &Context,
        service: &str,
        look: impl Fn() -> ServiceStatus + Send + Sync + 'static,
        changed: Arc<Notify>,
    ) -> Self {
        let fixed = ServiceStatus {
            service: service.to_owned(),
            instance: context.instance.clone(),
            version: context.version.clone(),
            pid: std::process::id(),
            restarts: std::env::var(RESTARTS).ok().and_then(|count| count.parse().ok()).unwrap_or(0),
            ..ServiceStatus::default()
        };
        let subject = names::status_subject(service, &context.instance);
        let teller = Teller { bus: context.bus.clone(), subject, fixed, look };
        let stop = CancellationToken::new();
        let told = tokio::spawn(teller.run(changed, stop.clone()));
        Self { stop, told }
    }

    /// Says that the service has stopped, so that nobody has to find out by its silence.
    pub async fn stop(self) {
        self.stop.cancel();
        // The broker may be gone; then the silence has to do.
        let _ = timeout(Duration::from_millis(500), self.told).await;
    }
}

impl<F: Fn() -> ServiceStatus + Send + Sync + 'static> Teller<F> {
    async fn run(self, changed: Arc<Notify>, stop: CancellationToken) {
        loop {
            self.tell((self.look)()).await;
            tokio::select! {
                () = stop.cancelled() => break,
                _ = timeout(PERIOD, changed.notified()) => {}
            }
            tokio::select! {
                () = stop.cancelled() => break,
                () = tokio::time::sleep(SHORTEST) => {}
            }
        }
        let reason = Some("stopped".to_owned());
        self.tell(ServiceStatus { status: Condition::Down, reason, ..(self.look)() }).await;
        let _ = self.bus.client().flush().await;
    }

    async fn tell(&self, found: ServiceStatus) {
        // Nothing is kept for later: by then it would be wrong.
        if !self.bus.connected() {
            return;
        }
        let ServiceStatus { service, instance, version, pid, restarts, .. } = self.fixed.clone();
        measure(&found, &service);
        let status = ServiceStatus { service, instance, version, pid, restarts, ..found };
        let Ok(body) = serde_json::to_vec(&status) else { return };
        // Only fails when the client is closed, and then the process ends.
        let _ = self.bus.client().publish(self.subject.clone(), body.into()).await;
    }
}

fn measure(found: &ServiceStatus, service: &str) {
    let label = || service.to_owned();
    metrics::gauge!("bellwether_service_lag_events", "service" => label()).set(found.lag.unwrap_or(0) as f64);
    metrics::gauge!("bellwether_service_tracks_count", "service" => label()).set(found.tracks as f64);
    let down = f64::from(u8::from(found.status != Condition::Ok));
    metrics::gauge!("bellwether_service_troubled_state", "service" => label()).set(down);
}

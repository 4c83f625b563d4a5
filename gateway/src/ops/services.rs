//! The newest word of every copy of every service on how it is.

use bellwether_schemas::ops::{Condition, ServiceStatus};
use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// Ten signs of life missed: whatever it said last, it is down.
const SILENCE: Duration = Duration::from_secs(10);
/// After so long a silent service is no longer spoken of.
const FORGOTTEN: Duration = Duration::from_secs(600);
/// One that said that it stopped is no trouble, and forgotten sooner.
const LEFT: Duration = Duration::from_secs(15);
const MOST: usize = 256;

/// Every service that was heard.
#[derive(Debug, Default)]
pub struct Services {
    heard: Mutex<BTreeMap<(String, String), Heard>>,
}

#[derive(Debug)]
struct Heard {
    status: ServiceStatus,
    at: Instant,
}

impl Services {
    /// Takes in what a service says of itself at `now`.
    pub fn hear(&self, status: ServiceStatus, now: Instant) {
        let mut heard = self.lock();
        let name = (status.service.clone(), status.instance.clone());
        if heard.len() < MOST || heard.contains_key(&name) {
            heard.insert(name, Heard { status, at: now });
        }
    }

    /// How every service is at `now`, by name; the silent ones are down.
    pub fn at(&self, now: Instant) -> Vec<ServiceStatus> {
        let mut heard = self.lock();
        heard.retain(|_, heard| now.duration_since(heard.at) < heard.kept());
        heard.values().map(|heard| heard.seen_at(now)).collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<(String, String), Heard>> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Heard {
    fn kept(&self) -> Duration {
        let left = self.status.status == Condition::Down && self.status.reason.as_deref() == Some("stopped");
        if left { LEFT } else { FORGOTTEN }
    }

    fn seen_at(&self, now: Instant) -> ServiceStatus {
        let silent = now.duration_since(self.at);
        let mut status = self.status.clone();
        if let Some(age) = &mut status.last_event_age_seconds {
            *age = ((*age + silent.as_secs_f64()) * 10.0).round() / 10.0;
        }
        if silent >= SILENCE && status.status != Condition::Down {
            status.status = Condition::Down;
            let before = status.reason.map(|reason| format!("; before that: {reason}")).unwrap_or_default();
            status.reason = Some(format!("no sign of life for over {} s{before}", SILENCE.as_secs()));
        }
        status
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(instance: &str) -> ServiceStatus {
        ServiceStatus {
            service: "regime".to_owned(),
            instance: instance.to_owned(),
            last_event_age_seconds: Some(1.0),
            ..ServiceStatus::default()
        }
    }

    #[test]
    fn who_is_silent_for_ten_seconds_is_down_and_later_forgotten() {
        let (services, start) = (Services::default(), Instant::now());
        services.hear(status("regime"), start);
        services.hear(status("regime#2"), start);
        services.hear(status("regime#2"), start + SILENCE);
        let seen = services.at(start + SILENCE);
        assert_eq!(seen.iter().map(|s| s.status).collect::<Vec<_>>(), [Condition::Down, Condition::Ok]);
        assert_eq!((seen[0].last_event_age_seconds, seen[1].last_event_age_seconds), (Some(11.0), Some(1.0)));
        assert!(seen[0].reason.as_deref().unwrap().contains("no sign of life"));
        services.hear(status("regime"), start + SILENCE);
        assert_eq!(services.at(start + SILENCE)[0].status, Condition::Ok);
        assert!(services.at(start + FORGOTTEN * 2).is_empty());
    }

    #[test]
    fn who_said_that_it_stopped_is_soon_forgotten() {
        let (services, start) = (Services::default(), Instant::now());
        let reason = Some("stopped".to_owned());
        services.hear(ServiceStatus { status: Condition::Down, reason, ..status("regime") }, start);
        assert_eq!((services.at(start).len(), services.at(start + LEFT).len()), (1, 0));
    }

    #[test]
    fn a_flood_of_names_is_bounded() {
        let (services, now) = (Services::default(), Instant::now());
        for n in 0..MOST * 2 {
            services.hear(status(&n.to_string()), now);
        }
        assert_eq!(services.at(now).len(), MOST);
    }
}

//! Ends a process that works on one event without end. It comes back, and the death counts like any other: the third
//! one rejects the event. Without that, one endless loop would stop a universe in silence.

use std::{
    sync::{Mutex, Once, PoisonError},
    time::Duration,
};

const TICK: Duration = Duration::from_secs(1);
/// Ticks, not seconds: a process that was stopped, or a machine that slept, has not worked meanwhile.
const TOO_LONG: u32 = 30;

struct Work {
    number: u64,
    ticks: u32,
    what: String,
}

#[derive(Default)]
struct Desk {
    next: u64,
    works: Vec<Work>,
}

static DESK: Mutex<Desk> = Mutex::new(Desk { next: 0, works: Vec::new() });

/// Held while one event is worked on.
pub(crate) struct Watched(u64);

/// Watches over the work on one event until the answer is dropped.
pub(crate) fn watch(what: impl FnOnce() -> String) -> Watched {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| drop(std::thread::Builder::new().name("watchdog".to_owned()).spawn(keep_watch)));
    let mut desk = lock();
    desk.next += 1;
    let number = desk.next;
    desk.works.push(Work { number, ticks: 0, what: what() });
    Watched(number)
}

impl Drop for Watched {
    fn drop(&mut self) {
        lock().works.retain(|work| work.number != self.0);
    }
}

fn lock() -> std::sync::MutexGuard<'static, Desk> {
    DESK.lock().unwrap_or_else(PoisonError::into_inner)
}

fn limit() -> u32 {
    let shorter = || std::env::var("BELLWETHER_STEP_SECONDS").ok()?.parse().ok();
    if cfg!(debug_assertions) { shorter().unwrap_or(TOO_LONG) } else { TOO_LONG }
}

fn keep_watch() {
    let limit = limit();
    loop {
        std::thread::park_timeout(TICK);
        if let Some(what) = tick(&mut lock().works, limit) {
            tracing::error!(what, seconds = limit, "one event takes without end; ending this process");
            std::process::abort();
        }
    }
}

/// What has been worked on for too long.
fn tick(works: &mut [Work], limit: u32) -> Option<String> {
    works.iter_mut().for_each(|work| work.ticks += 1);
    works.iter().find(|work| work.ticks > limit).map(|work| work.what.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_takes_too_many_ticks_is_named() {
        let mut works = vec![Work { number: 1, ticks: 0, what: "a".to_owned() }];
        assert_eq!(tick(&mut works, 2), None);
        works.push(Work { number: 2, ticks: 0, what: "b".to_owned() });
        assert_eq!(tick(&mut works, 2), None);
        assert_eq!(tick(&mut works, 2).as_deref(), Some("a"));
    }
}

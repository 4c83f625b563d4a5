use std::{
    future::Future,
    time::{Duration, Instant},
};

const STEP: Duration = Duration::from_millis(20);

/// Polls until `ready` gives a value.
///
/// # Panics
/// When it has not within `limit`; the message says what was waited for.
pub fn eventually<T>(what: &str, limit: Duration, mut ready: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(value) = ready() {
            return value;
        }
        assert!(Instant::now() < deadline, "not within {limit:?}: {what}");
        pause();
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the polling that everything else is told to use")]
fn pause() {
    std::thread::sleep(STEP);
}

/// Polls until `ready` gives a value, inside a runtime.
///
/// # Panics
/// When it has not within `limit`; the message says what was waited for.
pub async fn eventually_async<T, F>(what: &str, limit: Duration, mut ready: impl FnMut() -> F) -> T
where
    F: Future<Output = Option<T>>,
{
    let deadline = Instant::now() + limit;
    loop {
        if let Some(value) = ready().await {
            return value;
        }
        assert!(Instant::now() < deadline, "not within {limit:?}: {what}");
        tokio::time::sleep(STEP).await;
    }
}

//! Boards beside the running market's: of lanes that somebody looks at, and of playbacks.
//!
//! A lane that nobody looks at costs nothing here, however fast it runs; and those who look at one wake nobody else.

use crate::{Board, bell::Bell, problem::Problem, server::App};
use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use bellwether_schemas::names;
use futures::future::BoxFuture;
use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio_util::sync::{CancellationToken, DropGuard};

/// A lane's board that nobody has asked for in so long is dropped.
const IDLE: Duration = Duration::from_secs(60);
/// How long a request waits for a lane's newest results to be read.
const PATIENCE: Duration = Duration::from_secs(2);
/// Lanes that are looked at, at most.
const MOST: usize = 64;

/// Feeds the boards of lanes.
pub trait LaneFeed: Send + Sync + 'static {
    /// Names of all lanes with a stream of their own.
    fn names(&self) -> BoxFuture<'_, anyhow::Result<Vec<String>>>;

    /// Puts the results of `lane` onto `board` until told to stop.
    fn follow(&self, lane: &str, board: Arc<Board>, until: CancellationToken);
}

/// All boards but the first.
pub(crate) struct Boards {
    live: Arc<Board>,
    feed: Option<Arc<dyn LaneFeed>>,
    open: Mutex<BTreeMap<String, Open>>,
    changed: Arc<Changed>,
}

struct Open {
    board: Arc<Board>,
    used: Instant,
    _stop: DropGuard,
}

/// Counts changes of any of them.
#[derive(Default)]
struct Changed {
    count: AtomicU64,
    bell: Bell,
}

impl fmt::Debug for Boards {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Boards").field("open", &self.lock().keys()).finish_non_exhaustive()
    }
}

impl Boards {
    pub(crate) fn new(live: Arc<Board>, feed: Option<Arc<dyn LaneFeed>>) -> Self {
        let changed = Arc::<Changed>::default();
        ring_for(&live, &changed);
        Self { live, feed, open: Mutex::default(), changed }
    }

    /// The board a lane is on. That of a lane nobody has opened is the running market's, which does not know it.
    pub(crate) fn of(&self, lane: &str) -> Arc<Board> {
        self.lock().get(lane).map_or_else(|| self.live.clone(), |open| open.board.clone())
    }

    /// An empty board for somebody alone.
    pub(crate) fn fresh(&self) -> Arc<Board> {
        let board = Arc::new(Board::new(self.live.names().iter().map(|name| &**name)));
        ring_for(&board, &self.changed);
        board
    }

    /// Counts changes of all boards.
    pub(crate) fn version(&self) -> u64 {
        self.changed.count.load(Ordering::Acquire)
    }

    /// Calls `ring` at every change; it must return at once.
    pub(crate) fn on_change(&self, ring: impl Fn() + Send + Sync + 'static) {
        self.changed.bell.hang(ring);
    }

    /// Follows a lane, if it has a stream of its own, and waits a little until its newest results are here.
    async fn open(&self, lane: &str) -> Result<(), Problem> {
        let Some(feed) = self.feed.as_ref().filter(|_| names::has_own_stream(lane)) else { return Ok(()) };
        self.sweep();
        let known = self.use_again(lane);
        let sound = known.as_ref().is_some_and(|board| board.sections().all(|section| section.link_name() != "lost"));
        if !sound {
            let lanes = feed.names().await;
            let lanes = lanes.map_err(|error| Problem::unavailable("not_connected", format!("{error:#}")))?;
            if !lanes.iter().any(|name| name == lane) {
                self.lock().remove(lane);
                let known = [bellwether_schemas::key::LIVE.to_owned()].into_iter().chain(lanes);
                return Err(Problem::not_found("unknown_lane", "lane", lane, known));
            }
        }
        let board = match known {
            Some(board) => board,
            None => self.begin(feed, lane)?,
        };
        let mut changes = board.watch();
        let complete = async {
            while !board.sections().all(|section| section.link_name() == "live") {
                if changes.changed().await.is_err() {
                    return;
                }
            }
        };
        // Whoever is too early is told that it is still being read.
        let _ = tokio::time::timeout(PATIENCE, complete).await;
        Ok(())
    }

    fn use_again(&self, lane: &str) -> Option<Arc<Board>> {
        let mut open = self.lock();
        let held = open.get_mut(lane)?;
        held.used = Instant::now();
        Some(held.board.clone())
    }

    fn begin(&self, feed: &Arc<dyn LaneFeed>, lane: &str) -> Result<Arc<Board>, Problem> {
        let mut open = self.lock();
        if let Some(held) = open.get(lane) {
            return Ok(held.board.clone());
        }
        if open.len() >= MOST {
            return Err(Problem::unavailable("too_many_lanes", format!("{MOST} lanes are looked at already")));
        }
        let (board, stop) = (self.fresh(), CancellationToken::new());
        feed.follow(lane, board.clone(), stop.clone());
        let held = Open { board: board.clone(), used: Instant::now(), _stop: stop.drop_guard() };
        open.insert(lane.to_owned(), held);
        Ok(board)
    }

    /// Drops what nobody looks at any more. A stream that is open holds the board it shows.
    fn sweep(&self) {
        let mut open = self.lock();
        let followers = self.live.names().len();
        open.retain(|_, held| held.used.elapsed() < IDLE || Arc::strong_count(&held.board) > followers + 1);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn ring_for(board: &Board, changed: &Arc<Changed>) {
    let changed = changed.clone();
    board.on_change(move || {
        changed.count.fetch_add(1, Ordering::AcqRel);
        changed.bell.ring();
    });
}

/// Opens the lane a request is about before it is answered.
pub(crate) async fn opened(State(app): State<App>, request: Request, next: Next) -> Response {
    // A lane's name needs no decoding: what would is no lane's name.
    let lanes = request.uri().query().into_iter().flat_map(|query| query.split('&'));
    let lanes: Vec<String> = lanes.filter_map(lane_of).map(str::to_owned).collect();
    for lane in lanes {
        if let Err(problem) = app.boards.open(&lane).await {
            return problem.into_response();
        }
    }
    next.run(request).await
}

/// `lane=`, and the two of a comparison.
fn lane_of(parameter: &str) -> Option<&str> {
    let (name, value) = parameter.split_once('=')?;
    matches!(name, "lane" | "a" | "b").then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicUsize;

    /// Knows one lane, and counts who follows it.
    #[derive(Default)]
    struct Fed(AtomicUsize);

    impl LaneFeed for Fed {
        fn names(&self) -> BoxFuture<'_, anyhow::Result<Vec<String>>> {
            Box::pin(async { Ok(vec!["replay-1".to_owned()]) })
        }

        fn follow(&self, _: &str, board: Arc<Board>, _: CancellationToken) {
            self.0.fetch_add(1, Ordering::AcqRel);
            for name in board.names() {
                board.reset(name, "epoch");
                board.current(name);
            }
        }
    }

    #[tokio::test]
    async fn a_lane_is_followed_once_and_an_unknown_one_never() {
        let feed = Arc::new(Fed::default());
        let live = Arc::new(Board::new(["regime"]));
        let boards = Boards::new(live.clone(), Some(feed.clone()));
        let before = boards.version();
        for _ in 0..2 {
            assert!(boards.open("replay-1").await.is_ok());
        }
        assert_eq!(feed.0.load(Ordering::Acquire), 1);
        assert!(!Arc::ptr_eq(&boards.of("replay-1"), &live) && Arc::ptr_eq(&boards.of("live"), &live));
        assert!(boards.version() > before, "a change of a lane's board is heard");
        assert!(boards.open("replay-2").await.is_err());
        assert!(boards.open("live").await.is_ok());
    }
}

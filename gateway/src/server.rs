//! Listening, routing, stopping.

use crate::{
    Board, History, LaneFeed, Replays, Submit, api,
    connection::Connections,
    headers,
    lanes::{self, Boards},
    ops::{self, Ops},
    past::Past,
    protect::{self, Access, Guard, Limits, Paces, Seats},
    sse::{self, Hub, Ticks},
    web,
};
use anyhow::Context;
use axum::{Router, extract::DefaultBodyLimit, middleware, routing::get};
use bellwether_harness::meters;
use bellwether_schemas::Timestamp;
use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};
use tokio::{net::TcpListener, sync::Semaphore};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::{CompressionLayer, DefaultPredicate, Predicate, predicate::SizeAbove},
};

/// Connections the kernel holds ready: all clients come back at once after a restart.
const BACKLOG: i32 = 4096;
/// What a connection beyond the limit is told.
const FULL: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nretry-after: 1\r\nconnection: close\r\n\r\n";
/// The most a request's body may hold, where a route says nothing else.
const BODY: usize = 64 * 1024;
/// How long to wait when no connection can be taken, for want of files or memory.
const BREATH: Duration = Duration::from_millis(50);
/// Bodies up to so many bytes are sent as they are.
const SMALL: u16 = 1024;
/// How long answers under way may take once the gateway is told to stop.
const DRAIN: Duration = Duration::from_secs(3);

/// How the gateway runs.
#[derive(Debug, Clone)]
pub struct GatewayOptions {
    /// Address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Serves the page from this folder instead of the one built in.
    pub web: Option<PathBuf>,
    /// Version of the build, shown in the page.
    pub build: String,
    /// Time between heartbeats of a stream.
    pub heartbeat: Duration,
    /// How long anything may take, and how much there may be of it.
    pub limits: Limits,
    /// How fast one client may ask.
    pub paces: Paces,
    /// Who may use it.
    pub access: Access,
}

impl GatewayOptions {
    /// Listens on `listen` with the page built in.
    pub fn new(listen: SocketAddr) -> Self {
        let build = env!("CARGO_PKG_VERSION").to_owned();
        Self {
            listen,
            web: None,
            build,
            heartbeat: Duration::from_secs(15),
            limits: Limits::STANDARD,
            paces: Paces::STANDARD,
            access: Access::default(),
        }
    }
}

/// What the gateway answers from.
#[derive(Clone)]
pub struct Backend {
    /// The newest results.
    pub board: Arc<Board>,
    /// The past.
    pub history: Arc<dyn History>,
    /// Takes uploaded scans; without it they are refused.
    pub submit: Option<Submit>,
    /// What an operator sees.
    pub ops: Arc<Ops>,
    /// Makes lanes and changes them.
    pub replays: Option<Arc<dyn Replays>>,
    /// Puts the results of a lane onto a board.
    pub lanes: Option<Arc<dyn LaneFeed>>,
}

/// Everything a handler needs.
pub(crate) struct Shared {
    pub(crate) options: GatewayOptions,
    pub(crate) backend: Backend,
    /// The boards of lanes and playbacks.
    pub(crate) boards: Boards,
    pub(crate) past: Past,
    pub(crate) shutdown: CancellationToken,
    pub(crate) now: fn() -> Timestamp,
    /// What is told beside results.
    pub(crate) ticks: Ticks,
    /// The streams that are open.
    pub(crate) seats: Arc<Seats>,
    pub(crate) guard: Guard,
}

pub(crate) type App = Arc<Shared>;

impl Shared {
    pub(crate) fn new(
        options: GatewayOptions,
        backend: Backend,
        shutdown: CancellationToken,
        now: fn() -> Timestamp,
    ) -> App {
        let seats = Seats::new(options.limits.streams, options.limits.streams_per_address);
        let past = Past::new(backend.history.clone());
        let guard = Guard::new(options.access.clone(), options.paces);
        let boards = Boards::new(backend.board.clone(), backend.lanes.clone());
        Arc::new(Self { options, backend, boards, past, shutdown, now, ticks: Ticks::default(), seats, guard })
    }

    /// Streams open now.
    pub(crate) fn clients(&self) -> usize {
        self.seats.taken()
    }

    pub(crate) fn board(&self) -> &Board {
        &self.backend.board
    }
}

/// A gateway that holds its port and is ready to serve.
#[derive(Debug)]
pub struct Bound {
    listener: TcpListener,
    /// Where it listens.
    pub address: SocketAddr,
}

/// Takes the port.
///
/// # Errors
/// When the address cannot be bound.
pub fn bind(listen: SocketAddr) -> anyhow::Result<Bound> {
    let listener = listener(listen).with_context(|| format!("the gateway cannot listen on {listen}"))?;
    Ok(Bound { address: listener.local_addr()?, listener })
}

fn listener(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = socket2::Socket::new(socket2::Domain::for_address(address), socket2::Type::STREAM, None)?;
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.set_tcp_nodelay(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}

impl Bound {
    /// Serves until `shutdown`; streams end with `bye`, answers under way have 3 s.
    ///
    /// # Errors
    /// When it could be reached from other machines without a token, or the streams cannot be served.
    pub async fn serve(
        self,
        options: GatewayOptions,
        backend: Backend,
        shutdown: CancellationToken,
    ) -> anyhow::Result<()> {
        options.access.check(self.address)?;
        tracing::info!(address = %self.address, "gateway serves");
        let app = Shared::new(options, backend, shutdown.clone(), Timestamp::now);
        bellwether_harness::ops::metrics_handle();
        meters::begin(meters::Of::Gateway, "gateway");
        ops::tell(&app);
        let (hub, mut streams_ended) = Hub::start(app.clone()).context("the gateway cannot serve streams")?;
        let limits = app.options.limits;
        let connections = Connections { router: router(app), hub, limits, shutdown: shutdown.clone() };
        let open = TaskTracker::new();
        tokio::select! {
            () = accept(self.listener, connections, &open) => {}
            _ = &mut streams_ended => {
                anyhow::ensure!(shutdown.is_cancelled(), "the thread of the streams has failed");
                return Ok(());
            }
        }
        open.close();
        let drained = async { tokio::join!(open.wait(), streams_ended) };
        // Those who are still under way then have had their time.
        let _ = tokio::time::timeout(DRAIN, drained).await;
        Ok(())
    }
}

/// Takes connections until shutdown.
async fn accept(listener: TcpListener, connections: Connections, open: &TaskTracker) {
    let places = Arc::new(Semaphore::new(connections.limits.connections));
    let shutdown = connections.shutdown.clone();
    while let Some(accepted) = shutdown.run_until_cancelled(listener.accept()).await {
        let (socket, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be taken");
                tokio::time::sleep(BREATH).await;
                continue;
            }
        };
        let Ok(place) = places.clone().try_acquire_owned() else {
            metrics::counter!("bellwether_gateway_connections_refused_total").increment(1);
            // A fresh socket takes so little at once; if not, it is closed without a word.
            let _ = socket.try_write(FULL);
            continue;
        };
        let connections = connections.clone();
        open.spawn(async move {
            connections.serve(socket, peer).await;
            drop(place);
        });
    }
}

/// zstd or gzip, where it saves more than it costs: a small answer fits a packet as it is.
fn compression() -> CompressionLayer<impl Predicate> {
    CompressionLayer::new().compress_when(SizeAbove::new(SMALL.into()).and(DefaultPredicate::new()))
}

/// All routes, with everything every response must have.
pub(crate) fn router(app: App) -> Router {
    let plain = Router::new()
        .merge(api::operations())
        .merge(protect::routes())
        .nest("/api", api::routes())
        .nest("/api/v2", api::routes())
        .fallback(web::serve)
        .layer(middleware::from_fn_with_state(app.clone(), web::page_first))
        .layer(compression());
    // Outside the compression: a compressor holds events back until its block is full.
    let streams = Router::new()
        .route("/stream", sse::route())
        .route("/ws", sse::socket_route())
        .route("/status/rate-limit", get(protect::rate_limit));
    let streams = Router::new().nest("/api", streams.clone()).nest("/api/v2", streams);
    streams
        .merge(plain)
        .method_not_allowed_fallback(api::method_not_allowed)
        .layer(middleware::from_fn_with_state(app.clone(), lanes::opened))
        .layer(CatchPanicLayer::custom(api::panicked))
        .layer(DefaultBodyLimit::max(BODY))
        .layer(middleware::from_fn_with_state(app.clone(), protect::guard))
        .layer(middleware::map_response(headers::secure))
        .with_state(app)
}

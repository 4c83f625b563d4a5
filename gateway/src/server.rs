//! Listening, routing, stopping.

use crate::{Board, History, Submit, api, headers, sse, web};
use anyhow::Context;
use axum::{Router, middleware};
use bellwether_schemas::Timestamp;
use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower_http::{catch_panic::CatchPanicLayer, compression::CompressionLayer};

/// Connections the kernel holds ready: all clients come back at once after a restart.
const BACKLOG: i32 = 4096;
/// What the kernel may hold for a client that does not read: bounds memory per slow client.
const SEND_BUFFER: usize = 128 * 1024;
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
}

impl GatewayOptions {
    /// Listens on `listen` with the page built in.
    pub fn new(listen: SocketAddr) -> Self {
        let build = env!("CARGO_PKG_VERSION").to_owned();
        Self { listen, web: None, build, heartbeat: Duration::from_secs(15) }
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
}

/// Everything a handler needs.
pub(crate) struct Shared {
    pub(crate) options: GatewayOptions,
    pub(crate) backend: Backend,
    pub(crate) shutdown: CancellationToken,
    pub(crate) now: fn() -> Timestamp,
}

pub(crate) type App = Arc<Shared>;

impl Shared {
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
    socket.set_send_buffer_size(SEND_BUFFER)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}

impl Bound {
    /// Serves until `shutdown`; streams end with `bye`, answers under way have 3 s.
    ///
    /// # Errors
    /// When the listener fails.
    pub async fn serve(
        self,
        options: GatewayOptions,
        backend: Backend,
        shutdown: CancellationToken,
    ) -> anyhow::Result<()> {
        tracing::info!(address = %self.address, "gateway serves");
        let app = Arc::new(Shared { options, backend, shutdown: shutdown.clone(), now: Timestamp::now });
        let server = axum::serve(self.listener, router(app)).with_graceful_shutdown(shutdown.clone().cancelled_owned());
        let drained = async {
            shutdown.cancelled().await;
            tokio::time::sleep(DRAIN).await;
        };
        tokio::select! {
            served = async { server.await } => served.context("the gateway's listener failed"),
            () = drained => Ok(()),
        }
    }
}

/// All routes, with everything every response must have.
pub(crate) fn router(app: App) -> Router {
    let plain = Router::new()
        .merge(api::operations())
        .nest("/api", api::routes())
        .nest("/api/v2", api::routes())
        .fallback(web::serve)
        .layer(CompressionLayer::new());
    // Outside the compression: a compressor holds events back until its block is full.
    let streams = Router::new().route("/api/stream", sse::route()).route("/api/v2/stream", sse::route());
    streams
        .merge(plain)
        .method_not_allowed_fallback(api::method_not_allowed)
        .layer(CatchPanicLayer::custom(api::panicked))
        .layer(middleware::map_response(headers::secure))
        .with_state(app)
}

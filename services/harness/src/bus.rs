use crate::{Credentials, redact::redact};
use anyhow::{Context as _, Result};
use async_nats::{
    Client, ConnectOptions, Event, ServerAddr, ServerError,
    jetstream::{self, context::ContextBuilder},
};
use bellwether_schemas::names;
use std::{fmt, sync::Arc, time::Duration};
use tokio::sync::{Semaphore, watch};

/// How many tracks of a process may attach at the same time; more would only queue at the broker.
const ATTACHING_AT_ONCE: usize = 32;
/// A JetStream answer that takes longer is treated as unknown, and looked up.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(3);

/// How to reach the broker.
#[derive(Debug, Clone)]
pub struct Connect {
    /// `nats://host:port`, several separated by commas.
    pub url: String,
    /// Name of this connection, shown on the broker.
    pub name: String,
}

/// A connection to the broker that comes back by itself.
#[derive(Clone)]
pub struct Bus {
    js: jetstream::Context,
    /// Counts connections; a follower that sees it change attaches again.
    connections: watch::Receiver<u64>,
    /// The service whose account this is, on a broker that keeps services apart.
    account: Option<Arc<str>>,
    gate: Arc<Semaphore>,
    cache: Arc<crate::cache::ScanCache>,
}

impl Bus {
    /// The core client.
    pub fn client(&self) -> Client {
        self.js.client()
    }

    /// The JetStream context.
    pub fn js(&self) -> &jetstream::Context {
        &self.js
    }

    /// Whether the link is up at this moment.
    pub fn connected(&self) -> bool {
        self.js.client().connection_state() == async_nats::connection::State::Connected
    }

    /// Counts connections since the start: 1 is the first.
    pub fn connections(&self) -> watch::Receiver<u64> {
        self.connections.clone()
    }

    /// The largest body the broker accepts, in bytes.
    pub fn max_payload(&self) -> usize {
        self.js.client().server_info().max_payload
    }

    /// Whether the broker keeps services apart, each in an account of its own.
    pub(crate) fn keeps_apart(&self) -> bool {
        self.account.is_some()
    }

    /// A subject nobody else can guess, for the broker to deliver to.
    pub fn deliver_subject(&self) -> String {
        match &self.account {
            Some(service) => names::deliver_subject(service, rand::random()),
            None => self.js.client().new_inbox(),
        }
    }

    pub(crate) fn gate(&self) -> Arc<Semaphore> {
        self.gate.clone()
    }

    pub(crate) fn cache(&self) -> &crate::cache::ScanCache {
        &self.cache
    }
}

impl fmt::Debug for Bus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bus").field("connected", &self.connected()).finish_non_exhaustive()
    }
}

/// Connects, waiting up to 10 s for a broker that is still starting; afterwards the link comes back by itself, for ever.
///
/// # Errors
/// When nothing answers at the address within 10 s, or the broker refuses us.
pub async fn connect(options: &Connect) -> Result<Bus> {
    connect_as(options, None).await
}

/// As [`connect`], showing who we are, over TLS, to a broker that keeps services apart.
///
/// # Errors
/// As [`connect`]; a broker whose certificate is not from our authority is none.
pub async fn connect_as(options: &Connect, credentials: Option<&Credentials>) -> Result<Bus> {
    let (count, connections) = watch::channel(0);
    let wanted = ConnectOptions::new()
        .name(&options.name)
        .request_timeout(Some(REQUEST_TIMEOUT))
        .ping_interval(Duration::from_secs(10))
        .retry_on_initial_connect()
        .max_reconnects(None)
        .reconnect_delay_callback(|attempt| Duration::from_millis(if attempt < 5 { 20 } else { 100 }))
        .event_callback(move |event| {
            let count = count.clone();
            async move { notice(&event, &count) }
        });
    let wanted = match credentials {
        Some(credentials) => credentials.apply(wanted),
        None => wanted,
    };
    let servers = servers(&options.url).with_context(|| format!("connect to {}", redact(&options.url)))?;
    let client = wanted.connect(servers).await.with_context(|| format!("connect to {}", redact(&options.url)))?;
    let mut first = connections.clone();
    let connected = tokio::time::timeout(Duration::from_secs(10), first.wait_for(|&count| count > 0)).await;
    connected
        .with_context(|| format!("no broker answers at {}", redact(&options.url)))?
        .context("connection closed")?;
    let prefix = credentials.map_or(names::api::PREFIX, Credentials::api_prefix);
    let js =
        ContextBuilder::new().api_prefix(prefix).timeout(REQUEST_TIMEOUT).ack_timeout(REQUEST_TIMEOUT).build(client);
    let account = credentials.map(|credentials| credentials.name().into());
    Ok(Bus { js, connections, account, gate: Arc::new(Semaphore::new(ATTACHING_AT_ONCE)), cache: Arc::default() })
}

/// The brokers of a cluster, separated by commas: any of them will do.
fn servers(urls: &str) -> Result<Vec<ServerAddr>> {
    urls.split(',').map(|url| url.trim().parse().with_context(|| format!("{:?} is no address", redact(url)))).collect()
}

/// Tells the log what the client does. A refused permission reaches the caller as a mere time-out, so it is said here.
fn notice(event: &Event, count: &watch::Sender<u64>) {
    match event {
        Event::Connected => {
            count.send_modify(|count| *count += 1);
            tracing::info!("connected to the broker");
        }
        Event::Disconnected => tracing::warn!("lost the broker; reconnecting"),
        // Saying so would be refused, too, and be said again.
        Event::ServerError(ServerError::Other(text)) if text.contains(names::LOGS_SUBJECTS.trim_end_matches('>')) => {
            tracing::debug!(%text, "the broker takes no log lines");
        }
        Event::ServerError(ServerError::Other(text)) => tracing::error!(%text, "the broker refused something"),
        Event::SlowConsumer(id) => tracing::warn!(subscription = id, "a subscription is too slow and lost messages"),
        // One per attempt while the broker is away: worth a line only for those who look closely.
        Event::ClientError(error) => tracing::debug!(%error, "client error"),
        other => tracing::debug!(event = %other, "connection"),
    }
}

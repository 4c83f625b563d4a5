//! Log lines on their way to the broker, beside standard error.
//!
//! Never in the way of the service: a line is put into a bounded queue or dropped and counted, and a broker that is
//! away costs nothing but the lines that do not fit. Never in a circle: what the client of the broker says, and what is
//! said on the way to it, is not shipped.

use crate::{Bus, redact::redact};
use async_nats::jetstream::message::PublishMessage;
use bellwether_schemas::{
    Timestamp, names,
    ops::{Field, Level, LogLine},
};
use opentelemetry::trace::TraceContextExt;
use std::{
    collections::BTreeMap,
    fmt,
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{mpsc, oneshot},
    time::Instant,
};
use tracing::{
    Event, Subscriber,
    field::{Field as Name, Visit},
};
use tracing_subscriber::{Layer, layer::Context};

/// Lines that wait for the broker; more are dropped.
const WAITING: usize = 1024;
/// Lines a service may ship in a second, after as many at once as may wait.
const PER_SECOND: u32 = 200;
/// How often a line is offered to a broker that is there and does not take it.
const TRIES: u32 = 3;
/// The longest text of a line; a longer one is cut.
const LONGEST: usize = 4096;
const MOST_FIELDS: usize = 32;

static QUEUE: Mutex<Option<mpsc::Receiver<Item>>> = Mutex::new(None);

#[derive(Debug)]
enum Item {
    Line(Box<LogLine>),
    Flush(oneshot::Sender<()>),
}

/// Where lines are put.
#[derive(Debug, Clone)]
pub(crate) struct Shipper {
    queue: mpsc::Sender<Item>,
}

/// The layer that takes lines of a process that runs `service`, and the handle on its queue; [`ship`] sends them.
pub(crate) fn layer(service: &str) -> (ShipLayer, Shipper) {
    let (queue, lines) = mpsc::channel(WAITING);
    *QUEUE.lock().unwrap_or_else(PoisonError::into_inner) = Some(lines);
    (ShipLayer { service: service.to_owned(), queue: queue.clone() }, Shipper { queue })
}

/// Sends this process's log lines to `LOGS` from now on, as `instance`; those written since logging began come first.
/// The second call in a process does nothing.
pub fn ship(bus: &Bus, instance: &str) {
    let lines = QUEUE.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(lines) = lines {
        tokio::spawn(send(bus.clone(), instance.to_owned(), lines));
    }
}

impl Shipper {
    /// Waits until the lines written so far are sent, at most half a second.
    pub(crate) async fn flush(&self) {
        let (done, flushed) = oneshot::channel();
        if self.queue.try_send(Item::Flush(done)).is_ok() {
            // Whatever becomes of it, the process ends now.
            let _ = tokio::time::timeout(Duration::from_millis(500), flushed).await;
        }
    }
}

/// Takes the lines of one process.
pub(crate) struct ShipLayer {
    service: String,
    queue: mpsc::Sender<Item>,
}

impl<S: Subscriber> Layer<S> for ShipLayer {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let metadata = event.metadata();
        let Some(level) = level(*metadata.level()).filter(|_| ours(metadata.target())) else { return };
        let mut read = Reader::default();
        event.record(&mut read);
        let mut line = LogLine {
            time: Timestamp::now(),
            level,
            service: self.service.clone(),
            instance: String::new(),
            target: metadata.target().to_owned(),
            message: read.message,
            fields: read.fields,
            scan: None,
            trace: active_trace(),
        };
        for (name, place) in [("scan", &mut line.scan), ("trace", &mut line.trace)] {
            if let Some(Field::Text(text)) = line.fields.remove(name) {
                *place = Some(text);
            }
        }
        if let Some(Field::Text(service)) = line.fields.remove("service") {
            line.service = service;
        }
        if let Some(Field::Text(instance)) = line.fields.remove("instance") {
            line.instance = instance;
        }
        metrics::counter!("bellwether_log_lines_total", "level" => level.name()).increment(1);
        if self.queue.try_send(Item::Line(Box::new(line))).is_err() {
            dropped("full");
        }
    }
}

fn level(level: tracing::Level) -> Option<Level> {
    match level {
        tracing::Level::ERROR => Some(Level::Error),
        tracing::Level::WARN => Some(Level::Warn),
        tracing::Level::INFO => Some(Level::Info),
        _ => None,
    }
}

/// Only what we say ourselves: a library that speaks while a line is sent would speak of that, too.
fn ours(target: &str) -> bool {
    target.starts_with("bellwether") && target != module_path!()
}

fn active_trace() -> Option<String> {
    let context = opentelemetry::Context::current();
    let span = context.span().span_context().clone();
    span.is_valid().then(|| span.trace_id().to_string())
}

fn dropped(reason: &'static str) {
    metrics::counter!("bellwether_log_lines_dropped_total", "reason" => reason).increment(1);
}

#[derive(Default)]
struct Reader {
    message: String,
    fields: BTreeMap<String, Field>,
}

impl Reader {
    fn put(&mut self, name: &Name, value: Field) {
        if self.fields.len() < MOST_FIELDS {
            self.fields.insert(name.name().to_owned(), value);
        }
    }
}

impl Visit for Reader {
    fn record_debug(&mut self, name: &Name, value: &dyn fmt::Debug) {
        self.record_str(name, &format!("{value:?}"));
    }

    fn record_str(&mut self, name: &Name, value: &str) {
        let text = cut(&redact(value));
        match name.name() {
            "message" => self.message = text,
            _ => self.put(name, Field::Text(text)),
        }
    }

    fn record_i64(&mut self, name: &Name, value: i64) {
        self.put(name, Field::Int(value));
    }

    fn record_u64(&mut self, name: &Name, value: u64) {
        self.put(name, i64::try_from(value).map_or(Field::Number(value as f64), Field::Int));
    }

    fn record_f64(&mut self, name: &Name, value: f64) {
        // JSON has no word for the others.
        self.put(name, if value.is_finite() { Field::Number(value) } else { Field::Text(value.to_string()) });
    }

    fn record_bool(&mut self, name: &Name, value: bool) {
        self.put(name, Field::Bool(value));
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

async fn send(bus: Bus, instance: String, mut lines: mpsc::Receiver<Item>) {
    // Names this run of the process, so that a line that is offered twice is stored once.
    let run: u64 = rand::random();
    let (mut count, mut pace) = (0_u64, Pace::new());
    while let Some(item) = lines.recv().await {
        match item {
            Item::Flush(done) => drop(done.send(())),
            Item::Line(mut line) => {
                if line.instance.is_empty() {
                    line.instance.clone_from(&instance);
                }
                count += 1;
                pace.wait().await;
                store(&bus, &line, &format!("{run:016x}-{count}")).await;
            }
        }
    }
}

/// Stores a line, waiting for a broker that is away; one that is there and refuses loses the line.
async fn store(bus: &Bus, line: &LogLine, id: &str) {
    let Ok(body) = serde_json::to_vec(line) else { return dropped("unreadable") };
    let subject = names::log_subject(&line.service);
    let mut connections = bus.connections();
    for _ in 0..TRIES {
        while !bus.connected() {
            // Not only on change: the count moves before the state does.
            let _ = tokio::time::timeout(Duration::from_millis(200), connections.changed()).await;
        }
        let message = PublishMessage::build().payload(body.clone().into()).message_id(id);
        let sent = bus.js().send_publish(subject.clone(), message).await;
        if let Ok(answer) = sent
            && answer.await.is_ok()
        {
            return;
        }
    }
    dropped("refused");
}

/// Lets [`PER_SECOND`] through on average.
struct Pace {
    tokens: f64,
    at: Instant,
}

impl Pace {
    fn new() -> Self {
        Self { tokens: WAITING as f64, at: Instant::now() }
    }

    async fn wait(&mut self) {
        let rate = f64::from(PER_SECOND);
        self.tokens = (self.tokens + rate * self.at.elapsed().as_secs_f64()).min(WAITING as f64) - 1.0;
        self.at = Instant::now();
        if self.tokens < 0.0 {
            tokio::time::sleep(Duration::from_secs_f64(-self.tokens / rate)).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracing_subscriber::layer::SubscriberExt;

    fn lines(speak: impl FnOnce()) -> Vec<LogLine> {
        let (queue, mut lines) = mpsc::channel(WAITING);
        let layer = ShipLayer { service: "regime".to_owned(), queue };
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), speak);
        let mut taken = Vec::new();
        while let Ok(Item::Line(line)) = lines.try_recv() {
            taken.push(*line);
        }
        taken
    }

    #[test]
    fn a_line_keeps_its_fields_and_says_whose_it_is() {
        let lines = lines(|| {
            tracing::warn!(scan = "sp500-2024-03-14", ordinal = 7_u64, share = f64::NAN, reason = "late", "rejected");
            tracing::info!(service = "scanner", instance = "scanner#2", "running");
        });
        let [first, second] = lines.as_slice() else { panic!("{lines:?}") };
        assert_eq!((first.level, first.message.as_str(), first.service.as_str()), (Level::Warn, "rejected", "regime"));
        assert_eq!(first.scan.as_deref(), Some("sp500-2024-03-14"));
        assert_eq!(first.fields["ordinal"], Field::Int(7));
        assert_eq!(first.fields["share"], Field::Text("NaN".to_owned()));
        assert_eq!((second.service.as_str(), second.instance.as_str()), ("scanner", "scanner#2"));
    }

    #[test]
    fn what_the_client_of_the_broker_says_is_not_shipped_nor_what_is_only_for_those_who_look_closely() {
        let lines = lines(|| {
            tracing::error!(target: "async_nats::connection", "lost");
            tracing::error!(target: "bellwether_harness::shipping", "on the way");
            tracing::debug!("details");
        });
        assert!(lines.is_empty(), "{lines:?}");
    }

    #[test]
    fn a_flood_is_cut_and_never_waits() {
        let lines = lines(|| {
            for _ in 0..WAITING * 3 {
                tracing::info!(long = "x".repeat(LONGEST * 2), "flood");
            }
        });
        assert_eq!(lines.len(), WAITING);
        let Field::Text(long) = &lines[0].fields["long"] else { panic!("no text") };
        assert!(long.chars().count() == LONGEST + 1 && long.ends_with('…'));
    }
}

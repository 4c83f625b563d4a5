//! One client: the revisions it holds, and what it is told next.

use super::{Counted, Held, event, hello};
use crate::{
    api::{self, Parameters, check_token},
    board::{News, Seen},
    problem::Problem,
    server::{App, Shared},
    vector::{Mark, Vector, tag},
};
use bellwether_schemas::Key;
use bytes::Bytes;
use serde_json::json;
use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    time::Duration,
};
use tokio::{
    sync::watch,
    time::{Instant, Interval, MissedTickBehavior, sleep_until},
};

/// Results a client is sent per second, and at once after a pause. What the running market does never comes near it, so
/// it is sent without delay; a replay at full speed must not drown a page in thousands of results a second.
const PACE: f64 = 256.0;
/// How long a client should wait before it comes back after `bye`.
const RETRY_MS: u64 = 1000;

/// What a client wants to see.
#[derive(Debug, Clone)]
pub(crate) struct View {
    sections: Vec<Arc<str>>,
    universe: Option<String>,
    lane: String,
}

impl View {
    pub(super) fn read(app: &Shared, parameters: &Parameters) -> Result<Self, Problem> {
        parameters.only(&["sections", "universe", "lane", "since"])?;
        let names = app.board().names();
        let sections = match parameters.get("sections") {
            None => names.to_vec(),
            Some(list) => list.split(',').map(|name| named(names, name)).collect::<Result<_, _>>()?,
        };
        let universe = parameters.universe()?.map(str::to_owned);
        Ok(Self { sections, universe, lane: check_token("lane", parameters.lane()?)?.to_owned() })
    }

    /// Everything of one universe in the running market.
    pub(crate) fn of(app: &Shared, universe: Option<&str>) -> Self {
        let lane = bellwether_schemas::key::LIVE.to_owned();
        Self { sections: app.board().names().to_vec(), universe: universe.map(str::to_owned), lane }
    }

    fn wants(&self, key: &Key) -> bool {
        key.lane() == self.lane && self.universe.as_deref().is_none_or(|universe| universe == key.universe())
    }

    /// Tells vectors made under other filters apart.
    fn tag(&self) -> String {
        tag(&format!("{}|{}|{}", self.sections.join(","), self.universe.as_deref().unwrap_or("*"), self.lane))
    }
}

fn named(names: &[Arc<str>], name: &str) -> Result<Arc<str>, Problem> {
    let found = names.iter().find(|known| &***known == name).cloned();
    found.ok_or_else(|| Problem::not_found("unknown_section", "section", name, names.iter().map(|n| n.to_string())))
}

pub(super) struct Client {
    app: App,
    view: View,
    seen: BTreeMap<Arc<str>, Seen>,
    links: Option<u64>,
    changed: watch::Receiver<u64>,
    heartbeat: Interval,
    allowance: Allowance,
    /// The rest of what is being said; at most one entry.
    outbox: VecDeque<Bytes>,
    ended: bool,
    _counted: Counted,
}

impl Client {
    pub(super) fn new(app: App, view: View, held: Held) -> Self {
        let mut heartbeat = tokio::time::interval_at(Instant::now() + app.options.heartbeat, app.options.heartbeat);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let greeting = event("hello", &hello(&app)) + "\n";
        let mut client = Self {
            seen: view.sections.iter().map(|name| (name.clone(), Seen::default())).collect(),
            links: None,
            changed: app.board().watch(),
            heartbeat,
            allowance: Allowance::full(),
            outbox: VecDeque::from([greeting.into()]),
            ended: false,
            _counted: Counted::new(),
            view,
            app,
        };
        client.resume(held);
        client
    }

    fn resume(&mut self, held: Held) {
        match held {
            Held::Nothing => {}
            Held::Vector(vector) if vector.view == self.view.tag() => {
                for (section, mark) in vector.marks {
                    if let Some(seen) = self.seen.get_mut(section.as_str()) {
                        *seen = Seen::resumed(mark.epoch, mark.revision);
                    }
                }
            }
            Held::Vector(_) => self.say_reset(None, "the revisions are from another view"),
            Held::Unknown => self.say_reset(None, "the revisions cannot be read"),
        }
    }

    /// The next bytes to send; waits until there are some. `None` ends the stream.
    pub(super) async fn next(&mut self) -> Option<Bytes> {
        loop {
            if self.ended && self.outbox.is_empty() {
                return None;
            }
            if !self.ended && self.app.shutdown.is_cancelled() {
                self.say(event("bye", &json!({"retry_ms": RETRY_MS})) + "\n");
                self.ended = true;
            }
            if let Some(chunk) = self.outbox.pop_front() {
                return Some(chunk);
            }
            self.changed.borrow_and_update();
            self.collect();
            if self.outbox.is_empty() {
                self.wait().await;
            }
        }
    }

    /// Puts into the outbox what comes next: the sections' links if they changed, or one result.
    fn collect(&mut self) {
        let links = self.app.board().links_version();
        if self.links.replace(links) != Some(links) {
            return self.say(event("tick", &json!({"health": api::section_health(&self.app)})) + "\n");
        }
        if !self.allowance.left() {
            return;
        }
        let app = self.app.clone();
        for (section, seen) in &mut self.seen {
            match app.board().news(section, seen, |key| self.view.wants(key)) {
                None => {}
                Some(News::Reset { reason }) => {
                    let section = section.clone();
                    return self.say_reset(Some(&section), reason);
                }
                Some(News::Entry(entry)) => {
                    metrics::counter!("bellwether_gateway_frames_total").increment(1);
                    self.allowance.take();
                    self.outbox.push_back(entry.frame.clone());
                    let id = format!("id: {}\n\n", self.vector());
                    return self.say(id);
                }
            }
        }
    }

    async fn wait(&mut self) {
        let more_at = self.allowance.more_at();
        let changed = async {
            match more_at {
                // There may be news that was held back, which no further change would tell of.
                Some(more_at) => sleep_until(more_at).await,
                // The board outlives its readers; an error would mean it is gone, and then shutdown comes.
                None if self.changed.changed().await.is_err() => std::future::pending::<()>().await,
                None => {}
            }
        };
        tokio::select! {
            biased;
            () = self.app.shutdown.cancelled() => {}
            () = changed => {}
            _ = self.heartbeat.tick() => self.say_heartbeat(),
        }
    }

    fn say_heartbeat(&mut self) {
        let vector = self.vector();
        let data = json!({"server_time": (self.app.now)(), "vector": vector});
        self.say(format!("{}id: {vector}\n\n", event("hb", &data)));
    }

    /// `section`: forget all of it; `None`: forget everything.
    fn say_reset(&mut self, section: Option<&str>, reason: &str) {
        let data = json!({"section": section, "reason": reason});
        let vector = self.vector();
        self.say(format!("{}id: {vector}\n\n", event("reset", &data)));
    }

    fn say(&mut self, text: String) {
        self.outbox.push_back(text.into());
    }

    fn vector(&self) -> String {
        vector(&self.view, &self.seen).to_string()
    }
}

/// How many results may be sent now: a token bucket.
struct Allowance {
    tokens: f64,
    at: Instant,
}

impl Allowance {
    fn full() -> Self {
        Self { tokens: PACE, at: Instant::now() }
    }

    fn left(&mut self) -> bool {
        let now = Instant::now();
        self.tokens = PACE.min(self.tokens + PACE * now.duration_since(self.at).as_secs_f64());
        self.at = now;
        self.tokens >= 1.0
    }

    fn take(&mut self) {
        self.tokens -= 1.0;
    }

    /// When there will be some again; `None` while there are.
    fn more_at(&self) -> Option<Instant> {
        (self.tokens < 1.0).then(|| self.at + Duration::from_secs_f64((1.0 - self.tokens) / PACE))
    }
}

fn vector(view: &View, seen: &BTreeMap<Arc<str>, Seen>) -> Vector {
    let known = seen.iter().filter(|(_, seen)| !seen.epoch.is_empty());
    let mark = |seen: &Seen| Mark { epoch: seen.epoch.clone(), revision: seen.revision };
    Vector { view: view.tag(), marks: known.map(|(name, seen)| (name.to_string(), mark(seen))).collect() }
}

/// All a new client would be sent, and the vector it then holds: for a page that shows it before its stream is open.
pub(crate) fn snapshot(app: &Shared, view: &View) -> (Vec<Bytes>, String) {
    let mut frames = Vec::new();
    let mut seen = BTreeMap::new();
    for section in &view.sections {
        let mut held = Seen::default();
        while let Some(news) = app.board().news(section, &mut held, |key| view.wants(key)) {
            if let News::Entry(entry) = news {
                frames.push(entry.frame.clone());
            }
        }
        seen.insert(section.clone(), held);
    }
    (frames, vector(view, &seen).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_running_market_does_is_never_held_back_and_a_flood_is() {
        let mut allowance = Allowance::full();
        for _ in 0..PACE as usize {
            assert!(allowance.left() && allowance.more_at().is_none());
            allowance.take();
        }
        // Drawn down to nothing at one instant, some has to come back before the next.
        allowance.tokens = 0.0;
        allowance.at = Instant::now();
        let more_at = allowance.more_at().expect("a time");
        assert!(more_at > allowance.at && more_at <= allowance.at + Duration::from_millis(5));
    }
}

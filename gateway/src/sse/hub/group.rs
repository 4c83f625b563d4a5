//! All clients of one view.

use super::super::{
    allowance::Allowance,
    cursor::Cursor,
    message::{Form, Message, Said},
    view::View,
};
use crate::{server::Shared, socket};
use bytes::Bytes;
use std::time::{Duration, Instant};

/// So much is put together for one write.
const BATCH: usize = 32 << 10;

#[derive(Debug)]
pub(super) struct Group {
    pub(super) view: View,
    /// What all who are in step hold.
    pub(super) cursor: Cursor,
    pub(super) members: Vec<usize>,
    allowance: Allowance,
    /// What the board and the ticks counted when all had been told.
    told: Option<(u64, u64)>,
    pub(super) beat: Instant,
}

/// The same for all who are in step.
#[derive(Debug)]
pub(super) struct Batch {
    messages: Vec<Message>,
    ping: bool,
    events: Option<Bytes>,
    texts: Option<Bytes>,
    /// Results in it.
    pub(super) results: usize,
}

impl Group {
    pub(super) fn new(view: View, now: Instant, heartbeat: Duration) -> Self {
        let cursor = Cursor::new(&view);
        Self { cursor, view, members: Vec::new(), allowance: Allowance::full(), told: None, beat: now + heartbeat }
    }

    /// What comes next for those in step, and moves past it.
    pub(super) fn next(&mut self, app: &Shared) -> Option<Batch> {
        let now = (self.view.board().version(), app.ticks.number());
        if self.told == Some(now) {
            return None;
        }
        let mut size = 0;
        let mut messages = Vec::new();
        while size < BATCH {
            if !self.allowance.left() {
                return Batch::of(messages, false);
            }
            let Some(message) = self.cursor.next(app, &self.view) else {
                // Counted before it was looked at, so a change meanwhile is seen next time.
                self.told = Some(now);
                break;
            };
            if message.said == Said::Result {
                self.allowance.take();
            }
            size += message.body.len();
            messages.push(message);
        }
        Batch::of(messages, false)
    }

    /// Whether there may be more to tell than was allowed.
    pub(super) fn held_back(&self) -> Option<Duration> {
        self.allowance.wait()
    }

    /// The heartbeat, when it is due.
    pub(super) fn heartbeat(&mut self, app: &Shared, now: Instant) -> Option<Batch> {
        if now < self.beat {
            return None;
        }
        self.beat = now + app.options.heartbeat;
        Batch::of(vec![self.cursor.heartbeat(app, &self.view)], true)
    }
}

impl Batch {
    fn of(messages: Vec<Message>, ping: bool) -> Option<Self> {
        let results = messages.iter().filter(|message| message.said == Said::Result).count();
        (!messages.is_empty()).then_some(Self { messages, ping, events: None, texts: None, results })
    }

    pub(super) fn once(message: Message) -> Self {
        Self { messages: vec![message], ping: false, events: None, texts: None, results: 0 }
    }

    /// Its bytes as the client takes them, encoded when the first asks.
    pub(super) fn bytes(&mut self, form: Form) -> Bytes {
        let (messages, ping) = (&self.messages, self.ping && form == Form::Socket);
        let held = match form {
            Form::Events => &mut self.events,
            Form::Socket => &mut self.texts,
        };
        held.get_or_insert_with(|| {
            let mut out = Vec::new();
            messages.iter().for_each(|message| message.encode(form, &mut out));
            if ping {
                socket::ping(&mut out);
            }
            out.into()
        })
        .clone()
    }
}

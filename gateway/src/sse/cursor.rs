//! What a client, or all who are in step, have been told, and what they must be told next.

use super::{
    Held,
    message::{Message, Said},
    ticks::Told,
    view::View,
};
use crate::{
    board::{Board, News, Seen},
    ops::{LINES, Logs},
    server::Shared,
    vector::{Mark, Vector},
};
use bytes::Bytes;
use serde_json::json;

/// Log lines that one who was told none yet is told.
const FIRST_LINES: usize = 50;

/// A position in everything there is to tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cursor {
    /// As many as the view has sections.
    seen: Vec<Seen>,
    /// Number of the newest tick told; 0 before the first.
    tick: u64,
    /// The newest log line told.
    log: Option<Mark>,
}

impl Cursor {
    /// Of a client that holds nothing.
    pub(super) fn new(view: &View) -> Self {
        Self { seen: vec![Seen::default(); view.sections.len()], tick: 0, log: None }
    }

    /// Of a client that says what it holds, and what it must forget.
    pub(super) fn resume(view: &View, held: Held) -> (Self, Option<Message>) {
        let mut cursor = Self::new(view);
        let reason = match held {
            Held::Nothing => None,
            Held::Vector(vector) if vector.view == *view.tag => {
                cursor.adopt(view, &vector);
                None
            }
            Held::Vector(_) => Some("the revisions are from another view"),
            Held::Unknown => Some("the revisions cannot be read"),
        };
        let reset = reason.map(|reason| reset(None, reason, cursor.vector(view)));
        (cursor, reset)
    }

    fn adopt(&mut self, view: &View, vector: &Vector) {
        for (seen, section) in self.seen.iter_mut().zip(&view.sections) {
            if let Some(mark) = vector.marks.get(&**section) {
                *seen = Seen::resumed(mark.epoch.as_str(), mark.revision);
            }
        }
        self.log.clone_from(&vector.log);
    }

    /// What comes next, and moves past it; `None` when all has been told. The newest of each key: whoever is too slow
    /// for every change needs no queue.
    pub(super) fn next(&mut self, app: &Shared, view: &View) -> Option<Message> {
        if let Some(tick) = app.ticks.after(self.tick) {
            let held = std::mem::replace(&mut self.log, tick.log.clone());
            self.tick = tick.number;
            let body = match tick.told {
                Told::Changes(body) => body,
                Told::All(body) => with_lines(body, &app.backend.ops.logs, held, tick.log),
            };
            return Some(Message { said: Said::Other, body, id: None });
        }
        self.next_result(view.board(), view)
    }

    pub(super) fn next_result(&mut self, board: &Board, view: &View) -> Option<Message> {
        let sections = view.sections.iter().zip(&mut self.seen);
        let (section, news) = sections
            .into_iter()
            .find_map(|(section, seen)| Some((section, board.news(section, seen, |key| view.wants(key))?)))?;
        let id = self.vector(view);
        Some(match news {
            News::Reset { reason } => reset(Some(section), reason, id),
            News::Entry(entry) => Message { said: Said::Result, body: entry.frame.clone(), id: Some(id) },
        })
    }

    pub(super) fn heartbeat(&self, app: &Shared, view: &View) -> Message {
        let vector = self.vector(view);
        Message::new("hb", &json!({"server_time": (app.now)(), "vector": vector}), Some(vector))
    }

    /// As the text of an event id.
    pub(super) fn vector(&self, view: &View) -> String {
        let known = view.sections.iter().zip(&self.seen).filter(|(_, seen)| !seen.epoch.is_empty());
        let mark = |seen: &Seen| Mark { epoch: seen.epoch.to_string(), revision: seen.revision };
        let marks = known.map(|(name, seen)| (name.to_string(), mark(seen))).collect();
        Vector { view: view.tag.to_string(), marks, log: self.log.clone() }.to_string()
    }
}

/// A tick of everything, and after it, as a tick of their own, the log lines that a client lacks which holds those up to
/// `held`: each client may lack others, and the rest is the same for all.
fn with_lines(body: Bytes, logs: &Logs, held: Option<Mark>, newest: Option<Mark>) -> Bytes {
    let Some(newest) = newest else { return body };
    let (after, most) = match held {
        Some(held) if held.epoch == newest.epoch => (held.revision, LINES),
        _ => (0, FIRST_LINES),
    };
    let lines = logs.between(after, newest.revision, most);
    if lines.is_empty() {
        return body;
    }
    let mut both = body.to_vec();
    both.extend_from_slice(b"\nevent: tick\ndata: {\"logs\":[");
    for (place, line) in lines.iter().enumerate() {
        both.extend_from_slice(if place == 0 { b"" } else { b"," });
        both.extend_from_slice(&line.json);
    }
    both.extend_from_slice(b"]}\n");
    both.into()
}

/// `section`: forget all of it; `None`: forget everything.
fn reset(section: Option<&str>, reason: &str, vector: String) -> Message {
    Message::new("reset", &json!({"section": section, "reason": reason}), Some(vector))
}

//! What a client, or all who are in step, have been told, and what they must be told next.

use super::{
    Held,
    message::{Message, Said},
    view::View,
};
use crate::{
    board::{Board, News, Seen},
    server::Shared,
    vector::{Mark, Vector},
};
use serde_json::json;

/// A position in everything there is to tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cursor {
    /// As many as the view has sections.
    seen: Vec<Seen>,
    /// Number of the newest tick told; 0 before the first.
    tick: u64,
}

impl Cursor {
    /// Of a client that holds nothing.
    pub(super) fn new(view: &View) -> Self {
        Self { seen: vec![Seen::default(); view.sections.len()], tick: 0 }
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
    }

    /// What comes next, and moves past it; `None` when all has been told. The newest of each key: whoever is too slow
    /// for every change needs no queue.
    pub(super) fn next(&mut self, app: &Shared, view: &View) -> Option<Message> {
        if let Some((number, body)) = app.ticks.after(self.tick) {
            self.tick = number;
            return Some(Message { said: Said::Other, body, id: None });
        }
        self.next_result(app.board(), view)
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
        Vector { view: view.tag.to_string(), marks }.to_string()
    }
}

/// `section`: forget all of it; `None`: forget everything.
fn reset(section: Option<&str>, reason: &str, vector: String) -> Message {
    Message::new("reset", &json!({"section": section, "reason": reason}), Some(vector))
}

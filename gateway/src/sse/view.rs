//! What a client wants to see.

use super::{cursor::Cursor, message::Said};
use crate::{
    api::{Parameters, check_token},
    board::Board,
    problem::Problem,
    server::Shared,
    vector::tag,
};
use bellwether_schemas::Key;
use bytes::Bytes;
use std::sync::Arc;

/// Filters of a stream. Clients with the same are sent the same bytes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct View {
    pub(super) sections: Vec<Arc<str>>,
    universe: Option<String>,
    lane: String,
    /// Tells vectors made under other filters apart.
    pub(super) tag: Arc<str>,
    /// Where it is looked at.
    board: On,
}

/// A board, told from others by being another.
#[derive(Debug, Clone)]
struct On(Arc<Board>);

impl PartialEq for On {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for On {}

impl std::hash::Hash for On {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.0).hash(state);
    }
}

impl View {
    fn new(app: &Shared, sections: Vec<Arc<str>>, universe: Option<&str>, lane: &str) -> Self {
        let tag = tag(&format!("{}|{}|{lane}", sections.join(","), universe.unwrap_or("*"))).into();
        Self {
            sections,
            universe: universe.map(str::to_owned),
            lane: lane.to_owned(),
            tag,
            board: On(app.boards.of(lane)),
        }
    }

    pub(super) fn read(app: &Shared, parameters: &Parameters) -> Result<Self, Problem> {
        let playback: &[&str] = if parameters.get("playback").is_some() { &["playback", "to", "speed"] } else { &[] };
        parameters.only(&[&["sections", "universe", "lane", "since"], playback].concat())?;
        let names = app.board().names();
        let sections = match parameters.get("sections") {
            None => names.to_vec(),
            Some(list) => named(names, list)?,
        };
        Ok(Self::new(app, sections, parameters.universe()?, check_token("lane", parameters.lane()?)?))
    }

    /// Everything of one universe in the running market.
    pub(crate) fn of(app: &Shared, universe: Option<&str>) -> Self {
        Self::new(app, app.board().names().to_vec(), universe, bellwether_schemas::key::LIVE)
    }

    /// The board it is looked at on.
    pub(super) fn board(&self) -> &Board {
        &self.board.0
    }

    /// The same on another board.
    pub(super) fn on(self, board: Arc<Board>) -> Self {
        Self { board: On(board), ..self }
    }

    /// What is looked at: the universe, if one was named, and the lane.
    pub(super) fn of_what(&self) -> (Option<&str>, &str) {
        (self.universe.as_deref(), &self.lane)
    }

    pub(super) fn wants(&self, key: &Key) -> bool {
        key.lane() == self.lane && self.universe.as_deref().is_none_or(|universe| universe == key.universe())
    }
}

/// The sections of a list, each once, in the board's order: the same wish is the same view, however it was said.
fn named(names: &[Arc<str>], list: &str) -> Result<Vec<Arc<str>>, Problem> {
    let wanted: Vec<&str> = list.split(',').collect();
    if let Some(unknown) = wanted.iter().find(|wanted| !names.iter().any(|name| &&**name == *wanted)) {
        let known = names.iter().map(|name| name.to_string());
        return Err(Problem::not_found("unknown_section", "section", unknown, known));
    }
    Ok(names.iter().filter(|name| wanted.contains(&&***name)).cloned().collect())
}

/// All a new client would be sent, and the vector it then holds: for a page that shows it before its stream is open.
pub(crate) fn snapshot(view: &View) -> (Vec<Bytes>, String) {
    let mut cursor = Cursor::new(view);
    let said = std::iter::from_fn(|| cursor.next_result(view.board(), view));
    let frames = said.filter(|message| message.said == Said::Result).map(|message| message.body).collect();
    (frames, cursor.vector(view))
}

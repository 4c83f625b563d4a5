//! Playing back what was recorded: nothing is computed. A client's playback is a board of its own onto which the recorded
//! results are put at the market's pace, so everything it is sent has the form it has in the running market, and nothing
//! of what comes later is anywhere near it.

use crate::{
    Arrival, Board,
    api::{Parameters, default_universe},
    pace::{Moment, Speed},
    past::Edge,
    problem::Problem,
    server::App,
    sources::{History, Log},
};
use axum::http::StatusCode;
use bellwether_schemas::{Key, Ordinal, Refusal};
use std::{
    collections::BTreeMap,
    sync::{Arc, Weak},
    time::Duration,
};
use tokio::time::{Instant, sleep, sleep_until};

/// Scans that are read together.
const TOGETHER: usize = 32;
/// A page shows no more than this many scans a second, so `max` is that.
const FASTEST: Duration = Duration::from_millis(20);
/// How long a log that does not answer is left alone.
const PAUSE: Duration = Duration::from_secs(1);

/// What is played.
#[derive(Debug, Clone)]
pub(crate) struct Reel {
    key: Key,
    /// Each with the creation of its log.
    sections: Vec<(Arc<str>, String)>,
    first: Ordinal,
    last: Ordinal,
    speed: Speed,
}

impl Reel {
    /// From `playback`, a scan id, session or ordinal, to `to`, else to the newest scan there is now, at `speed`.
    pub(crate) async fn read(
        app: &App,
        parameters: &Parameters,
        sections: &[Arc<str>],
        (universe, lane): (Option<&str>, &str),
    ) -> Result<Self, Problem> {
        let speed: Speed = match parameters.get("speed").unwrap_or("1x").parse() {
            Ok(speed) if speed != Speed::Original => speed,
            _ => {
                let given = parameters.get("speed").unwrap_or_default();
                let refusal = Refusal::new("speed", format!("{given:?}"), "max, or 0.1x to 10000x, e.g. 8x");
                return Err(Problem::bad("bad_parameter", refusal));
            }
        };
        let boards = app.boards.of(lane);
        let known = || boards.sections().find_map(|section| default_universe(&section, lane).map(str::to_owned));
        let universe = universe.map(str::to_owned).or_else(known);
        let Some(universe) = universe else {
            return Err(Problem::not_found("unknown_universe", "universe", "none", []));
        };
        let key = Key::new(lane, universe).map_err(|refusal| Problem::bad("bad_parameter", refusal))?;
        let mut logs = Vec::new();
        for section in sections {
            let of = (Log::Results(section.clone()), key.clone());
            // A lane may lack a worker; what it has is played.
            if let Ok(Some(known)) = app.past.ends(&of, None).await {
                logs.push((of, known.ends, section.clone()));
            }
        }
        let Some((of, ends, _)) = logs.first().cloned() else {
            return Err(Problem::unavailable(
                "no_history",
                format!("the record of {key} cannot be read, or there is none"),
            ));
        };
        let bound = async |name: &str, edge: Edge| match parameters.instant(name)? {
            None => Ok(None),
            Some(at) => {
                let found = app.past.edge(&of, &at, edge, &ends).await;
                found.map_err(|lost| Problem::unavailable("no_history", lost.to_string()))
            }
        };
        let last = logs.iter().map(|(_, ends, _)| ends.last).max().unwrap_or(ends.last);
        let first = bound("playback", Edge::From).await?;
        let Some(first) = first.filter(|first| (ends.first..=last).contains(first)) else {
            let given = parameters.get("playback").unwrap_or_default();
            let refusal =
                Refusal::new("playback", format!("{given:?}"), format!("a scan from {} to {last}", ends.first));
            return Err(Problem::refused(StatusCode::NOT_FOUND, "unknown_scan", refusal));
        };
        let last = bound("to", Edge::To).await?.map_or(last, |to| to.min(last));
        let sections = logs.into_iter().map(|(_, ends, section)| (section, ends.created.to_string())).collect();
        Ok(Self { key, sections, first, last, speed })
    }

    /// Begins to play onto a board of its own. It ends with the reel, or when nobody holds the board any more.
    pub(crate) fn begin(self, app: &App) -> Arc<Board> {
        let board = app.boards.fresh();
        for (section, epoch) in &self.sections {
            board.reset(section, epoch);
            board.current(section);
        }
        tokio::spawn(play(app.backend.history.clone(), self, Arc::downgrade(&board)));
        board
    }
}

async fn play(history: Arc<dyn History>, reel: Reel, board: Weak<Board>) {
    let mut next = reel.first;
    let mut before: Option<(Moment, Instant)> = None;
    while next <= reel.last && board.strong_count() > 0 {
        let scans = match read(&*history, &reel, next).await {
            Ok(scans) => scans,
            Err(error) => {
                tracing::debug!(key = %reel.key, error = format!("{error:#}"), "a playback waits for its log");
                sleep(PAUSE).await;
                continue;
            }
        };
        let Some(end) = scans.last_key_value().map(|(ordinal, _)| *ordinal) else { return };
        for (_, arrivals) in scans.range(next..) {
            let now = arrivals.iter().find_map(|(_, arrival)| moment(&arrival.body));
            if let (Some((held, at)), Some(now)) = (before, now) {
                let pause = if reel.speed == Speed::Max { FASTEST } else { reel.speed.pause(held, now) };
                sleep_until(at + pause.max(FASTEST / 4)).await;
            }
            let Some(board) = board.upgrade() else { return };
            for (section, arrival) in arrivals {
                // What cannot be read is shown as a fault of the section, as in the running market.
                let _ = board.put(section, arrival.clone());
            }
            before = now.map(|now| (now, Instant::now())).or(before);
        }
        next = end + 1;
    }
}

type Scans = BTreeMap<Ordinal, Vec<(Arc<str>, Arrival)>>;

async fn read(history: &dyn History, reel: &Reel, from: Ordinal) -> anyhow::Result<Scans> {
    let limit = TOGETHER.min((reel.last + 1 - from) as usize);
    let to = from + limit as u64 - 1;
    let mut scans = Scans::new();
    for (section, _) in &reel.sections {
        let log = Log::Results(section.clone());
        for record in history.row(&log, &reel.key, from, limit).await? {
            let Some(ordinal) = record.ordinal.filter(|ordinal| (from..=to).contains(ordinal)) else { continue };
            let arrival = Arrival { key: reel.key.clone(), revision: record.sequence, body: record.body };
            scans.entry(ordinal).or_default().push((section.clone(), arrival));
        }
    }
    Ok(scans)
}

fn moment(body: &[u8]) -> Option<Moment> {
    let scan = crate::entry::decode(body).ok()?.scan;
    Some(Moment { session: scan.session?, as_of: scan.as_of? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Backend, GatewayOptions, fixtures::stored, memory::MemoryLogs, server::Shared};
    use bellwether_schemas::Timestamp;
    use serde_json::json;

    fn app() -> App {
        let logs = Arc::new(MemoryLogs::default());
        let key = Key::live("sp500").unwrap();
        for ordinal in 1..=6 {
            let body = stored(ordinal, json!({"current": {"n": ordinal}}));
            logs.append(&Log::Results("regime".into()), &key, BTreeMap::new(), body);
        }
        let board = Arc::new(Board::new(["regime"]));
        let options = GatewayOptions::new("127.0.0.1:0".parse().unwrap());
        let backend = Backend { board, history: logs, submit: None, ops: Arc::default(), replays: None, lanes: None };
        Shared::new(options, backend, Default::default(), || Timestamp::UNIX_EPOCH)
    }

    async fn reel(app: &App, asked: &[(&str, &str)]) -> Result<Reel, Problem> {
        let asked = asked.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Reel::read(app, &Parameters(asked), &["regime".into()], (Some("sp500"), "live")).await
    }

    #[tokio::test]
    async fn every_scan_is_played_in_order_and_nothing_after_the_last() {
        let app = app();
        let reel = reel(&app, &[("playback", "2"), ("to", "4"), ("speed", "max")]).await.unwrap();
        let board = reel.begin(&app);
        let (mut changes, mut seen) = (board.watch(), Vec::new());
        let played = async {
            while seen.last() != Some(&4) {
                changes.changed().await.unwrap();
                seen.extend(board.section("regime").unwrap().entries.values().map(|entry| entry.head.scan.ordinal));
            }
        };
        tokio::time::timeout(Duration::from_secs(20), played).await.expect("played to its end");
        seen.dedup();
        assert_eq!(seen, [2, 3, 4]);
        // The player has ended with the reel: nobody else holds the board's log, so nothing more can come.
        assert_eq!(
            app.boards.of("live").section("regime").unwrap().entries.len(),
            0,
            "the running market's is untouched"
        );
    }

    #[tokio::test]
    async fn what_cannot_be_played_is_refused() {
        let app = app();
        for asked in [("playback", "9"), ("playback", "x y"), ("speed", "original"), ("speed", "fast")] {
            let asked =
                [("playback", "1"), asked].into_iter().collect::<BTreeMap<_, _>>().into_iter().collect::<Vec<_>>();
            assert!(reel(&app, &asked).await.is_err(), "{asked:?}");
        }
    }
}

//! The newest log lines of all services, and how to find some of them.

use bellwether_schemas::ops::{Field, Level, LogLine};
use bytes::Bytes;
use serde::Serialize;
use std::{
    collections::VecDeque,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard},
};
use tokio::sync::watch;

/// Lines that are held; the stream behind them holds more.
const MOST_LINES: usize = 10_000;
const MOST_BYTES: usize = 8 << 20;

/// One line, encoded once for every reader.
#[derive(Debug, PartialEq)]
pub struct Line {
    /// Sequence in LOGS.
    pub seq: u64,
    /// What it says.
    pub line: LogLine,
    /// The same as JSON, with `seq`.
    pub json: Bytes,
}

/// The lines that are wanted; every condition that is there must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// As grave as this or graver.
    pub level: Option<Level>,
    /// Of this service.
    pub service: Option<String>,
    /// With this text in the sentence or in a field, in any case of letters.
    pub text: Option<String>,
    /// Speaking of this scan.
    pub scan: Option<String>,
}

/// The newest lines.
#[derive(Debug)]
pub struct Logs {
    ring: RwLock<Ring>,
    head: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Ring {
    epoch: String,
    lines: VecDeque<Arc<Line>>,
    bytes: usize,
    lost: Option<String>,
}

impl Default for Logs {
    fn default() -> Self {
        Self { ring: RwLock::default(), head: watch::Sender::new(0) }
    }
}

impl Line {
    fn new(seq: u64, line: LogLine) -> Self {
        #[derive(Serialize)]
        struct Numbered<'a> {
            seq: u64,
            #[serde(flatten)]
            line: &'a LogLine,
        }
        let json = serde_json::to_vec(&Numbered { seq, line: &line }).unwrap_or_default().into();
        Self { seq, line, json }
    }
}

impl Filter {
    /// Whether the line is wanted.
    pub fn fits(&self, line: &LogLine) -> bool {
        self.level.is_none_or(|level| line.level >= level)
            && self.service.as_ref().is_none_or(|service| line.service == *service)
            && self.scan.as_ref().is_none_or(|scan| line.scan.as_ref() == Some(scan))
            && self.text.as_ref().is_none_or(|text| speaks_of(line, &text.to_lowercase()))
    }
}

fn speaks_of(line: &LogLine, text: &str) -> bool {
    let has = |part: &str| part.to_lowercase().contains(text);
    has(&line.message)
        || line.fields.iter().any(|(name, value)| match value {
            Field::Text(value) => has(value) || has(name),
            Field::Int(value) => value.to_string() == text,
            Field::Number(_) | Field::Bool(_) => has(name),
        })
        || line.trace.as_deref() == Some(text)
}

impl Logs {
    /// The stream is another one, or is seen for the first time.
    pub fn reset(&self, epoch: &str) {
        *self.write() = Ring { epoch: epoch.to_owned(), ..Ring::default() };
        self.head.send_replace(0);
    }

    /// Takes a line in; what is older than all that is held changes nothing.
    pub fn push(&self, seq: u64, line: LogLine) {
        let mut ring = self.write();
        ring.lost = None;
        if ring.lines.back().is_some_and(|last| last.seq >= seq) {
            return;
        }
        let line = Line::new(seq, line);
        ring.bytes += line.json.len();
        ring.lines.push_back(Arc::new(line));
        while ring.lines.len() > MOST_LINES || ring.bytes > MOST_BYTES {
            let Some(oldest) = ring.lines.pop_front() else { break };
            ring.bytes -= oldest.json.len();
        }
        drop(ring);
        self.head.send_replace(seq);
    }

    /// No line can be heard now. What is held stays.
    pub fn lost(&self, reason: &str) {
        self.write().lost = Some(reason.to_owned());
    }

    /// Why no line can be heard.
    pub fn trouble(&self) -> Option<String> {
        self.read().lost.clone()
    }

    /// Wakes its holder at every line.
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.head.subscribe()
    }

    /// When the stream was created; empty before it was seen.
    pub fn epoch(&self) -> String {
        self.read().epoch.clone()
    }

    /// Sequence of the newest line; 0 while there is none.
    pub fn head(&self) -> u64 {
        self.read().lines.back().map_or(0, |line| line.seq)
    }

    /// How many lines are held.
    pub fn len(&self) -> usize {
        self.read().lines.len()
    }

    /// Whether none is held.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The newest `limit` fitting lines with a sequence under `before`, in order, and whether there are more before
    /// them.
    pub fn page(&self, filter: &Filter, before: Option<u64>, limit: usize) -> (Vec<Arc<Line>>, bool) {
        let ring = self.read();
        let older = ring.lines.iter().rev().skip_while(|line| before.is_some_and(|before| line.seq >= before));
        let mut found: Vec<_> = older.filter(|line| filter.fits(&line.line)).take(limit + 1).cloned().collect();
        let more = found.len() > limit;
        found.truncate(limit);
        found.reverse();
        (found, more)
    }

    /// The first `limit` fitting lines after `seq`, the sequence up to which all has been looked at then, and whether
    /// some of them are no longer held.
    pub fn after(&self, seq: u64, filter: &Filter, limit: usize) -> (Vec<Arc<Line>>, u64, bool) {
        let ring = self.read();
        let missed = seq > 0 && ring.lines.front().is_some_and(|first| first.seq > seq + 1);
        let start = ring.lines.partition_point(|line| line.seq <= seq);
        let (mut found, mut reached) = (Vec::new(), seq);
        for line in ring.lines.range(start..) {
            if found.len() == limit {
                break;
            }
            reached = line.seq;
            if filter.fits(&line.line) {
                found.push(line.clone());
            }
        }
        (found, reached, missed)
    }

    /// The newest `limit` lines after `seq` and up to `last`, in order.
    pub fn between(&self, seq: u64, last: u64, limit: usize) -> Vec<Arc<Line>> {
        let ring = self.read();
        let start = ring.lines.partition_point(|line| line.seq <= seq);
        let end = ring.lines.partition_point(|line| line.seq <= last);
        ring.lines.range(start.max(end.saturating_sub(limit))..end.max(start)).cloned().collect()
    }

    /// Lines as grave as `level` of the last `seconds` before `now`.
    pub fn count_since(&self, level: Level, now: bellwether_schemas::Timestamp, seconds: i64) -> usize {
        let ring = self.read();
        let recent = ring.lines.iter().rev().take_while(|line| now.duration_since(line.line.time).as_secs() < seconds);
        recent.filter(|line| line.line.level >= level).count()
    }

    fn read(&self) -> RwLockReadGuard<'_, Ring> {
        self.ring.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, Ring> {
        self.ring.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
pub(crate) fn line(level: Level, service: &str, message: &str) -> LogLine {
    LogLine {
        time: "2024-03-14T20:00:00Z".parse().unwrap(),
        level,
        service: service.to_owned(),
        instance: service.to_owned(),
        target: "bellwether_harness::track".to_owned(),
        message: message.to_owned(),
        fields: [("reason".to_owned(), Field::Text("Older session".to_owned()))].into(),
        scan: Some("sp500-2024-03-14".to_owned()),
        trace: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seqs(lines: &[Arc<Line>]) -> Vec<u64> {
        lines.iter().map(|line| line.seq).collect()
    }

    #[test]
    fn lines_are_found_by_level_service_text_and_scan_page_by_page() {
        let logs = Logs::default();
        for seq in 1..=9 {
            let level = if seq % 3 == 0 { Level::Error } else { Level::Info };
            logs.push(seq, line(level, if seq % 2 == 0 { "regime" } else { "breadth" }, "rejected"));
        }
        let all = Filter::default();
        let (lines, more) = logs.page(&all, None, 4);
        assert_eq!((seqs(&lines), more), (vec![6, 7, 8, 9], true));
        let (lines, more) = logs.page(&all, Some(5), 4);
        assert_eq!((seqs(&lines), more), (vec![1, 2, 3, 4], false));
        let errors = Filter { level: Some(Level::Error), ..all.clone() };
        assert_eq!(seqs(&logs.page(&errors, None, 10).0), [3, 6, 9]);
        let regime = Filter { service: Some("regime".to_owned()), ..errors };
        assert_eq!(seqs(&logs.page(&regime, None, 10).0), [6]);
        let with = |text: &str| Filter { text: Some(text.to_owned()), ..Filter::default() };
        assert_eq!(logs.page(&with("OLDER"), None, 10).0.len(), 9);
        assert!(logs.page(&with("newer"), None, 10).0.is_empty());
        let scan = Filter { scan: Some("sp500-2024-03-15".to_owned()), ..Filter::default() };
        assert!(logs.page(&scan, None, 10).0.is_empty());
        let json: serde_json::Value = serde_json::from_slice(&lines[0].json).unwrap();
        assert_eq!((&json["seq"], &json["fields"]["reason"]), (&1.into(), &"Older session".into()));
    }

    #[test]
    fn who_reads_on_misses_nothing_that_is_held_and_is_told_of_the_rest() {
        let logs = Logs::default();
        for seq in 3..=6 {
            logs.push(seq, line(Level::Info, "regime", "x"));
        }
        logs.push(5, line(Level::Info, "regime", "again"));
        let all = Filter::default();
        let (lines, reached, missed) = logs.after(3, &all, 2);
        assert_eq!((seqs(&lines), reached, missed), (vec![4, 5], 5, false));
        assert!(logs.after(1, &all, 9).2 && !logs.after(0, &all, 9).2);
        let none = Filter { service: Some("x".to_owned()), ..all };
        assert_eq!(logs.after(3, &none, 9).1, 6, "what does not fit is not looked at again");
        logs.reset("e2");
        assert!(logs.is_empty() && logs.head() == 0);
    }

    #[test]
    fn what_is_held_is_bounded() {
        let logs = Logs::default();
        for seq in 1..=MOST_LINES as u64 + 500 {
            logs.push(seq, line(Level::Info, "regime", &"x".repeat(1500)));
        }
        let ring = logs.read();
        assert!(ring.bytes <= MOST_BYTES && ring.lines.len() <= MOST_LINES);
        assert_eq!(ring.bytes, ring.lines.iter().map(|line| line.json.len()).sum::<usize>());
    }
}

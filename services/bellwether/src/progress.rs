use crate::say::say;
use indicatif::{HumanCount, ProgressBar, ProgressStyle};
use std::{
    io::{IsTerminal, stderr},
    time::{Duration, Instant},
};

/// Without a terminal, a line is said this often.
const LINES: Duration = Duration::from_secs(5);

/// A bar with rate and time left on a terminal; a line every few seconds elsewhere.
pub(crate) struct Progress {
    bar: ProgressBar,
    what: &'static str,
    /// When the last line was said; `None` on a terminal.
    said: Option<Instant>,
}

impl Progress {
    /// Counts bytes of files.
    pub(crate) fn reading() -> Self {
        Self::new("reading", "{msg:10} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec} {eta} left")
    }

    /// Counts sessions.
    pub(crate) fn storing() -> Self {
        Self::new("storing", "{msg:10} {wide_bar} {human_pos}/{human_len} sessions {per_sec} {eta} left")
    }

    /// Counts scans.
    pub(crate) fn checking() -> Self {
        Self::new("checking", "{msg:10} {wide_bar} {human_pos}/{human_len} scans {per_sec} {eta} left")
    }

    /// Counts scans of a replay.
    pub(crate) fn replaying() -> Self {
        Self::new("replaying", "{msg:10} {wide_bar} {human_pos}/{human_len} scans {per_sec} {eta} left")
    }

    /// Counts messages of a bundle.
    pub(crate) fn bundling() -> Self {
        Self::new("bundling", "{msg:10} {wide_bar} {human_pos}/{human_len} messages {per_sec} {eta} left")
    }

    fn new(what: &'static str, template: &str) -> Self {
        let bar = ProgressBar::new(0).with_message(what);
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Self { bar, what, said: (!stderr().is_terminal()).then(Instant::now) }
    }

    /// Moves on.
    pub(crate) fn at(&mut self, position: u64, length: u64) {
        self.bar.set_length(length);
        self.bar.set_position(position);
        if self.said.is_some_and(|said| said.elapsed() >= LINES) {
            self.said = Some(Instant::now());
            let left = self.bar.eta().as_secs();
            let what = self.what;
            say(&format!("{what}: {} of {}, {left} s left", HumanCount(position), HumanCount(length)));
        }
    }

    /// Takes the bar away.
    pub(crate) fn done(&self) {
        self.bar.finish_and_clear();
    }
}

//! Hits followed to their end.

use bellwether_schemas::{
    Date, Ordinal, Side, Symbol,
    bars::Bar,
    scan::{Exit, Outcome},
};

/// Sessions after which a hit is left at the close.
const PATIENCE: u32 = 10;
/// Sessions without a bar after which a hit is left at its last close.
const VANISHED_AFTER: u32 = 20;
/// Target distance in units of the stop distance.
const TARGET: f64 = 2.0;

/// A hit whose trade is open.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Followed {
    pub(crate) slot: usize,
    pub(crate) side: Side,
    pub(crate) ordinal: Ordinal,
    session: Date,
    /// Number of the session among the universe's closed ones.
    index: u32,
    entry: f64,
    stop: f64,
    target: f64,
    held: u32,
}

/// Where and when a hit was scanned.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen {
    pub(crate) ordinal: Ordinal,
    pub(crate) session: Date,
    /// Number of the session among the universe's closed ones.
    pub(crate) index: u32,
}

/// What a symbol did in the session at hand.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Day {
    Traded(Bar),
    /// No bar; the session and the close of the last one.
    Absent {
        last_index: u32,
        last_close: f64,
    },
}

impl Followed {
    /// Starts to follow a hit; null when its stop is no distance away or out of range.
    pub(crate) fn new(slot: usize, side: Side, seen: Seen, entry: f64, stop: f64) -> Option<Self> {
        let target = entry + TARGET * (entry - stop);
        let beyond = match side {
            Side::Long => stop < entry,
            Side::Short => stop > entry,
        };
        let Seen { ordinal, session, index } = seen;
        let followed = Self { slot, side, ordinal, session, index, entry, stop, target, held: 0 };
        (beyond && target.is_finite()).then_some(followed)
    }

    /// Moves on by one session; how and at which price it ends there, if it does.
    #[inline]
    pub(crate) fn step(&mut self, day: Day, index: u32) -> Option<(Exit, f64)> {
        match day {
            Day::Traded(bar) => {
                self.held += 1;
                self.exit(&bar, index)
            }
            Day::Absent { last_index, last_close } => {
                (index - last_index >= VANISHED_AFTER).then_some((Exit::Vanished, last_close))
            }
        }
    }

    /// How and at which price the bar ends the trade. A bar that opens beyond the stop or the target cannot be left at
    /// either; of one that touches both nobody knows which came first, and it counts as stopped.
    fn exit(&self, bar: &Bar, index: u32) -> Option<(Exit, f64)> {
        let Self { stop, target, .. } = *self;
        let (opened_stopped, opened_at_target, stopped, reached) = match self.side {
            Side::Long => (bar.open <= stop, bar.open >= target, bar.low <= stop, bar.high >= target),
            Side::Short => (bar.open >= stop, bar.open <= target, bar.high >= stop, bar.low <= target),
        };
        if opened_stopped {
            return Some((Exit::Stop, bar.open));
        }
        if opened_at_target {
            return Some((Exit::Target, bar.open));
        }
        if stopped {
            return Some((Exit::Stop, stop));
        }
        if reached {
            return Some((Exit::Target, target));
        }
        (index - self.index >= PATIENCE).then_some((Exit::Time, bar.close))
    }

    /// What the scan of `session` says of its end.
    pub(crate) fn outcome(&self, symbol: Symbol, (exit, price): (Exit, f64), session: Date) -> Outcome {
        let risk = self.entry - self.stop;
        Outcome {
            symbol,
            side: self.side,
            hit_ordinal: self.ordinal,
            hit_session: self.session,
            exit_session: session,
            exit,
            r: ((price - self.entry) / risk).clamp(-f64::MAX, f64::MAX),
            stop_share: (risk.abs() / self.entry).min(f64::MAX),
            held: self.held,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bellwether_schemas::Date;

    fn day(d: i8) -> Date {
        Date::constant(2020, 1, d)
    }

    fn long() -> Followed {
        Followed::new(0, Side::Long, Seen { ordinal: 7, session: day(1), index: 100 }, 100.0, 90.0).unwrap()
    }

    fn symbol() -> Symbol {
        Symbol::try_from("A").unwrap()
    }

    fn short() -> Followed {
        Followed::new(0, Side::Short, Seen { ordinal: 7, session: day(1), index: 100 }, 100.0, 110.0).unwrap()
    }

    fn bar(open: f64, high: f64, low: f64, close: f64) -> Day {
        Day::Traded(Bar { open, high, low, close, volume: 1.0 })
    }

    fn ended(mut followed: Followed, day_of: Day, index: u32) -> (Exit, f64) {
        let end = followed.step(day_of, index).unwrap();
        (end.0, followed.outcome(symbol(), end, day(2)).r)
    }

    #[test]
    fn the_stop_costs_one_r_and_the_target_brings_two() {
        assert_eq!(ended(long(), bar(100.0, 105.0, 90.0, 95.0), 101), (Exit::Stop, -1.0));
        assert_eq!(ended(long(), bar(100.0, 120.0, 99.0, 118.0), 101), (Exit::Target, 2.0));
        assert_eq!(ended(short(), bar(100.0, 110.0, 99.0, 105.0), 101), (Exit::Stop, -1.0));
        assert_eq!(ended(short(), bar(100.0, 101.0, 80.0, 82.0), 101), (Exit::Target, 2.0));
    }

    #[test]
    fn both_touched_in_one_bar_counts_as_stopped() {
        assert_eq!(ended(long(), bar(100.0, 130.0, 80.0, 120.0), 101), (Exit::Stop, -1.0));
    }

    #[test]
    fn a_bar_that_opens_beyond_exits_at_its_open() {
        assert_eq!(ended(long(), bar(85.0, 130.0, 80.0, 120.0), 101), (Exit::Stop, -1.5));
        assert_eq!(ended(long(), bar(125.0, 130.0, 80.0, 120.0), 101), (Exit::Target, 2.5));
        assert_eq!(ended(short(), bar(115.0, 116.0, 70.0, 80.0), 101), (Exit::Stop, -1.5));
        assert_eq!(ended(short(), bar(75.0, 130.0, 70.0, 80.0), 101), (Exit::Target, 2.5));
    }

    #[test]
    fn ten_sessions_end_it_at_the_close() {
        let quiet = bar(100.0, 101.0, 99.0, 105.0);
        let mut hit = long();
        assert_eq!(hit.step(quiet, 109), None);
        let end = hit.step(quiet, 110).unwrap();
        let outcome = hit.outcome(symbol(), end, day(3));
        assert_eq!((outcome.exit, outcome.r, outcome.held), (Exit::Time, 0.5, 2));
        assert_eq!((outcome.hit_ordinal, outcome.hit_session, outcome.exit_session), (7, day(1), day(3)));
        assert_eq!(outcome.stop_share, 0.1);
    }

    #[test]
    fn a_symbol_without_a_bar_stays_open_for_twenty_sessions() {
        let gone = Day::Absent { last_index: 101, last_close: 95.0 };
        let mut hit = long();
        assert_eq!(hit.step(gone, 120), None);
        let end = hit.step(gone, 121).unwrap();
        let outcome = hit.outcome(symbol(), end, day(3));
        assert_eq!((outcome.exit, outcome.r, outcome.held), (Exit::Vanished, -0.5, 0));
    }

    #[test]
    fn a_stop_without_distance_is_not_followed() {
        let seen = Seen { ordinal: 1, session: day(1), index: 0 };
        assert!(Followed::new(0, Side::Long, seen, 100.0, 100.0).is_none());
        assert!(Followed::new(0, Side::Long, seen, 100.0, f64::NEG_INFINITY).is_none());
    }
}

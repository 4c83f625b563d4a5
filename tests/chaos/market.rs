//! A market as small as one can be and still have days that differ.

use crate::dice::Dice;
use jiff::{ToSpan, civil::Weekday, civil::date};
use std::fmt::Write as _;

const SYMBOLS: u64 = 12;

/// Daily bars of `sessions` weekdays as text, the same for the same `number`.
pub(crate) fn bars(number: u64, sessions: usize) -> String {
    let mut dice = Dice::of(number, 77);
    let mut closes = vec![10_000_u64; SYMBOLS as usize];
    let mut text = "date,symbol,open,high,low,close,volume\n".to_owned();
    let mut day = date(2000, 1, 3);
    let mut left = sessions;
    while left > 0 {
        if !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) {
            left -= 1;
            for (symbol, close) in closes.iter_mut().enumerate() {
                let open = *close;
                *close = (open * dice.within(960, 1043) / 1000).clamp(500, 900_000);
                let (high, low) = (open.max(*close) + dice.below(200), open.min(*close) - dice.below(200));
                let [open, high, low, close] = [open, high, low, *close].map(|cents| cents as f64 / 100.0);
                let volume = dice.within(10_000, 900_000);
                // A String takes everything.
                let _ = writeln!(text, "{day},S{symbol:02},{open},{high},{low},{close},{volume}");
            }
        }
        day = day.saturating_add(1.day());
    }
    text
}

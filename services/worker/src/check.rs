//! Whether what is stored is what a fold gives: the worker's rule run again, its bytes compared.

use crate::{Carry, Event, Source, Trigger, Verdict, Worker, decide};
use bellwether_schemas::{Ordinal, Stored, codec};
use serde::de::IgnoredAny;

/// How a stored result compares with its recomputation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Checked {
    /// The same bytes.
    Identical,
    /// The same bytes, given that processes died on the event, which no fold can know.
    Died,
    /// Other bytes.
    Differs {
        /// What the fold gives.
        recomputed: Vec<u8>,
    },
    /// The event is not the one that comes next: one is missing before it.
    Gap {
        /// The ordinal that should have come.
        expected: Ordinal,
    },
}

/// A worker that recomputes and compares, with its types taken away.
///
/// The state is carried on from the recomputation, never from what is stored: one wrong byte on one day is one
/// difference, and a rule that changed shows on every day it matters.
pub trait Check: Send {
    /// Name of the worker, which is its bucket's.
    fn name(&self) -> &'static str;

    /// Where its events come from.
    fn source(&self) -> Source;

    /// Folds the next event and compares what comes out with `stored`.
    fn check(&mut self, event: &Event<'_>, stored: &[u8]) -> Checked;
}

/// [`Check`] of one worker and one key.
#[derive(Debug)]
pub struct Checker<W: Worker> {
    worker: W,
    carry: Carry<W::State>,
}

impl<W: Worker> Checker<W> {
    /// Starts before the first event.
    pub fn new(worker: W) -> Self {
        Self { worker, carry: Carry::default() }
    }
}

impl<W: Worker> Check for Checker<W> {
    fn name(&self) -> &'static str {
        W::NAME
    }

    fn source(&self) -> Source {
        W::Event::SOURCE
    }

    fn check(&mut self, event: &Event<'_>, stored: &[u8]) -> Checked {
        let event = Event { deaths: deaths(stored), ..*event };
        match decide(&self.worker, &self.carry, &event) {
            Verdict::Skip | Verdict::Gap { .. } => Checked::Gap { expected: self.carry.ordinal + 1 },
            Verdict::Put { body, carry, .. } => {
                self.carry = carry;
                match (body == stored, event.deaths) {
                    (true, None) => Checked::Identical,
                    (true, Some(_)) => Checked::Died,
                    (false, _) => Checked::Differs { recomputed: body },
                }
            }
        }
    }
}

/// How many processes died on the event before it was rejected.
fn deaths(stored: &[u8]) -> Option<u32> {
    let stored: Stored<IgnoredAny, IgnoredAny> = codec::decode(stored).ok()?;
    crate::Reject::deaths(&stored.reason?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{OnScan, Reject, Step};
    use bellwether_schemas::{Assessment, Refusal, Scan, fixture};

    /// Counts symbols, by a step that can be another one; refuses a scan of one symbol.
    struct Sum(u64);

    impl Worker for Sum {
        const NAME: &'static str = "sum";
        const VERSION: u32 = 1;
        type Event = OnScan;
        type State = u64;
        type Output = u64;

        fn step(&self, state: Option<&u64>, _: &OnScan, scan: &Scan) -> Result<Step<u64, u64>, Reject> {
            if scan.symbols.len() == 1 {
                return Err(Refusal::new("symbols", 1, "more").into());
            }
            let sum = state.copied().unwrap_or(0) + if scan.symbols.len() > 5 { self.0 } else { 1 };
            Ok(Step { state: sum, output: sum, assessment: Assessment::of(scan) })
        }
    }

    /// Scans of these many symbols, and what a first run stores of them; the third kills its process.
    fn record(sizes: &[usize]) -> Vec<(Scan, Vec<u8>)> {
        let mut carry = Carry::default();
        let store = |(index, &size): (usize, &usize)| {
            let ordinal = index as u64 + 1;
            let scan = fixture::scan(ordinal, &fixture::moved(size, 0, 0));
            let deaths = (ordinal == 3).then_some(3);
            let event = Event { ordinal, body: &[], scan: Ok(&scan), deaths };
            let Verdict::Put { body, carry: next, .. } = decide(&Sum(1), &carry, &event) else { panic!("not put") };
            carry = next;
            (scan, body)
        };
        sizes.iter().enumerate().map(store).collect()
    }

    fn check(worker: Sum, record: &[(Scan, Vec<u8>)]) -> Vec<Checked> {
        let mut checker = Checker::new(worker);
        let of = |(scan, stored): &(Scan, Vec<u8>)| {
            let event = Event { ordinal: scan.ordinal, body: &[], scan: Ok(scan), deaths: None };
            checker.check(&event, stored)
        };
        record.iter().map(of).collect()
    }

    #[test]
    fn an_untouched_record_is_identical_rejections_and_deaths_too() {
        let found = check(Sum(1), &record(&[2, 1, 3, 4]));
        assert_eq!(found, [Checked::Identical, Checked::Identical, Checked::Died, Checked::Identical]);
    }

    #[test]
    fn a_changed_byte_is_one_difference() {
        let mut record = record(&[2, 2, 2, 2]);
        *record[1].1.last_mut().unwrap() ^= 1;
        let found = check(Sum(1), &record);
        let differing: Vec<_> = found.iter().map(|checked| matches!(checked, Checked::Differs { .. })).collect();
        assert_eq!(differing, [false, true, false, false]);
    }

    #[test]
    fn a_changed_rule_differs_from_the_first_scan_it_matters_on() {
        let found = check(Sum(2), &record(&[2, 2, 2, 6, 2]));
        let differing: Vec<_> = found.iter().map(|checked| matches!(checked, Checked::Differs { .. })).collect();
        assert_eq!(differing, [false, false, false, true, true]);
    }

    #[test]
    fn a_missing_event_is_a_gap() {
        let record = record(&[2, 2]);
        assert_eq!(check(Sum(1), &record[1..]), [Checked::Gap { expected: 1 }]);
    }
}

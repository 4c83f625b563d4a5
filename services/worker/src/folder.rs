//! A worker with its types taken away, which folds one event after the other: what a replay runs.

use crate::{Carry, Corrupt, Event, Reject, Source, Trigger, Verdict, Worker, decide, load};
use bellwether_schemas::Ordinal;

/// What one event gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folded {
    /// The result, as it is stored.
    pub body: Vec<u8>,
    /// Why the event was not folded, if it was not.
    pub rejected: Option<Reject>,
}

/// Folds the events of one key in order, by the same rule as a running service ([`decide`]).
pub trait Folding: Send {
    /// Name of the worker, which is its bucket's.
    fn name(&self) -> &'static str;

    /// Where its events come from.
    fn source(&self) -> Source;

    /// `<worker>/<version>`.
    fn schema(&self) -> String;

    /// Goes on from a stored result.
    ///
    /// # Errors
    /// When it is not one of this worker for `ordinal`.
    fn resume(&mut self, ordinal: Ordinal, stored: &[u8]) -> Result<(), Corrupt>;

    /// Folds the next event. `None`: it was folded before.
    ///
    /// # Errors
    /// When an event is missing before it; gives the ordinal that should have come.
    fn fold(&mut self, event: &Event<'_>) -> Result<Option<Folded>, Ordinal>;
}

/// [`Folding`] of one worker and one key.
#[derive(Debug)]
pub struct Folder<W: Worker> {
    worker: W,
    carry: Carry<W::State>,
}

impl<W: Worker> Folder<W> {
    /// Starts before the first event.
    pub fn new(worker: W) -> Self {
        Self { worker, carry: Carry::default() }
    }
}

impl<W: Worker> Folding for Folder<W> {
    fn name(&self) -> &'static str {
        W::NAME
    }

    fn source(&self) -> Source {
        W::Event::SOURCE
    }

    fn schema(&self) -> String {
        format!("{}/{}", W::NAME, W::VERSION)
    }

    fn resume(&mut self, ordinal: Ordinal, stored: &[u8]) -> Result<(), Corrupt> {
        self.carry = load::<W>(ordinal, stored)?;
        Ok(())
    }

    fn fold(&mut self, event: &Event<'_>) -> Result<Option<Folded>, Ordinal> {
        match decide(&self.worker, &self.carry, event) {
            Verdict::Skip => Ok(None),
            Verdict::Gap { expected } => Err(expected),
            Verdict::Put { body, carry, rejected } => {
                self.carry = carry;
                Ok(Some(Folded { body, rejected }))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{OnScan, Step};
    use bellwether_schemas::{Assessment, Scan, fixture};

    struct Counter;

    impl Worker for Counter {
        const NAME: &'static str = "counter";
        const VERSION: u32 = 1;
        type Event = OnScan;
        type State = u64;
        type Output = u64;

        fn step(&self, state: Option<&u64>, _: &OnScan, scan: &Scan) -> Result<Step<u64, u64>, Reject> {
            let count = state.copied().unwrap_or(0) + 1;
            Ok(Step { state: count, output: count, assessment: Assessment::of(scan) })
        }
    }

    fn fold(folder: &mut Folder<Counter>, ordinal: Ordinal) -> Result<Option<Folded>, Ordinal> {
        let scan = fixture::scan(ordinal, &fixture::moved(3, 2, 0));
        folder.fold(&Event { ordinal, body: &[], scan: Ok(&scan), deaths: None })
    }

    #[test]
    fn one_that_goes_on_from_a_stored_result_gives_the_same_bytes() {
        let mut whole = Folder::new(Counter);
        let first = fold(&mut whole, 1).unwrap().unwrap();
        let second = fold(&mut whole, 2).unwrap().unwrap();
        let mut resumed = Folder::new(Counter);
        resumed.resume(1, &first.body).unwrap();
        assert_eq!(fold(&mut resumed, 1), Ok(None));
        assert_eq!(fold(&mut resumed, 2), Ok(Some(second)));
        assert_eq!(fold(&mut resumed, 5), Err(3));
        assert!(resumed.resume(2, &first.body).is_err());
    }
}

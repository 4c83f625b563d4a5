//! What to do with one delivered event, as a function of what is stored and what was delivered.

use crate::{Reject, Step, Trigger, Worker};
use bellwether_schemas::{Assessment, Ordinal, Quality, Refusal, Scan, ScanRef, Status, Stored, codec};
use serde::de::IgnoredAny;
use std::{
    cmp::Ordering,
    panic::{AssertUnwindSafe, catch_unwind},
};

/// Where a fold stands: the ordinal of its last stored value and the state in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Carry<S> {
    /// Ordinal of the last stored value; 0 when there is none.
    pub ordinal: Ordinal,
    /// State carried on; `None` before the first folded event.
    pub state: Option<S>,
}

impl<S> Default for Carry<S> {
    fn default() -> Self {
        Self { ordinal: 0, state: None }
    }
}

/// One delivered event.
#[derive(Debug, Clone, Copy)]
pub struct Event<'a> {
    /// Its ordinal, from the header.
    pub ordinal: Ordinal,
    /// Bytes of the triggering message.
    pub body: &'a [u8],
    /// The scan it speaks of, or why that cannot be read.
    pub scan: Result<&'a Scan, &'a Refusal>,
    /// Set when the event killed its process too often: it is rejected unseen.
    pub deaths: Option<u32>,
}

/// What the harness must do with an event.
#[derive(Debug, PartialEq)]
pub enum Verdict<S> {
    /// Store these bytes as the next ordinal and carry the state on.
    Put {
        /// The value of the bucket.
        body: Vec<u8>,
        /// The carry after it is stored.
        carry: Carry<S>,
        /// Why the event was not folded, if it was not; it goes to REJECTS.
        rejected: Option<Reject>,
    },
    /// The ordinal is already in the log.
    Skip,
    /// An ordinal is missing before this one: attach again from the checkpoint, never guess.
    Gap {
        /// The ordinal that should have come.
        expected: Ordinal,
    },
}

/// The worker's own last value cannot be read. Going on would lose every event after it, so the track stops.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the last stored value of {bucket} cannot be read: {refusal}")]
pub struct Corrupt {
    /// The bucket.
    pub bucket: &'static str,
    /// What is wrong with it.
    pub refusal: Refusal,
}

/// Reads the checkpoint from the worker's own last value.
///
/// # Errors
/// [`Corrupt`] when it is not a value this worker could have written for `ordinal`.
pub fn load<W: Worker>(ordinal: Ordinal, body: &[u8]) -> Result<Carry<W::State>, Corrupt> {
    let corrupt = |refusal| Corrupt { bucket: W::NAME, refusal };
    let stored: Stored<IgnoredAny, W::State> = codec::decode(body).map_err(corrupt)?;
    if stored.scan.ordinal != ordinal {
        let expected = format!("{ordinal}, as the header says");
        return Err(corrupt(Refusal::new("scan.ordinal", stored.scan.ordinal, expected)));
    }
    Ok(Carry { ordinal, state: stored.state })
}

/// Folds one event, if it is the one that comes next.
pub fn decide<W: Worker>(worker: &W, carry: &Carry<W::State>, event: &Event<'_>) -> Verdict<W::State> {
    let expected = carry.ordinal + 1;
    match event.ordinal.cmp(&expected) {
        Ordering::Less => return Verdict::Skip,
        Ordering::Greater => return Verdict::Gap { expected },
        Ordering::Equal => {}
    }
    match fold(worker, carry.state.as_ref(), event) {
        Ok(step) => accepted::<W>(event, step),
        Err(reject) => rejected::<W>(event, carry.state.clone(), reject),
    }
}

type Folded<W> = (Step<<W as Worker>::State, <W as Worker>::Output>, ScanRef);

fn fold<W: Worker>(worker: &W, state: Option<&W::State>, event: &Event<'_>) -> Result<Folded<W>, Reject> {
    if let Some(deaths) = event.deaths {
        return Err(Reject::Crashed(deaths));
    }
    let scan = event.scan.map_err(Clone::clone)?;
    if scan.ordinal != event.ordinal {
        return Err(Refusal::new("ordinal", scan.ordinal, format!("{}, as the header says", event.ordinal)).into());
    }
    // A worker is pure, so a panic can leave nothing half done behind: it is a refusal of this event, no more.
    let step = catch_unwind(AssertUnwindSafe(|| worker.step(state, &W::Event::read(event.body)?, scan)));
    Ok((step.unwrap_or_else(|panic| Err(Reject::Panicked(panic_text(&*panic))))?, ScanRef::of(scan)))
}

/// What a panic said.
pub fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".to_owned())
}

fn accepted<W: Worker>(event: &Event<'_>, (step, scan): Folded<W>) -> Verdict<W::State> {
    let stored = Stored {
        schema: schema::<W>(),
        status: Status::Ok,
        reason: None,
        scan,
        coverage: event.scan.ok().map(Scan::coverage),
        quality: step.assessment.quality,
        quality_reason: step.assessment.reason,
        parts: Some(step.output),
        state: Some(step.state),
    };
    let body = codec::encode(&stored);
    Verdict::Put { body, carry: Carry { ordinal: event.ordinal, state: stored.state }, rejected: None }
}

fn rejected<W: Worker>(event: &Event<'_>, state: Option<W::State>, reject: Reject) -> Verdict<W::State> {
    let scan = event.scan.ok().filter(|scan| scan.ordinal == event.ordinal);
    let assessment = Assessment { quality: Quality::Insufficient, reason: Some("the scan was rejected".to_owned()) };
    let stored = Stored::<W::Output, W::State> {
        schema: schema::<W>(),
        status: Status::Rejected,
        reason: Some(reject.to_string()),
        scan: scan.map_or_else(|| ScanRef::unreadable(event.ordinal), ScanRef::of),
        coverage: scan.map(Scan::coverage),
        quality: assessment.quality,
        quality_reason: assessment.reason,
        parts: None,
        state,
    };
    let body = codec::encode(&stored);
    Verdict::Put { body, carry: Carry { ordinal: event.ordinal, state: stored.state }, rejected: Some(reject) }
}

fn schema<W: Worker>() -> String {
    format!("{}/{}", W::NAME, W::VERSION)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::OnScan;
    use bellwether_schemas::fixture;

    /// Counts scans; refuses one without symbols that moved, and panics on a hundred of them.
    struct Counter;

    impl Worker for Counter {
        const NAME: &'static str = "counter";
        const VERSION: u32 = 3;
        type Event = OnScan;
        type State = u64;
        type Output = u64;

        fn step(&self, state: Option<&u64>, _: &OnScan, scan: &Scan) -> Result<Step<u64, u64>, Reject> {
            match scan.symbols.len() {
                100 => panic!("a hundred"),
                1 => Err(Refusal::new("symbols", 1, "more").into()),
                _ => {
                    let count = state.copied().unwrap_or(0) + 1;
                    Ok(Step { state: count, output: count, assessment: Assessment::of(scan) })
                }
            }
        }
    }

    fn verdict(carry: &Carry<u64>, ordinal: Ordinal, scan: Result<&Scan, &Refusal>) -> Verdict<u64> {
        decide(&Counter, carry, &Event { ordinal, body: &[], scan, deaths: None })
    }

    fn put(verdict: Verdict<u64>) -> (Stored<u64, u64>, Carry<u64>, Option<Reject>) {
        let Verdict::Put { body, carry, rejected } = verdict else { panic!("not put: {verdict:?}") };
        (codec::decode(&body).unwrap(), carry, rejected)
    }

    fn after(ordinal: Ordinal) -> Carry<u64> {
        Carry { ordinal, state: Some(ordinal) }
    }

    #[test]
    fn an_event_is_folded_once() {
        let scan = fixture::scan(8, &fixture::moved(3, 2, 0));
        assert_eq!(verdict(&after(8), 8, Ok(&scan)), Verdict::Skip);
        let (stored, carry, rejected) = put(verdict(&after(7), 8, Ok(&scan)));
        assert_eq!((stored.status, stored.parts, carry, rejected), (Status::Ok, Some(8), after(8), None));
        assert_eq!((stored.schema.as_str(), stored.scan.ordinal), ("counter/3", 8));
    }

    #[test]
    fn a_missing_ordinal_is_never_guessed() {
        let scan = fixture::scan(9, &fixture::moved(3, 2, 0));
        assert_eq!(verdict(&after(7), 9, Ok(&scan)), Verdict::Gap { expected: 8 });
    }

    #[test]
    fn a_refused_event_is_a_result_that_carries_the_state_on() {
        let scan = fixture::scan(8, &fixture::moved(1, 0, 0));
        let (stored, carry, rejected) = put(verdict(&after(7), 8, Ok(&scan)));
        assert_eq!((stored.status, stored.parts, stored.state), (Status::Rejected, None, Some(7)));
        assert_eq!(stored.reason.unwrap(), "symbols is 1; expected more");
        assert_eq!((carry.ordinal, carry.state, rejected.is_some()), (8, Some(7), true));
    }

    #[test]
    fn a_panic_is_a_refusal() {
        let scan = fixture::scan(8, &fixture::moved(100, 0, 0));
        let (stored, _, rejected) = put(verdict(&after(7), 8, Ok(&scan)));
        assert_eq!(stored.reason.unwrap(), "the worker panicked: a hundred");
        assert_eq!(rejected, Some(Reject::Panicked("a hundred".to_owned())));
    }

    #[test]
    fn an_unreadable_scan_is_a_result_about_an_ordinal_alone() {
        let refusal = Refusal::new("body", "cut short", "a scan");
        let (stored, carry, _) = put(verdict(&after(7), 8, Err(&refusal)));
        assert_eq!((stored.scan, stored.coverage), (ScanRef::unreadable(8), None));
        assert_eq!(carry, Carry { ordinal: 8, state: Some(7) });
    }

    #[test]
    fn a_scan_that_contradicts_its_header_is_refused() {
        let scan = fixture::scan(5, &fixture::moved(3, 2, 0));
        let (stored, ..) = put(verdict(&after(7), 8, Ok(&scan)));
        assert_eq!((stored.status, stored.scan.id), (Status::Rejected, None));
    }

    #[test]
    fn an_event_that_killed_its_process_too_often_is_refused_unseen() {
        let scan = fixture::scan(8, &fixture::moved(100, 0, 0));
        let event = Event { ordinal: 8, body: &[], scan: Ok(&scan), deaths: Some(3) };
        let (stored, ..) = put(decide(&Counter, &after(7), &event));
        assert_eq!(stored.reason.unwrap(), "the worker died on this event 3 times");
    }

    #[test]
    fn a_checkpoint_reads_back_and_a_foreign_one_does_not() {
        let scan = fixture::scan(8, &fixture::moved(3, 2, 0));
        let Verdict::Put { body, carry, .. } = verdict(&after(7), 8, Ok(&scan)) else { panic!("not put") };
        assert_eq!(load::<Counter>(8, &body).unwrap(), carry);
        assert!(load::<Counter>(9, &body).is_err());
        assert!(load::<Counter>(8, &body[..body.len() - 1]).is_err());
    }
}

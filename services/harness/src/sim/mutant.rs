//! Guards left out on purpose. Each must make a run fail: what no test misses is no guard.

use std::cell::Cell;

thread_local! {
    static LEFT_OUT: Cell<Option<Mutant>> = const { Cell::new(None) };
}

/// One guard less.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mutant {
    /// A put names no revision it follows.
    PutWithoutRevision,
    /// A batch names no revision it follows.
    BatchWithoutRevision,
    /// A follower starts at the end of its source instead of its checkpoint.
    ResumeAtTheEnd,
    /// A full log drops its oldest messages.
    DiscardOld,
    /// A bucket keeps one value a key.
    HistoryOfOne,
    /// Nobody notices that a log was made anew.
    NoEpoch,
    /// After a refused put the revision is taken over without the state.
    RevisionWithoutState,
    /// The broker answers before the disk has it, and the power fails.
    SyncLater,
    /// The sequence of the checkpoint is believed without a look at the ordinal.
    BelievedHint,
    /// A put that is not answered counts as stored.
    UnansweredIsStored,
    /// A delivery that was lost on the way is not noticed.
    LostDelivery,
    /// What is refused is recorded without a look at what is recorded.
    RecordedBlindly,
    /// Deaths are not counted.
    DeathsUncounted,
}

/// Whether the run on this thread does without the guard.
pub(crate) fn left_out(mutant: Mutant) -> bool {
    LEFT_OUT.get() == Some(mutant)
}

pub(super) fn leave_out(mutant: Option<Mutant>) {
    LEFT_OUT.set(mutant);
}

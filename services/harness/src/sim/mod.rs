//! The rules of following and folding, run in one thread against a broker that does everything a broker may do to them.
//!
//! The rules are the product's own, down to the last line; the broker, the clock, the order in which tasks run and
//! everything that goes wrong come from one seed, so a failure is repeated by its number:
//! `BELLWETHER_SIM_SEED=4711 cargo test -p bellwether-harness sim`. `BELLWETHER_SIM_SEEDS=100000` runs more of them.

mod chain;
mod link;
mod mutant;
mod run;
mod store;
pub(crate) mod time;
mod world;

pub(crate) use mutant::{Mutant, left_out};

#[cfg(test)]
mod tests {
    use super::{
        Mutant,
        run::{Outcome, run},
    };
    use std::sync::atomic::{AtomicU64, Ordering};

    const SEEDS: u64 = 10_000;
    /// A mutant has to fail within so many.
    const CAUGHT_WITHIN: u64 = 1_500;

    fn number(name: &str) -> Option<u64> {
        std::env::var(name).ok()?.parse().ok()
    }

    /// Runs that are known to go wrong and whose cause is not found yet; docs/RELIABILITY.md tells of them. 7254: a bucket
    /// is deleted and made again twice while copies are killed, and one value stands beside the row.
    const OPEN: [u64; 1] = [7254];

    #[test]
    fn every_seed_ends_with_the_bytes_of_an_undisturbed_run() {
        if let Some(seed) = number("BELLWETHER_SIM_SEED") {
            let outcome = run(seed, None);
            print!("{outcome}");
            return assert!(outcome.fine(), "seed {seed}");
        }
        let seeds = number("BELLWETHER_SIM_SEEDS").unwrap_or(SEEDS);
        let next = AtomicU64::new(0);
        let work = || {
            let mut found = Vec::<Outcome>::new();
            loop {
                let seed = next.fetch_add(1, Ordering::Relaxed);
                if seed >= seeds {
                    return found;
                }
                let outcome = run(seed, None);
                if !outcome.fine() && !OPEN.contains(&seed) {
                    // One is enough to work with; the others need not run.
                    next.store(seeds, Ordering::Relaxed);
                    found.push(outcome);
                }
            }
        };
        let failed: Vec<_> = std::thread::scope(|scope| {
            let threads = [(); 2].map(|()| scope.spawn(work));
            threads.into_iter().flat_map(|thread| thread.join().expect("a thread of the simulation")).collect()
        });
        for outcome in &failed {
            print!("{outcome}");
        }
        assert!(failed.is_empty(), "{} of {seeds} seeds failed", failed.len());
    }

    fn caught(mutant: Mutant) {
        let found = (0..CAUGHT_WITHIN).find(|&seed| !run(seed, Some(mutant)).fine() && run(seed, None).fine());
        let seed = found.unwrap_or_else(|| panic!("{mutant:?} passes {CAUGHT_WITHIN} seeds: nothing tests that guard"));
        println!("{mutant:?} is caught by seed {seed}");
    }

    macro_rules! mutants {
        ($($name:ident: $mutant:ident),* $(,)?) => {
            $(#[test]
            fn $name() {
                caught(Mutant::$mutant);
            })*
        };
    }

    mutants! {
        a_put_without_its_revision_is_caught: PutWithoutRevision,
        a_batch_without_its_revision_is_caught: BatchWithoutRevision,
        resuming_at_the_end_of_the_source_is_caught: ResumeAtTheEnd,
        a_log_that_drops_its_oldest_is_caught: DiscardOld,
        a_bucket_with_a_history_of_one_is_caught: HistoryOfOne,
        a_writer_without_an_epoch_check_is_caught: NoEpoch,
        a_revision_taken_over_without_its_state_is_caught: RevisionWithoutState,
        a_broker_that_syncs_later_is_caught: SyncLater,
        a_hint_that_is_believed_is_caught: BelievedHint,
        an_unanswered_put_that_counts_as_stored_is_caught: UnansweredIsStored,
        a_lost_delivery_that_nobody_counts_is_caught: LostDelivery,
        a_refusal_recorded_blindly_is_caught: RecordedBlindly,
        deaths_that_nobody_counts_are_caught: DeathsUncounted,
    }
}

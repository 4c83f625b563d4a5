//! Ends the process where a test wants it to end. Release builds have none of this.
//!
//! `BELLWETHER_CRASH_AT=put-stored:17` ends it at the 17th passage of that point. `BELLWETHER_POISON=
//! regime:3=abort,index:9=panic` makes single events poison to single workers: `panic`, `abort`, `loop` or `allocate`.

/// Points at which a process can end: what it has done by then is what its next life finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Point {
    /// Events were delivered, nothing was made of them.
    Received,
    /// A put was sent, its answer not seen.
    Sent,
    /// A put was answered, nothing was made of that.
    Stored,
    /// Half of a batch was sent.
    HalfSent,
}

#[cfg(not(debug_assertions))]
pub(crate) fn point(_: Point) {}

#[cfg(not(debug_assertions))]
pub(crate) fn poisoned<W: bellwether_worker::Worker>(worker: W) -> W {
    worker
}

#[cfg(debug_assertions)]
pub(crate) use armed::{point, poisoned};

#[cfg(debug_assertions)]
mod armed {
    use super::Point;
    use bellwether_schemas::{Ordinal, Scan};
    use bellwether_worker::{Reject, Step, Worker};
    use std::{
        collections::BTreeMap,
        sync::{
            LazyLock,
            atomic::{AtomicI64, Ordering},
        },
    };

    static CRASH: LazyLock<Option<(Point, AtomicI64)>> = LazyLock::new(|| {
        let text = std::env::var("BELLWETHER_CRASH_AT").ok()?;
        let (name, passages) = text.split_once(':')?;
        let point = match name {
            "received" => Point::Received,
            "put-sent" => Point::Sent,
            "put-stored" => Point::Stored,
            "batch-half-sent" => Point::HalfSent,
            _ => return None,
        };
        Some((point, AtomicI64::new(passages.parse().ok()?)))
    });

    pub(crate) fn point(here: Point) {
        if let Some((point, left)) = &*CRASH
            && *point == here
            && left.fetch_sub(1, Ordering::Relaxed) == 1
        {
            std::process::abort();
        }
    }

    #[derive(Debug, Clone, Copy)]
    enum Poison {
        Panic,
        Abort,
        Loop,
        Allocate,
    }

    impl Poison {
        fn read(name: &str) -> Option<Self> {
            Some(match name {
                "panic" => Self::Panic,
                "abort" => Self::Abort,
                "loop" => Self::Loop,
                "allocate" => Self::Allocate,
                _ => return None,
            })
        }

        fn work(self) {
            match self {
                Self::Panic => panic!("poison"),
                Self::Abort => std::process::abort(),
                Self::Loop => loop {
                    std::hint::spin_loop();
                },
                // More than any address space: the allocator gives up, and the process with it.
                Self::Allocate => drop(std::hint::black_box(Vec::<u8>::with_capacity(1 << 60))),
            }
        }
    }

    /// A worker to which some events are poison.
    pub(crate) struct Poisoned<W> {
        worker: W,
        poison: BTreeMap<Ordinal, Poison>,
    }

    pub(crate) fn poisoned<W: Worker>(worker: W) -> Poisoned<W> {
        let text = std::env::var("BELLWETHER_POISON").unwrap_or_default();
        let one = |item: &str| {
            let (place, name) = item.split_once('=')?;
            let (service, ordinal) = place.split_once(':')?;
            (service == W::NAME).then_some((ordinal.parse().ok()?, Poison::read(name)?))
        };
        Poisoned { worker, poison: text.split(',').filter_map(one).collect() }
    }

    impl<W: Worker> Worker for Poisoned<W> {
        const NAME: &'static str = W::NAME;
        const VERSION: u32 = W::VERSION;
        type Event = W::Event;
        type State = W::State;
        type Output = W::Output;

        fn step(
            &self,
            state: Option<&Self::State>,
            event: &Self::Event,
            scan: &Scan,
        ) -> Result<Step<Self::State, Self::Output>, Reject> {
            if let Some(poison) = self.poison.get(&scan.ordinal) {
                poison.work();
            }
            self.worker.step(state, event, scan)
        }
    }
}

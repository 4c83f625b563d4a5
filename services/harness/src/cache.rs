use bellwether_schemas::{Refusal, Scan};
use bytes::Bytes;
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

/// How many decoded scans a process keeps: enough for the workers that trail each other by a few scans.
const KEPT: usize = 8;

/// A decoded scan, or why it cannot be read.
pub(crate) type Decoded = Arc<Result<Scan, Refusal>>;

/// Decoded scans of a process, so that its workers decode each scan once between them.
#[derive(Default)]
pub(crate) struct ScanCache {
    slots: Mutex<VecDeque<(u64, Arc<OnceLock<Decoded>>)>>,
}

impl ScanCache {
    /// The scan in `body`. Whoever comes first decodes it; the others wait for that.
    pub(crate) fn decode(&self, body: &Bytes) -> Decoded {
        let slot = self.slot(bellwether_schemas::codec::digest64(body));
        slot.get_or_init(|| Arc::new(Scan::decode(body))).clone()
    }

    fn slot(&self, digest: u64) -> Arc<OnceLock<Decoded>> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, slot)) = slots.iter().find(|(held, _)| *held == digest) {
            return slot.clone();
        }
        if slots.len() == KEPT {
            slots.pop_front();
        }
        let slot = Arc::new(OnceLock::new());
        slots.push_back((digest, slot.clone()));
        slot
    }
}

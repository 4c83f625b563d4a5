//! Telling a poison event from bad luck.
//!
//! An event that kills its process kills it again after the restart, for ever, and every copy with it. So the first
//! event folded after an attachment is marked before it is folded. When process after process has died with the mark
//! on the same ordinal, that ordinal is rejected unseen. A process that was killed from outside (the supervisor knows)
//! does not count, nor does one that attaches again.

use crate::{Bus, locate};
use anyhow::Result;
use bellwether_schemas::{Key, Ordinal, names};
use serde::{Deserialize, Serialize};

/// Deaths on one ordinal after which it is rejected.
const TOO_MANY: usize = 3;

/// Set by the supervisor when the process before this one was killed from outside, so its death proves nothing.
pub const KILLED_FROM_OUTSIDE: &str = "BELLWETHER_PREDECESSOR_KILLED";

#[derive(Debug, Default, Serialize, Deserialize)]
struct Marker {
    ordinal: Ordinal,
    /// Processes that began to fold it, oldest first.
    instances: Vec<String>,
}

/// Marks that `instance` is about to fold `ordinal`. Gives the number of processes that died on it, if there were
/// too many to try again.
pub(crate) async fn mark(bus: &Bus, service: &str, key: &Key, ordinal: Ordinal, instance: &str) -> Result<Option<u32>> {
    let subject = format!("{}.{service}.{key}", names::state_prefix(names::MARKERS));
    let stream = bus.js().get_stream_no_info(names::bucket_stream(names::MARKERS)).await?;
    let last = locate::last_of_leader(&stream, &subject).await?;
    let held = last.and_then(|last| serde_json::from_slice::<Marker>(&last.body).ok()).unwrap_or_default();
    let mut marker = if held.ordinal == ordinal { held } else { Marker { ordinal, instances: vec![] } };
    if marker.instances.iter().any(|known| known == instance) {
        return Ok(None);
    }
    if marker.instances.len() >= TOO_MANY {
        return Ok(Some(marker.instances.len() as u32));
    }
    if std::env::var_os(KILLED_FROM_OUTSIDE).is_some() {
        marker.instances.pop();
    }
    marker.instances.push(instance.to_owned());
    bus.js().publish(subject, serde_json::to_vec(&marker)?.into()).await?.await?;
    Ok(None)
}

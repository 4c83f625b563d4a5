//! Telling a poison event from bad luck.
//!
//! An event that kills its process kills it again after the restart, for ever, and every copy with it. So the first
//! event folded after an attachment is marked before it is folded. When life after life of a copy has ended with the
//! mark on the same ordinal, that ordinal is rejected unseen. A life that was ended from outside (the supervisor knows)
//! does not count, nor does one that attaches again, nor another copy that may still be at work.

use crate::broker::{Broker, Unstored};
use anyhow::{Result, bail};
use bellwether_schemas::{Key, Ordinal, names};
use serde::{Deserialize, Serialize};

/// Deaths on one ordinal after which it is rejected.
pub(crate) const TOO_MANY: u32 = 3;
/// Copies that mark at the same time refuse each other's puts.
const TRIES: u32 = 16;

/// Set by the supervisor when the process before this one was killed from outside, so its death proves nothing.
pub const KILLED_FROM_OUTSIDE: &str = "BELLWETHER_PREDECESSOR_KILLED";

/// One life of one copy of a service.
#[derive(Debug, Clone)]
pub(crate) struct Life {
    name: Name,
    /// The one before it in the same place was killed from outside.
    pub(crate) after_kill: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Name {
    /// The copy, by the name its supervisor gives it: the same after a restart, and only one runs at a time.
    copy: String,
    life: String,
}

impl Life {
    /// A new life of `copy`.
    pub(crate) fn new(copy: String) -> Self {
        let life = format!("{:016x}", rand::random::<u64>());
        Self { name: Name { copy, life }, after_kill: std::env::var_os(KILLED_FROM_OUTSIDE).is_some() }
    }
}

#[cfg(test)]
impl Life {
    pub(crate) fn named(copy: &str, life: u64, after_kill: bool) -> Self {
        Self { name: Name { copy: copy.to_owned(), life: life.to_string() }, after_kill }
    }
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Marker {
    ordinal: Ordinal,
    /// Lives that began to fold it, oldest first.
    lives: Vec<Name>,
}

impl Marker {
    /// Lives that are certainly over: their copy lives on without them.
    fn deaths(&self, copy: &str) -> u32 {
        let over = |&(at, name): &(usize, &Name)| {
            name.copy == copy || self.lives[at + 1..].iter().any(|later| later.copy == name.copy)
        };
        self.lives.iter().enumerate().filter(over).count() as u32
    }
}

/// What the mark tells about the event and the time before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Marked {
    /// Lives that ended on this event, if there were too many to try again.
    pub(crate) deaths: Option<u32>,
    /// A life before this one may have died on an event that is yet to come.
    pub(crate) suspicious: bool,
}

/// Marks that `life` is about to fold `ordinal`.
pub(crate) async fn mark(
    broker: &impl Broker,
    service: &str,
    key: &Key,
    ordinal: Ordinal,
    life: &Life,
) -> Result<Marked> {
    let subject = format!("{}.{service}.{key}", names::state_prefix(names::MARKERS));
    let stream = names::bucket_stream(names::MARKERS);
    for _ in 0..TRIES {
        let last = broker.last_of_leader(&stream, &subject).await?;
        let revision = last.as_ref().map_or(0, |last| last.sequence);
        let held = last.and_then(|last| serde_json::from_slice::<Marker>(&last.body).ok()).unwrap_or_default();
        let known = held.lives.contains(&life.name);
        let suspicious = !known && !life.after_kill && held.deaths(&life.name.copy) > 0;
        if known && held.ordinal == ordinal {
            return Ok(Marked { deaths: None, suspicious });
        }
        #[cfg(test)]
        let held = if crate::sim::left_out(crate::sim::Mutant::DeathsUncounted) { Marker::default() } else { held };
        let mut marker = if held.ordinal == ordinal { held } else { Marker { ordinal, lives: vec![] } };
        if life.after_kill
            && let Some(at) = marker.lives.iter().rposition(|name| name.copy == life.name.copy)
        {
            marker.lives.remove(at);
        }
        if marker.deaths(&life.name.copy) >= TOO_MANY {
            return Ok(Marked { deaths: Some(TOO_MANY), suspicious });
        }
        marker.lives.push(life.name.clone());
        let body = serde_json::to_vec(&marker)?.into();
        match broker.put(&subject, async_nats::HeaderMap::new(), body, revision).await {
            Ok(_) => return Ok(Marked { deaths: None, suspicious }),
            // Another copy marked at the same moment, or our own mark arrived unanswered.
            Err(Unstored::Refused) => {}
            Err(error) => return Err(error.into()),
        }
    }
    bail!("other copies of {service} mark all the time")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marker(copies: &[&str]) -> Marker {
        let name = |(life, copy): (usize, &&str)| Name { copy: (*copy).to_owned(), life: life.to_string() };
        Marker { ordinal: 7, lives: copies.iter().enumerate().map(name).collect() }
    }

    #[test]
    fn only_lives_that_are_over_for_certain_count() {
        assert_eq!(marker(&["a", "b", "c", "d"]).deaths("e"), 0, "four copies at work are no death");
        assert_eq!(marker(&["a", "a", "a"]).deaths("a"), 3);
        assert_eq!(marker(&["a", "b", "a", "b"]).deaths("a"), 3, "two of a, and the first b");
    }
}

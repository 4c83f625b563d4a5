use super::record::{Head, MAGIC, Message, Reader};
use anyhow::{Context, Result};
use bellwether_harness::{
    Bus,
    lane::{self, LaneLog, Material, Plan, Runner},
};
use bellwether_schemas::{Key, Ordinal};
use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufReader, Read},
    path::Path,
};

/// Messages that are stored together.
const TOGETHER: usize = 128;
/// Room of the lane beside what the messages take.
const MARGIN: i64 = 16 << 20;

/// What was brought in.
#[derive(Debug, Clone)]
pub(crate) struct Imported {
    /// The lane it is in now.
    pub(crate) lane: String,
    pub(crate) universe: String,
    pub(crate) first: Ordinal,
    pub(crate) last: Ordinal,
    pub(crate) messages: u64,
    /// Hash of everything.
    pub(crate) chain: String,
    /// Whether it was here already.
    pub(crate) known: bool,
}

/// Whether a file begins as a bundle does.
pub(crate) fn is_bundle(file: &Path) -> bool {
    let mut magic = vec![0; MAGIC.len()];
    File::open(file).and_then(|mut file| file.read_exact(&mut magic)).is_ok() && magic == MAGIC.as_bytes()
}

/// What a first reading finds.
struct Checked {
    head: Head,
    chain: String,
    messages: u64,
    bytes: u64,
    /// First ordinal of each log.
    begins: BTreeMap<String, Ordinal>,
}

/// Checks a whole bundle, then stores it as a lane of its own, named after its hash.
///
/// # Errors
/// Names the first message that is not as it was when the bundle was made; nothing is stored then.
pub(crate) async fn import(bus: &Bus, file: &Path, mut at: impl FnMut(u64, u64)) -> Result<Imported> {
    let path = file.to_owned();
    let checked = tokio::task::spawn_blocking(move || check(&path)).await?;
    let Checked { head, chain, messages, bytes, begins } =
        checked.with_context(|| format!("{} is not what was exported", file.display()))?;
    let name = format!("replay-{}", &chain[..12]);
    let key = Key::new(&*name, &*head.universe)?;
    let first = head.workers.iter().filter_map(|worker| begins.get(worker)).max().copied().unwrap_or(head.first);
    let plan = Plan {
        universe: head.universe.clone(),
        material: Material::Record,
        first,
        last: head.last,
        workers: head.workers.clone(),
        set: head.set.clone(),
        speed: "max".to_owned(),
        runner: Runner::Command,
    };
    let known = lane::find(bus, &name).await?.is_some();
    if !known {
        lane::create(bus, Some(&name), "", &plan, MARGIN + (bytes * 5 / 4) as i64).await?;
    }
    store(bus, file, &key, messages, &mut at).await?;
    Ok(Imported { lane: name, universe: head.universe, first: head.first, last: head.last, messages, chain, known })
}

fn check(file: &Path) -> Result<Checked> {
    let mut reader = Reader::begin(BufReader::new(File::open(file)?))?;
    let (mut messages, mut bytes, mut begins) = (0, 0, BTreeMap::new());
    while let Some(message) = reader.next()? {
        messages += 1;
        bytes += message.body.len() as u64 + 1024;
        begins.entry(message.log).or_insert(message.ordinal);
    }
    Ok(Checked { head: reader.head.clone(), chain: reader.chain().to_owned(), messages, bytes, begins })
}

/// Stores what the lane does not hold yet: an import that was interrupted is finished by the next one.
async fn store(bus: &Bus, file: &Path, key: &Key, all: u64, at: &mut impl FnMut(u64, u64)) -> Result<()> {
    let mut reader = Reader::begin(BufReader::new(File::open(file)?))?;
    let mut logs: BTreeMap<String, LaneLog> = BTreeMap::new();
    let mut waiting: Vec<Message> = Vec::new();
    let mut stored = 0;
    loop {
        let message = reader.next()?;
        let other = message.as_ref().is_none_or(|next| waiting.first().is_some_and(|held| held.log != next.log));
        if other || waiting.len() == TOGETHER {
            if let Some(log) = waiting.first().map(|held| held.log.clone()) {
                if !logs.contains_key(&log) {
                    let mut opened = LaneLog::new(bus, &log, key);
                    opened.load().await?;
                    logs.insert(log.clone(), opened);
                }
                let batch: Vec<_> =
                    waiting.iter().map(|held| (held.ordinal, held.header_map(), held.body.clone().into())).collect();
                if let Some(log) = logs.get_mut(&log) {
                    log.copy(&batch).await?;
                }
            }
            stored += waiting.len() as u64;
            waiting.clear();
            at(stored, all);
        }
        match message {
            None => return Ok(()),
            Some(message) => waiting.push(message),
        }
    }
}

use anyhow::{Context, Result, bail, ensure};
use async_nats::HeaderMap;
use bellwether_schemas::{Ordinal, names, names::header};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    io::{BufRead, Read, Write},
};

/// The first line of every bundle.
pub(super) const MAGIC: &str = "bellwether-bundle/1\n";
const LEVEL: i32 = 3;
/// A line or a message larger than this is none of ours.
const LARGEST: usize = 64 << 20;
const LONGEST_LINE: u64 = 1 << 20;

/// The second line: what the bundle holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Head {
    pub(super) universe: String,
    pub(super) lane: String,
    /// First and last scan.
    pub(super) first: Ordinal,
    pub(super) last: Ordinal,
    /// Settings the results were made under.
    pub(super) set: Vec<String>,
    /// Workers whose results are in it.
    pub(super) workers: Vec<String>,
    /// Messages of each log.
    pub(super) counts: BTreeMap<String, u64>,
}

/// The line before each message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Line {
    log: String,
    ordinal: Ordinal,
    headers: BTreeMap<String, String>,
    /// Bytes of the body, and of the packed body that follows the line.
    bytes: usize,
    packed: usize,
    sha256: String,
    chain: String,
}

/// The last line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct End {
    messages: u64,
    chain: String,
}

/// One message of a bundle.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Message {
    /// A worker, [`names::LANE_SCANS`] or [`names::LANE_BARS`].
    pub(super) log: String,
    pub(super) ordinal: Ordinal,
    pub(super) headers: BTreeMap<String, String>,
    pub(super) body: Vec<u8>,
}

impl Message {
    pub(super) fn header_map(&self) -> HeaderMap {
        self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).fold(
            HeaderMap::new(),
            |mut map, (name, value)| {
                map.insert(name, value);
                map
            },
        )
    }

    /// As it is named to people.
    fn name(&self) -> String {
        named(&self.log, self.ordinal, self.headers.get(header::SCAN).or(self.headers.get(header::SESSION)))
    }

    fn sha256(&self) -> Result<String> {
        let mut hash = Sha256::new();
        let headers = serde_json::to_string(&self.headers)?;
        hash.update(format!("{}\n{}\n{headers}\n", self.log, self.ordinal));
        hash.update(&self.body);
        Ok(hex(hash))
    }
}

fn named(log: &str, ordinal: Ordinal, scan: Option<&String>) -> String {
    let what = match log {
        names::LANE_SCANS => "scan".to_owned(),
        names::LANE_BARS => "bars".to_owned(),
        worker => format!("result of {worker}"),
    };
    let scan = scan.map(|scan| format!(" ({scan})")).unwrap_or_default();
    format!("{what} {ordinal}{scan}")
}

fn hex(hash: Sha256) -> String {
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn chained(before: &str, sha256: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(before);
    hash.update(sha256);
    hex(hash)
}

fn line<T: Serialize>(out: &mut impl Write, value: &T) -> Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    out.write_all(b"\n")?;
    Ok(())
}

/// Writes a bundle, message by message.
pub(super) struct Writer<W> {
    out: W,
    chain: String,
    messages: u64,
}

impl<W: Write> Writer<W> {
    pub(super) fn begin(mut out: W, head: &Head) -> Result<Self> {
        out.write_all(MAGIC.as_bytes())?;
        line(&mut out, head)?;
        Ok(Self { out, chain: chained("", &serde_json::to_string(head)?), messages: 0 })
    }

    pub(super) fn add(&mut self, message: &Message) -> Result<()> {
        let packed = zstd::bulk::compress(&message.body, LEVEL)?;
        let sha256 = message.sha256()?;
        self.chain = chained(&self.chain, &sha256);
        let Message { log, ordinal, headers, body } = message.clone();
        let told =
            Line { log, ordinal, headers, bytes: body.len(), packed: packed.len(), sha256, chain: self.chain.clone() };
        line(&mut self.out, &told)?;
        self.out.write_all(&packed)?;
        self.messages += 1;
        Ok(())
    }

    /// Gives the hash of everything.
    pub(super) fn end(mut self) -> Result<(W, String)> {
        line(&mut self.out, &End { messages: self.messages, chain: self.chain.clone() })?;
        Ok((self.out, self.chain))
    }
}

/// Reads a bundle and believes nothing of it.
pub(super) struct Reader<R> {
    input: R,
    pub(super) head: Head,
    chain: String,
    read: u64,
    last: String,
    done: bool,
}

impl<R: BufRead> Reader<R> {
    pub(super) fn begin(mut input: R) -> Result<Self> {
        let mut magic = vec![0; MAGIC.len()];
        input.read_exact(&mut magic).context("not a bundle")?;
        ensure!(magic == MAGIC.as_bytes(), "not a bundle of this version: it does not begin with {MAGIC:?}");
        let text = text(&mut input).context("its second line, which says what it holds")?;
        let head: Head =
            serde_json::from_str(&text).context("its second line, which says what it holds, was changed")?;
        let chain = chained("", &serde_json::to_string(&head)?);
        Ok(Self { input, head, chain, read: 0, last: "what it holds".to_owned(), done: false })
    }

    /// The hash of everything read so far.
    pub(super) fn chain(&self) -> &str {
        &self.chain
    }

    /// The next message; `None` at the end, which must be there.
    ///
    /// # Errors
    /// Names the first message that is not as it was when the bundle was made.
    pub(super) fn next(&mut self) -> Result<Option<Message>> {
        if self.done {
            return Ok(None);
        }
        let place = format!("message {}, after {}", self.read + 1, self.last);
        let text = text(&mut self.input).with_context(|| format!("{place}, was changed or is missing"))?;
        if let Ok(end) = serde_json::from_str::<End>(&text) {
            return self.end(&end).map(|()| None);
        }
        let told: Line = serde_json::from_str(&text).with_context(|| format!("{place}, was changed"))?;
        let name = named(&told.log, told.ordinal, told.headers.get(header::SCAN).or(told.headers.get(header::SESSION)));
        ensure!(told.packed <= LARGEST && told.bytes <= LARGEST, "{place}, {name}, was changed: it is too large");
        let mut packed = vec![0; told.packed];
        self.input.read_exact(&mut packed).with_context(|| format!("{place}, {name}, is cut short"))?;
        let body =
            zstd::bulk::decompress(&packed, told.bytes).with_context(|| format!("{place}, {name}, was changed"))?;
        ensure!(body.len() == told.bytes, "{place}, {name}, was changed: it has another length");
        let message = Message { log: told.log, ordinal: told.ordinal, headers: told.headers, body };
        let sha256 = message.sha256()?;
        ensure!(sha256 == told.sha256, "{place}, {name}, was changed: its hash is {sha256}, not {}", told.sha256);
        self.chain = chained(&self.chain, &sha256);
        ensure!(
            self.chain == told.chain,
            "{place}, {name}, or what stands before it, was changed: the chain of hashes breaks"
        );
        self.read += 1;
        self.last = message.name();
        Ok(Some(message))
    }

    fn end(&mut self, end: &End) -> Result<()> {
        ensure!(
            end.messages == self.read,
            "messages are missing: {} of {}, after {}",
            self.read,
            end.messages,
            self.last
        );
        ensure!(end.chain == self.chain, "its last line was changed: the chain of hashes does not end there");
        let mut rest = [0];
        if self.input.read(&mut rest)? > 0 {
            bail!("something follows its end");
        }
        self.done = true;
        Ok(())
    }
}

/// One line, without its end.
fn text(input: &mut impl BufRead) -> Result<String> {
    let mut line = Vec::new();
    input.take(LONGEST_LINE).read_until(b'\n', &mut line)?;
    ensure!(line.pop() == Some(b'\n'), "the file ends there");
    Ok(String::from_utf8(line)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(log: &str, ordinal: Ordinal) -> Message {
        let headers = BTreeMap::from([(header::SCAN.to_owned(), format!("scan-{ordinal}"))]);
        Message { log: log.to_owned(), ordinal, headers, body: vec![ordinal as u8; 300] }
    }

    fn bundle() -> Vec<u8> {
        let head = Head {
            universe: "u".to_owned(),
            lane: "live".to_owned(),
            first: 1,
            last: 2,
            set: Vec::new(),
            workers: vec!["regime".to_owned()],
            counts: BTreeMap::new(),
        };
        let mut writer = Writer::begin(Vec::new(), &head).unwrap();
        for (log, ordinal) in [("scan", 1), ("regime", 1), ("scan", 2), ("regime", 2)] {
            writer.add(&message(log, ordinal)).unwrap();
        }
        writer.end().unwrap().0
    }

    fn read(bytes: &[u8]) -> Result<Vec<Message>> {
        let mut reader = Reader::begin(bytes)?;
        let mut found = Vec::new();
        while let Some(message) = reader.next()? {
            found.push(message);
        }
        Ok(found)
    }

    #[test]
    fn a_bundle_reads_back_as_written() {
        let found = read(&bundle()).unwrap();
        assert_eq!(found.len(), 4);
        assert_eq!(found[3], message("regime", 2));
    }

    #[test]
    fn every_changed_byte_is_found() {
        let good = bundle();
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1;
            assert!(read(&bad).is_err(), "byte {at}: {:?}", String::from_utf8_lossy(&bad[at.saturating_sub(20)..=at]));
        }
        for cut in [1, 10, 100, good.len() / 2] {
            assert!(read(&good[..good.len() - cut]).is_err());
        }
        assert!(read(&[&good[..], b"x"].concat()).is_err());
    }

    #[test]
    fn what_was_changed_is_named() {
        let good = bundle();
        let named = b"scan-2";
        let at = good.windows(named.len()).rposition(|window| window == named).unwrap();
        let mut bad = good.clone();
        bad[at + named.len() - 1] = b'3';
        let said = format!("{:#}", read(&bad).unwrap_err());
        assert!(said.contains("result of regime 2"), "{said}");
    }
}

//! Opens packed text so that unpacking runs beside parsing.

use super::files::Packing;
use std::{
    fs::File,
    io::{self, BufRead, Read},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
};

const BLOCK: usize = 256 * 1024;
/// Blocks unpacked ahead: enough to even out both sides, too few to matter for memory.
const AHEAD: usize = 4;

/// Unpacked text of a file, and how many bytes of the file that took so far.
pub(super) struct Unpacked {
    blocks: Blocks,
    taken: Arc<AtomicU64>,
}

impl Unpacked {
    pub(super) fn open(path: &Path, packing: Packing) -> io::Result<Self> {
        let taken = Arc::new(AtomicU64::new(0));
        let file = Counted { file: File::open(path)?, taken: taken.clone() };
        let (sender, receiver) = sync_channel(AHEAD);
        thread::Builder::new().name("unpack".into()).spawn(move || unpack(file, packing, &sender))?;
        Ok(Self { blocks: Blocks { receiver, block: Vec::new(), at: 0 }, taken })
    }

    /// Bytes read from disk.
    pub(super) fn taken(&self) -> u64 {
        self.taken.load(Ordering::Relaxed)
    }
}

impl Read for Unpacked {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(into)?;
        self.consume(count);
        Ok(count)
    }
}

impl BufRead for Unpacked {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.blocks.fill()
    }

    fn consume(&mut self, count: usize) {
        self.blocks.at += count;
    }
}

struct Blocks {
    receiver: Receiver<io::Result<Vec<u8>>>,
    block: Vec<u8>,
    at: usize,
}

impl Blocks {
    fn fill(&mut self) -> io::Result<&[u8]> {
        if self.at == self.block.len() {
            self.at = 0;
            // The sender hangs up after the last block.
            self.block = self.receiver.recv().unwrap_or(Ok(Vec::new()))?;
        }
        Ok(&self.block[self.at..])
    }
}

/// Ends early, and quietly, when nobody listens any more.
fn unpack(file: Counted, packing: Packing, blocks: &SyncSender<io::Result<Vec<u8>>>) {
    let mut reader: Box<dyn Read> = match packing {
        Packing::None => Box::new(file),
        Packing::Gzip => Box::new(flate2::read::MultiGzDecoder::new(io::BufReader::new(file))),
        Packing::Zstd => match zstd::Decoder::new(file) {
            Ok(decoder) => Box::new(decoder),
            Err(error) => return drop(blocks.send(Err(error))),
        },
    };
    loop {
        let mut block = Vec::with_capacity(BLOCK);
        let read = reader.by_ref().take(BLOCK as u64).read_to_end(&mut block);
        let last = !matches!(read, Ok(count) if count > 0);
        if last && read.is_ok() {
            return;
        }
        if blocks.send(read.map(|_| block)).is_err() || last {
            return;
        }
    }
}

struct Counted {
    file: File,
    taken: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(into)?;
        self.taken.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

//! What a scan costs without broker and network: reading, folding and framing, in this process.

use super::{UNIVERSE, market::Made, stage::SECTIONS, stats::Series};
use anyhow::{Context, Result, bail};
use bellwether_breadth::BreadthWorker;
use bellwether_gateway::{Arrival, Board};
use bellwether_harness::{Bus, history};
use bellwether_regime::RegimeWorker;
use bellwether_schemas::{Key, Scan, names};
use bellwether_worker::{Carry, Event, FromSettings, Settings, Verdict, Worker, decide, load};
use bytes::Bytes;
use std::time::{Duration, Instant};

/// The workers, as far as they have come on the stage.
pub(super) struct Compute {
    key: Key,
    regime: Fold<RegimeWorker>,
    breadth: Fold<BreadthWorker>,
    board: Board,
    /// Decoding a scan.
    pub(super) decode: Series,
    /// Folding it and encoding the result, for each of [`SECTIONS`].
    pub(super) fold: [Series; SECTIONS.len()],
    /// Decoding a result and encoding it as JSON and as events, as the gateway does.
    pub(super) frame: [Series; SECTIONS.len()],
}

struct Fold<W: Worker> {
    worker: W,
    carry: Carry<W::State>,
}

impl<W: Worker> Fold<W> {
    async fn attach(bus: &Bus, key: &Key, worker: W) -> Result<Self> {
        let (stream, subject) = (names::bucket_stream(W::NAME), names::state_subject(W::NAME, key));
        let last = history::last(bus, &stream, &subject).await?.context("no result yet")?;
        let carry = load::<W>(last.ordinal.unwrap_or(0), &last.body).map_err(|corrupt| anyhow::anyhow!("{corrupt}"))?;
        Ok(Self { worker, carry })
    }

    fn step(&mut self, made: &Made, scan: &Scan) -> Result<(Duration, Bytes)> {
        let event = Event { ordinal: made.ordinal, body: &made.body, scan: Ok(scan), deaths: None };
        let begun = Instant::now();
        let verdict = decide(&self.worker, &self.carry, &event);
        let taken = begun.elapsed();
        let Verdict::Put { body, carry, rejected: None } = verdict else {
            bail!("{} did not fold scan {}", W::NAME, made.ordinal);
        };
        self.carry = carry;
        Ok((taken, body.into()))
    }
}

impl Compute {
    /// Takes over where the workers stand.
    ///
    /// # Errors
    /// When they have not folded anything yet.
    pub(super) async fn attach(bus: &Bus) -> Result<Self> {
        let (key, settings) = (Key::live(UNIVERSE)?, Settings::default());
        let regime = Fold::attach(bus, &key, RegimeWorker::from_settings(&settings)?).await?;
        let breadth = Fold::attach(bus, &key, BreadthWorker::from_settings(&settings)?).await?;
        let board = Board::new(SECTIONS);
        let (fold, frame) = Default::default();
        Ok(Self { key, regime, breadth, board, decode: Series::default(), fold, frame })
    }

    /// Does all of it once.
    ///
    /// # Errors
    /// When the scan is not the next.
    pub(super) fn pass(&mut self, made: &Made) -> Result<()> {
        let begun = Instant::now();
        let scan = Scan::decode(&made.body)?;
        self.decode.add(0, begun.elapsed());
        let results = [self.regime.step(made, &scan)?, self.breadth.step(made, &scan)?];
        for (place, (taken, body)) in results.into_iter().enumerate() {
            self.fold[place].add(0, taken);
            let begun = Instant::now();
            self.board.put(SECTIONS[place], Arrival { key: self.key.clone(), revision: made.ordinal, body })?;
            self.frame[place].add(0, begun.elapsed());
        }
        Ok(())
    }
}

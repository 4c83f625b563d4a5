use crate::{reading::SWING_SPAN, sums::Sums};
use bellwether_schemas::{
    bars::Bar,
    scan::{EXTREME_SPAN, SMA_SPANS},
};

/// Symbols that share a tile. The same row of all of them is read in one run, which processors fetch ahead.
pub(crate) const LANES: usize = 64;

/// Bars of the average volume.
pub(crate) const VOLUME_SPAN: usize = 20;

type Row = [f64; LANES];

/// The windows of [`LANES`] symbols, row by row.
///
/// Symbols that trade on the same days stand in the same row, so a session touches one run of memory per window and tile.
#[derive(Debug, Clone)]
pub(crate) struct Tile {
    closes: Vec<Row>,
    volumes: Vec<Row>,
    /// Of high, −low, close, −close: see [`finish`].
    records: [Vec<Row>; 4],
    /// Of high and −low.
    swings: [Vec<Row>; 2],
}

/// Where a symbol stands in the rings of its tile.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) long: u8,
    pub(crate) short: u8,
}

impl Place {
    /// Tiles start at different rows, so that they do not all finish their windows in the same session.
    pub(crate) fn start(tile: usize) -> Self {
        Self { long: (tile * 37 % EXTREME_SPAN) as u8, short: (tile * 7 % SWING_SPAN) as u8 }
    }

    pub(crate) fn next(self) -> Self {
        let after = |row: u8, span: usize| if usize::from(row) + 1 == span { 0 } else { row + 1 };
        Self { long: after(self.long, EXTREME_SPAN), short: after(self.short, SWING_SPAN) }
    }
}

impl Tile {
    pub(crate) fn empty() -> Self {
        let lowest = |rows| vec![[f64::NEG_INFINITY; LANES]; rows];
        let (record, swing) = (|| lowest(EXTREME_SPAN), || lowest(SWING_SPAN));
        Self {
            closes: vec![[0.0; LANES]; EXTREME_SPAN],
            volumes: vec![[0.0; LANES]; VOLUME_SPAN],
            records: [record(), record(), record(), record()],
            swings: [swing(), swing()],
        }
    }

    /// The close `ago` bars before the one about to come; `ago` from 1 to 252, 0 where there was none.
    #[inline]
    pub(crate) fn close(&self, lane: usize, at: Place, ago: usize) -> f64 {
        let row = usize::from(at.long);
        let back = if row >= ago { row - ago } else { row + EXTREME_SPAN - ago };
        self.closes[back][lane]
    }

    /// The closes that leave the sums when the next bar comes, in the order of [`SMA_SPANS`].
    #[inline]
    pub(crate) fn lags(&self, lane: usize, at: Place) -> [f64; 6] {
        let [a, b, c, d, e, f] = SMA_SPANS;
        let ago = |span| self.close(lane, at, span);
        [ago(a), ago(b), ago(c), ago(d), ago(e), ago(f)]
    }

    /// The volume that leaves the average when the next bar comes.
    #[inline]
    pub(crate) fn oldest_volume(&self, lane: usize, at: Place) -> f64 {
        self.volumes[usize::from(at.short)][lane]
    }

    /// Largest of each measure over the last 251 bars, as far as they lie in the block before this one.
    #[inline]
    pub(crate) fn records(&self, lane: usize, at: Place) -> [f64; 4] {
        let row = usize::from(at.long) + 1;
        if row == EXTREME_SPAN {
            return [f64::NEG_INFINITY; 4];
        }
        let [high, low, close_high, close_low] = &self.records;
        [high[row][lane], low[row][lane], close_high[row][lane], close_low[row][lane]]
    }

    /// Largest of each measure over the last 20 bars, as far as they lie in the block before this one.
    #[inline]
    pub(crate) fn swings(&self, lane: usize, at: Place) -> [f64; 2] {
        let [high, low] = &self.swings;
        let row = usize::from(at.short);
        [high[row][lane], low[row][lane]]
    }

    /// Writes the bar. Returns whether it was the last row of the long and of the short block.
    #[inline]
    pub(crate) fn put(&mut self, lane: usize, at: Place, bar: &Bar) -> (bool, bool) {
        let (long, short) = (usize::from(at.long), usize::from(at.short));
        self.closes[long][lane] = bar.close;
        self.volumes[short][lane] = bar.volume;
        let [high, low, close_high, close_low] = &mut self.records;
        high[long][lane] = bar.high;
        low[long][lane] = -bar.low;
        close_high[long][lane] = bar.close;
        close_low[long][lane] = -bar.close;
        let [high, low] = &mut self.swings;
        high[short][lane] = bar.high;
        low[short][lane] = -bar.low;
        let ends = (long + 1 == EXTREME_SPAN, short + 1 == SWING_SPAN);
        if ends.0 {
            self.records.iter_mut().for_each(|ring| finish(ring, lane));
        }
        if ends.1 {
            self.swings.iter_mut().for_each(|ring| finish(ring, lane));
        }
        ends
    }

    /// The sums of closes made afresh from the ring, as they stand before the next bar.
    #[cold]
    pub(crate) fn close_sums(&self, lane: usize, at: Place) -> Sums<6> {
        let mut sums = Sums::ZERO;
        for ago in (1..=SMA_SPANS[5]).rev() {
            let close = self.close(lane, at, ago);
            sums = sums.slide(0.0, SMA_SPANS.map(|span| if ago <= span { -close } else { 0.0 }));
        }
        sums
    }

    /// The sum of volumes made afresh from the ring, as it stands before the next bar.
    #[cold]
    pub(crate) fn volume_sum(&self, lane: usize) -> Sums<1> {
        self.volumes.iter().fold(Sums::ZERO, |sums, row| sums.slide(row[lane], [0.0]))
    }
}

/// Turns a full block into its suffix maxima, in place.
///
/// The maximum of a window that spans two blocks is then the larger of one suffix of the older and the prefix of the
/// newer: constant work per bar, and one pass per block (van Herk 1992; Gil and Werman 1993). Minima are maxima of
/// negated values.
fn finish(ring: &mut [Row], lane: usize) {
    let mut largest = f64::NEG_INFINITY;
    for row in ring.iter_mut().rev() {
        largest = larger(largest, row[lane]);
        row[lane] = largest;
    }
}

/// The larger of two numbers, neither of which is NaN; `f64::max` would spend time on that case.
#[inline]
pub(crate) fn larger(a: f64, b: f64) -> f64 {
    if a > b { a } else { b }
}

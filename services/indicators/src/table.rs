use crate::{
    reading::{Reading, Records},
    smoothed::wilder,
    sums::Sums,
    tile::{LANES, Place, Tile, larger},
};
use bellwether_schemas::bars::Bar;

/// Indicators of many symbols, one slot each. Slots are never given back.
#[derive(Debug, Clone, Default)]
pub struct Table {
    tiles: Vec<Tile>,
    slots: Vec<Slot>,
}

/// What is read and written with every bar; the windows are in the tile.
#[derive(Debug, Clone, Copy)]
struct Slot {
    closes: Sums<6>,
    volume: Sums<1>,
    gain: f64,
    loss: f64,
    range: f64,
    close: f64,
    /// Maxima of the current block so far, of high, −low, close, −close.
    records: [f64; 4],
    /// The same of high and −low over the shorter block.
    swings: [f64; 2],
    bars: u32,
    place: Place,
}

impl Table {
    /// Adds a symbol and returns its slot: 0, 1, 2 …
    pub fn add(&mut self) -> usize {
        let slot = self.slots.len();
        let place = match slot % LANES {
            0 => {
                self.tiles.push(Tile::empty());
                Place::start(slot / LANES)
            }
            lane => self.slots[slot - lane].place,
        };
        self.slots.push(Slot::empty(place));
        slot
    }

    /// Bars the slot has taken.
    pub fn bars(&self, slot: usize) -> u32 {
        self.slots[slot].bars
    }

    /// Close of the slot's last bar, in price; 0 before the first.
    pub fn last_close(&self, slot: usize) -> f64 {
        self.slots[slot].close
    }

    /// Close `ago` bars before the one about to come, in price. `ago` is 1 to 252; null where there was none.
    pub fn close_before_next(&self, slot: usize, ago: usize) -> Option<f64> {
        let Slot { bars, place, .. } = self.slots[slot];
        (bars as usize >= ago).then(|| self.tiles[slot / LANES].close(slot % LANES, place, ago))
    }

    /// What the indicators would be after `bar`, which must be eligible; nothing changes.
    #[inline]
    pub fn look(&self, slot: usize, bar: &Bar) -> Reading {
        self.next(slot, bar).0
    }

    /// Takes the next bar of a symbol, which must be eligible, and returns its indicators.
    #[inline]
    pub fn push(&mut self, slot: usize, bar: &Bar) -> Reading {
        let (reading, mut next) = self.next(slot, bar);
        let (tile, lane, place) = (&mut self.tiles[slot / LANES], slot % LANES, next.place);
        let (long_ends, short_ends) = tile.put(lane, place, bar);
        if long_ends {
            next.records = [f64::NEG_INFINITY; 4];
        }
        if short_ends {
            next.swings = [f64::NEG_INFINITY; 2];
        }
        next.place = place.next();
        if !next.closes.sound() {
            next.closes = tile.close_sums(lane, next.place);
        }
        if !next.volume.sound() {
            next.volume = tile.volume_sum(lane);
        }
        self.slots[slot] = next;
        reading
    }

    /// The reading after `bar`, and the slot as it then stands but for its place.
    #[inline]
    fn next(&self, slot: usize, bar: &Bar) -> (Reading, Slot) {
        let (tile, lane, mut next) = (&self.tiles[slot / LANES], slot % LANES, self.slots[slot]);
        let (place, before, earlier) = (next.place, next.close, next.bars);
        let lags = tile.lags(lane, place);
        next.closes = next.closes.slide(bar.close, lags);
        next.volume = next.volume.slide(bar.volume, [tile.oldest_volume(lane, place)]);
        if earlier > 0 {
            next.smooth(bar, before);
        }
        let [high, low] = larger_of(next.swings, tile.swings(lane, place));
        let measures = [bar.high, -bar.low, bar.close, -bar.close];
        let window = larger_of(larger_of(next.records, tile.records(lane, place)), measures);
        next.records = larger_of(next.records, measures);
        next.swings = larger_of(next.swings, [bar.high, -bar.low]);
        next.close = bar.close;
        next.bars = earlier.saturating_add(1);
        let reading = Reading {
            bars: next.bars,
            close: bar.close,
            before,
            lags,
            sums: next.closes.all(),
            volume_sum: next.volume.all()[0],
            gain: next.gain,
            loss: next.loss,
            range: next.range,
            swing: (high, -low),
            records: standing(measures, window),
        };
        (reading, next)
    }
}

impl Slot {
    fn empty(place: Place) -> Self {
        Self {
            closes: Sums::ZERO,
            volume: Sums::ZERO,
            gain: 0.0,
            loss: 0.0,
            range: 0.0,
            close: 0.0,
            records: [f64::NEG_INFINITY; 4],
            swings: [f64::NEG_INFINITY; 2],
            bars: 0,
            place,
        }
    }

    /// Moves the Wilder averages on; `self.bars` still is the number of bars before this one.
    #[inline]
    fn smooth(&mut self, bar: &Bar, before: f64) {
        let change = bar.close - before;
        self.gain = wilder(self.gain, larger(change, 0.0), self.bars);
        self.loss = wilder(self.loss, larger(-change, 0.0), self.bars);
        self.range = wilder(self.range, true_range(bar, before), self.bars);
    }
}

/// The largest of high − low, |high − previous close| and |low − previous close| (Wilder 1978), in price.
#[inline]
pub(crate) fn true_range(bar: &Bar, previous_close: f64) -> f64 {
    let reach = larger((bar.high - previous_close).abs(), (bar.low - previous_close).abs());
    larger(bar.high - bar.low, reach)
}

#[inline]
fn larger_of<const N: usize>(mut a: [f64; N], b: [f64; N]) -> [f64; N] {
    for (a, b) in a.iter_mut().zip(b) {
        *a = larger(*a, b);
    }
    a
}

#[inline]
fn standing(measures: [f64; 4], window: [f64; 4]) -> Records {
    Records {
        high: measures[0] >= window[0],
        low: measures[1] >= window[1],
        close_high: measures[2] >= window[2],
        close_low: measures[3] >= window[3],
    }
}

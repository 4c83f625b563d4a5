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
    pub fn look(&self, slot: usize, bar: &Bar) -> Reading {
        let mut copy = self.slots[slot];
        copy.step(&self.tiles[slot / LANES], slot % LANES, bar)
    }

    /// Takes the next bar of a symbol, which must be eligible, and returns its indicators.
    #[inline]
    pub fn push(&mut self, slot: usize, bar: &Bar) -> Reading {
        let (tile, lane) = (&mut self.tiles[slot / LANES], slot % LANES);
        let slot = &mut self.slots[slot];
        let reading = slot.step(tile, lane, bar);
        let (long_ends, short_ends) = tile.put(lane, slot.place, bar);
        if long_ends {
            slot.records = [f64::NEG_INFINITY; 4];
        }
        if short_ends {
            slot.swings = [f64::NEG_INFINITY; 2];
        }
        slot.place = slot.place.next();
        if !slot.closes.sound() {
            slot.closes = tile.close_sums(lane, slot.place);
        }
        if !slot.volume.sound() {
            slot.volume = tile.volume_sum(lane);
        }
        reading
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

    /// Takes the bar into everything but the tile, and stays in its place.
    #[inline]
    fn step(&mut self, tile: &Tile, lane: usize, bar: &Bar) -> Reading {
        let (place, before) = (self.place, self.close);
        let lags = tile.lags(lane, place);
        self.closes = self.closes.slide(bar.close, lags);
        self.volume = self.volume.slide(bar.volume, [tile.oldest_volume(lane, place)]);
        if self.bars > 0 {
            self.smooth(bar, before);
        }
        let measures = [bar.high, -bar.low, bar.close, -bar.close];
        let [high, low] = larger_of(self.swings, tile.swings(lane, place));
        self.swings = larger_of(self.swings, [bar.high, -bar.low]);
        self.records = larger_of(self.records, measures);
        self.close = bar.close;
        self.bars = self.bars.saturating_add(1);
        Reading {
            bars: self.bars,
            close: bar.close,
            before,
            lags,
            sums: self.closes.all(),
            volume_sum: self.volume.all()[0],
            gain: self.gain,
            loss: self.loss,
            range: self.range,
            swing: (high, -low),
            records: standing(measures, larger_of(self.records, tile.records(lane, place))),
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

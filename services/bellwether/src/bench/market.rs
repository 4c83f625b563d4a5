//! A market made up for measuring: of any size, and the same on every machine.

use anyhow::{Context, Result};
use bellwether_scanner::Scanner;
use bellwether_schemas::{
    Bars, Basis, Date, Ordinal, Panel,
    bars::{self, Bar},
    calendar::Exchange,
    codec,
};
use bytes::Bytes;
use jiff::civil::date;

const EXCHANGE: &str = "XNYS";
const BEFORE_FIRST: Date = date(2010, 1, 3);
const SECTORS: [&str; 5] = ["Energy", "Finance", "Health", "Industry", "Technology"];
/// Share of symbols without a bar on a day.
const ABSENT: f64 = 0.002;

/// A scan ready to be published.
#[derive(Debug, Clone)]
pub(super) struct Made {
    /// Its place in the universe.
    pub(super) ordinal: Ordinal,
    /// Its id.
    pub(super) id: String,
    /// Its session.
    pub(super) session: Date,
    /// As it goes over the wire.
    pub(super) body: Bytes,
    /// Hits in it.
    pub(super) hits: usize,
}

/// Scans, one session after the other, made by the real scanner.
pub(super) struct Scans {
    market: Market,
    scanner: Scanner,
    ordinal: Ordinal,
}

impl Scans {
    /// Of `symbols` symbols; at most 17,576.
    ///
    /// # Errors
    /// When the calendar is missing.
    pub(super) fn new(universe: &str, symbols: usize) -> Result<Self> {
        Ok(Self { market: Market::new(universe, symbols)?, scanner: Scanner::new(universe), ordinal: 0 })
    }

    /// The next scan.
    ///
    /// # Errors
    /// When the calendar ends, or the scanner refuses the bars.
    pub(super) fn make(&mut self) -> Result<Made> {
        let bars = self.market.session()?;
        self.ordinal += 1;
        let scan = self.scanner.fold(self.ordinal, &bars)?;
        let body = codec::encode(&scan).into();
        Ok(Made { ordinal: self.ordinal, hits: scan.hits.len(), session: scan.session, id: scan.id, body })
    }
}

struct Stock {
    symbol: String,
    price: f64,
    /// How much of the market's return it takes.
    beta: f64,
    /// Standard deviation of its own daily return.
    restless: f64,
    usual_volume: f64,
}

struct Market {
    universe: String,
    exchange: &'static Exchange,
    session: Date,
    random: Random,
    stocks: Vec<Stock>,
}

impl Market {
    fn new(universe: &str, symbols: usize) -> Result<Self> {
        let mut random = Random(symbols as u64);
        let stock = |number| Stock {
            symbol: symbol(number),
            price: random.between(8.0, 250.0),
            beta: random.between(0.4, 1.6),
            restless: random.between(0.006, 0.028),
            usual_volume: random.between(5e4, 5e6),
        };
        let stocks = (0..symbols).map(stock).collect();
        let exchange = Exchange::by_code(EXCHANGE).context("no calendar of XNYS")?;
        Ok(Self { universe: universe.to_owned(), exchange, session: BEFORE_FIRST, random, stocks })
    }

    fn session(&mut self) -> Result<Bars> {
        let session = self.exchange.next_session(self.session).context("the calendar has ended")?;
        self.session = session;
        let market = 0.0003 + 0.010 * self.random.normal();
        let (mut panel, mut sector) = (Panel::default(), Vec::with_capacity(self.stocks.len()));
        for (at, stock) in self.stocks.iter_mut().enumerate() {
            let bar = stock.trade(market, &mut self.random);
            // The first always trades: a session without any bar is none.
            if at == 0 || self.random.uniform() >= ABSENT {
                panel.push(&stock.symbol, bar)?;
                sector.push((at % SECTORS.len()) as u8);
            }
        }
        Ok(Bars {
            schema: bars::SCHEMA.to_owned(),
            universe: self.universe.clone(),
            session,
            as_of: self.exchange.close_of(session),
            basis: Basis::Close,
            exchange: self.exchange.code.to_owned(),
            adjusted: true,
            sample: true,
            stocks: panel,
            sector,
            sectors: SECTORS.map(str::to_owned).to_vec(),
            refused: Vec::new(),
            benchmarks: Panel::default(),
        })
    }
}

impl Stock {
    fn trade(&mut self, market: f64, random: &mut Random) -> Bar {
        let before = self.price;
        let change = (self.beta * market + self.restless * random.normal()).clamp(-0.3, 0.3);
        let open = before * (1.0 + 0.4 * change + 0.3 * self.restless * random.normal().clamp(-4.0, 4.0));
        // Pulled gently to 50, so that prices stay prices through thousands of sessions.
        let close = (before * (1.0 + change) + 0.0005 * (50.0 - before)).max(1.0);
        let reach = self.restless * before;
        let high = open.max(close) + 0.8 * reach * random.uniform();
        let low = (open.min(close) - 0.8 * reach * random.uniform()).max(0.01);
        self.price = close;
        let excited = 1.0 + 10.0 * change.abs();
        let volume = (self.usual_volume * excited * random.between(0.5, 1.5)).round();
        Bar { open: cents(open), high: cents(high), low: cents(low), close: cents(close), volume }
    }
}

/// Three letters, in the order of numbers.
fn symbol(number: usize) -> String {
    [number / 676, number / 26, number].iter().map(|digit| char::from(b'A' + (digit % 26) as u8)).collect()
}

fn cents(price: f64) -> f64 {
    (price * 100.0).round() / 100.0
}

/// The generator splitmix64.
///
/// Source: G. Steele, D. Lea and C. Flood, Fast Splittable Pseudorandom Number Generators, OOPSLA 2014.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn uniform(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }

    /// Nearly standard normal, by arithmetic alone: the sum of twelve uniforms less its mean.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bellwether_schemas::{Scan, scan::flag};

    #[test]
    fn scans_are_the_same_each_time_and_look_like_a_market() {
        let mut twice = [(); 2].map(|()| Scans::new("bench", 300).unwrap());
        let (mut hits, mut last) = (0, None);
        for _ in 0..280 {
            let [one, two] = twice.each_mut().map(|scans| scans.make().unwrap());
            assert_eq!(one.body, two.body);
            hits += one.hits;
            last = Some(Scan::decode(&one.body).unwrap());
        }
        let last = last.unwrap();
        assert!(hits > 20, "{hits} hits");
        assert!(last.on_calendar && last.sample && last.suspects.is_empty(), "{:?}", last.suspects);
        let with = |flag| last.flags.iter().filter(|&&flags| flags & flag != 0).count();
        let rows = last.flags.len();
        assert!(rows > 290 && rows <= 300);
        assert!(with(flag::HAVE_EXTREMES) == rows && with(flag::have_sma(5)) == rows);
        for flag in [flag::ADVANCE, flag::DECLINE, flag::above_sma(5)] {
            assert!((1..rows).contains(&with(flag)), "{flag:b}: {}", with(flag));
        }
    }

    #[test]
    fn symbols_are_distinct_and_in_order() {
        let symbols: Vec<_> = (0..17_576).map(symbol).collect();
        assert!(symbols.is_sorted() && symbols.windows(2).all(|pair| pair[0] != pair[1]));
        assert_eq!((symbols[0].as_str(), symbols[17_575].as_str()), ("AAA", "ZZZ"));
    }
}

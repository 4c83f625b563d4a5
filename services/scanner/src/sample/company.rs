//! One invented company and the trading of its stock.

use super::{SESSIONS, market::Move, random::Random};
use bellwether_schemas::{Ordinal, bars::Bar};

/// Sectors of the sample, in order.
pub(super) const SECTORS: [&str; 11] = [
    "Communication Services",
    "Consumer Discretionary",
    "Consumer Staples",
    "Energy",
    "Financials",
    "Health Care",
    "Industrials",
    "Information Technology",
    "Materials",
    "Real Estate",
    "Utilities",
];

/// How much of the market's move a sector's stocks take, and how restless they are for themselves.
const CHARACTERS: [(f64, f64); SECTORS.len()] = [
    (1.0, 1.0),
    (1.15, 1.1),
    (0.6, 0.7),
    (1.1, 1.2),
    (1.1, 0.9),
    (0.8, 1.1),
    (1.05, 0.9),
    (1.25, 1.2),
    (1.1, 1.05),
    (0.85, 0.85),
    (0.5, 0.65),
];

/// How many companies there ever are.
const COMPANIES: u64 = 500;

/// How a company's listing ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Stays,
    /// Falls for weeks, then is gone.
    Fails(Ordinal),
    /// Jumps on an offer, stands still, then is gone.
    IsBought(Ordinal),
}

/// Sessions before the end in which a fate shows.
const DECLINE: Ordinal = 40;
const OFFER: Ordinal = 15;

/// Prices of a day, before rounding.
#[derive(Debug, Clone, Copy)]
pub(super) struct Prices {
    pub(super) open: f64,
    pub(super) high: f64,
    pub(super) low: f64,
    pub(super) close: f64,
}

/// A company and its stock.
pub(super) struct Company {
    ticker: String,
    sector: u8,
    random: Random,
    first: Ordinal,
    fate: Fate,
    /// Parts of the market's and the sector's move the stock takes.
    loads: (f64, f64),
    /// Standard deviation of its own daily log return.
    deviation: f64,
    /// Shares traded on a usual day.
    turnover: f64,
    /// Shares there are, which weigh it in an index.
    shares: f64,
    trend: f64,
    /// Sum of its own log returns, which in the long run stays near 0.
    own: f64,
    close: f64,
    /// Sessions it is still halted for.
    halted: u32,
    /// The close before, and the prices of the day, if it is listed.
    day: Option<(f64, Prices)>,
    printed: Option<Bar>,
}

impl Company {
    /// All companies, sorted by ticker.
    pub(super) fn all(seed: u64) -> Vec<Self> {
        let mut tickers: Vec<String> = (0..COMPANIES).map(ticker).collect();
        tickers.sort_unstable();
        tickers.into_iter().zip(1..).map(|(ticker, stream)| Self::new(ticker, Random::new(seed, stream))).collect()
    }

    fn new(ticker: String, mut random: Random) -> Self {
        let sector = (random.uniform() * SECTORS.len() as f64) as u8;
        let (load, unrest) = CHARACTERS[usize::from(sector)];
        let size = libm::exp(1.1 * random.normal());
        let close = libm::exp(random.between(2.3, 5.3));
        let shares = 4e9 * size / close;
        let first = if random.chance(0.08) { random.between(90.0, 1200.0) as Ordinal } else { 1 };
        let fate = fate(&mut random);
        Self {
            ticker,
            sector,
            first,
            // One life is told: it begins late or ends early.
            fate: if first == 1 { fate } else { Fate::Stays },
            loads: (load * random.between(0.75, 1.25), random.between(0.6, 1.2)),
            deviation: unrest * random.between(0.009, 0.019) / (1.0 + 0.08 * size.min(4.0)),
            turnover: shares * random.between(0.003, 0.009),
            shares,
            trend: 0.0,
            own: 0.0,
            close,
            halted: 0,
            day: None,
            printed: None,
            random,
        }
    }

    pub(super) fn ticker(&self) -> &str {
        &self.ticker
    }

    /// Index into [`SECTORS`].
    pub(super) fn sector(&self) -> u8 {
        self.sector
    }

    /// Value of all shares in a price.
    pub(super) fn value(&self, price: f64) -> f64 {
        self.shares * price
    }

    /// The close before and the true prices of the day, also while trading is halted; none when it is not listed, or
    /// only since today.
    pub(super) fn day(&self) -> Option<(f64, Prices)> {
        self.day
    }

    /// The bar as it was published, if one was.
    pub(super) fn printed(&self) -> Option<Bar> {
        self.printed
    }

    /// Trades one session.
    pub(super) fn step(&mut self, ordinal: Ordinal, session: &Move) {
        (self.day, self.printed) = (None, None);
        if ordinal < self.first || self.fate.is_over(ordinal) {
            return;
        }
        let before = self.close;
        let (prices, surprise) = self.trade(ordinal, session);
        self.close = prices.close;
        if ordinal > self.first || self.first == 1 {
            self.day = Some((before, prices));
        }
        self.printed = self.print(before, prices, surprise, session);
    }

    /// The prices of a day, and how large its move is against a usual one.
    fn trade(&mut self, ordinal: Ordinal, session: &Move) -> (Prices, f64) {
        let random = &mut self.random;
        let deviation = self.deviation * (0.6 + 0.4 * session.stress.min(4.0));
        self.trend = 0.98 * self.trend + 0.00012 * random.normal();
        let day = deviation * random.fat();
        let news = if random.chance(1.0 / 63.0) { 0.035 * random.fat() } else { 0.0 };
        let (quiet, told) = self.fate.tells(ordinal);
        let own = quiet * (self.trend + day + news - 0.003 * self.own);
        self.own += own;

        let (market, sector) = (quiet * self.loads.0, quiet * self.loads.1);
        let total = own + told + market * session.market + sector * session.sectors[usize::from(self.sector)];
        let overnight = quiet * (news + 0.3 * day) + told + market * session.overnight;
        // In cents a price below this says nothing.
        let close = (self.close * libm::exp(total)).max(0.05);
        let open = (self.close * libm::exp(overnight)).max(0.05);
        let reach = 0.6 * quiet * (deviation + 0.006 * session.stress.min(4.0));
        let high = open.max(close) * libm::exp(reach * random.normal().abs());
        let low = open.min(close) * libm::exp(-reach * random.normal().abs());
        (Prices { open, high, low, close }, (total / self.deviation).abs().min(8.0))
    }

    /// What is published of a day: nothing while trading is halted, and not always the truth.
    fn print(&mut self, before: f64, prices: Prices, surprise: f64, session: &Move) -> Option<Bar> {
        let random = &mut self.random;
        if self.halted > 0 {
            self.halted -= 1;
            return None;
        }
        if random.chance(1.0 / 4000.0) {
            self.halted = random.between(0.0, 5.0) as u32;
            return None;
        }
        if random.chance(1.0 / 20_000.0) {
            let price = cents(before);
            self.close = before;
            return Some(Bar { open: price, high: price, low: price, close: price, volume: 0.0 });
        }
        let busy = libm::exp(0.28 * random.normal()) * (0.7 + 0.3 * surprise) * session.stress.sqrt().sqrt();
        let volume = (self.turnover * busy).round();
        let (open, close) = (cents(prices.open), cents(prices.close));
        let bar = Bar { open, high: cents(prices.high), low: cents(prices.low), close, volume };
        Some(if random.chance(1.0 / 60_000.0) { slip(bar, random) } else { bar })
    }
}

impl Fate {
    fn is_over(self, ordinal: Ordinal) -> bool {
        match self {
            Self::Stays => false,
            Self::Fails(last) | Self::IsBought(last) => ordinal > last,
        }
    }

    /// How much the stock still follows the world, 0 to 1, and what its fate adds to the day's log return.
    fn tells(self, ordinal: Ordinal) -> (f64, f64) {
        match self {
            Self::Fails(last) if ordinal + DECLINE > last => (1.0, -0.035),
            Self::IsBought(last) if ordinal + OFFER == last => (1.0, 0.28),
            Self::IsBought(last) if ordinal + OFFER > last => (0.05, 0.0),
            _ => (1.0, 0.0),
        }
    }
}

fn fate(random: &mut Random) -> Fate {
    let (ends, fails) = (random.chance(0.05), random.chance(0.5));
    let last = random.between(150.0, SESSIONS as f64 - 10.0) as Ordinal;
    match (ends, fails) {
        (false, _) => Fate::Stays,
        (true, true) => Fate::Fails(last),
        (true, false) => Fate::IsBought(last),
    }
}

/// Two letters and `ZQ`, an ending no listed stock has. The step is coprime to 26², so no two are alike.
fn ticker(number: u64) -> String {
    let letters = number * 269 % 676;
    let letter = |at: u64| char::from(b'A' + at as u8);
    format!("{}{}ZQ", letter(letters / 26), letter(letters % 26))
}

fn cents(price: f64) -> f64 {
    (price * 100.0).round() / 100.0
}

/// A bar as careless data has it.
fn slip(bar: Bar, random: &mut Random) -> Bar {
    match (random.uniform() * 3.0) as u8 {
        0 => Bar { low: 0.0, ..bar },
        1 => Bar { high: bar.low, ..bar },
        _ => Bar { close: cents(bar.close / 10.0).max(0.01), ..bar },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn tickers_are_distinct_and_of_four_letters() {
        let tickers: BTreeSet<String> = (0..COMPANIES).map(ticker).collect();
        assert_eq!(tickers.len(), COMPANIES as usize);
        assert!(tickers.iter().all(|ticker| ticker.len() == 4 && ticker.ends_with("ZQ")));
    }

    #[test]
    fn an_offer_lifts_the_price_and_then_holds_it() {
        let fate = Fate::IsBought(100);
        assert_eq!(
            [84, 85, 86, 100].map(|ordinal| fate.tells(ordinal)),
            [(1.0, 0.0), (1.0, 0.28), (0.05, 0.0), (0.05, 0.0)]
        );
        assert!(!fate.is_over(100) && fate.is_over(101));
    }
}

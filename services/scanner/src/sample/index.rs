//! Indices of the invented companies, and one of expected volatility.

use super::{
    company::{Company, Prices},
    market::Move,
};
use bellwether_schemas::{Panel, bars::Bar};

/// Level of every index before the first session.
const BASE: f64 = 1000.0;

/// Weight of a day in the mean of squared returns, as in the RiskMetrics technical document (1996).
const FORGETTING: f64 = 0.06;

/// Which companies an index counts, and how.
struct Rule {
    symbol: &'static str,
    counts: fn(&Company, f64) -> bool,
    weight: fn(&Company, f64) -> f64,
}

/// In the order of their symbols; five and six letters, so that none is a ticker.
static RULES: [Rule; 4] = [
    Rule { symbol: "BWX500", counts: |_, _| true, weight: Company::value },
    Rule { symbol: "BWXEQ", counts: |_, _| true, weight: |_, _| 1.0 },
    Rule { symbol: "BWXSML", counts: |company, price| company.value(price) < 2.5e9, weight: Company::value },
    Rule { symbol: "BWXTEC", counts: |company, _| company.sector() == 7, weight: Company::value },
];

const VOLATILITY: &str = "BWXVOL";

/// Levels of all indices.
pub(super) struct Indices {
    levels: [f64; RULES.len()],
    bars: [Option<Bar>; RULES.len()],
    /// Mean of the squared log returns of the first index, recent days counting most.
    variance: f64,
    expected: f64,
    volatility: Option<Bar>,
}

impl Indices {
    pub(super) fn new() -> Self {
        Self {
            levels: [BASE; RULES.len()],
            bars: [None; RULES.len()],
            variance: 0.008 * 0.008,
            expected: 16.0,
            volatility: None,
        }
    }

    /// Follows the companies through one session.
    pub(super) fn step(&mut self, companies: &[Company], session: &Move) {
        let volume = companies.iter().filter_map(Company::printed).map(|bar| bar.volume).sum();
        let before = self.levels[0];
        for ((rule, level), bar) in RULES.iter().zip(&mut self.levels).zip(&mut self.bars) {
            let today = rule.ratios(companies).scaled(*level);
            *level = today.close;
            *bar = Some(today.bar(volume));
        }
        self.expect(libm::log(self.levels[0] / before), session.stress);
    }

    /// Expected volatility follows the realized one, jumps when prices fall, and is dearer than what comes true.
    fn expect(&mut self, log_return: f64, stress: f64) {
        self.variance += FORGETTING * (log_return * log_return - self.variance);
        let realized = 100.0 * (252.0 * self.variance).sqrt();
        let before = self.expected;
        let target = 1.1 * realized + 3.0 + stress;
        self.expected = (before + 0.12 * (target - before) - 110.0 * log_return).clamp(8.0, 90.0);
        let (open, close) = (before + 0.4 * (self.expected - before), self.expected);
        let prices = Prices { open, high: open.max(close) * 1.02, low: open.min(close) * 0.98, close };
        self.volatility = Some(prices.bar(0.0));
    }

    /// The bars of the session, sorted by symbol.
    pub(super) fn panel(&self) -> Panel {
        let indices = RULES.iter().map(|rule| rule.symbol).zip(self.bars);
        let mut panel = Panel::default();
        for (symbol, bar) in indices.chain([(VOLATILITY, self.volatility)]) {
            let Some(bar) = bar else { continue };
            // The symbols stand in order.
            let _ = panel.push(symbol, bar);
        }
        panel
    }
}

impl Rule {
    /// Today's prices over the close before, weighted.
    fn ratios(&self, companies: &[Company]) -> Prices {
        let (mut weights, mut sum) = (0.0, Prices { open: 0.0, high: 0.0, low: 0.0, close: 0.0 });
        for company in companies {
            let Some((before, today)) = company.day() else { continue };
            if !(self.counts)(company, before) {
                continue;
            }
            let weight = (self.weight)(company, before);
            weights += weight;
            sum.open += weight * today.open / before;
            sum.high += weight * today.high / before;
            sum.low += weight * today.low / before;
            sum.close += weight * today.close / before;
        }
        if weights == 0.0 { Prices { open: 1.0, high: 1.0, low: 1.0, close: 1.0 } } else { sum.scaled(1.0 / weights) }
    }
}

impl Prices {
    fn scaled(self, by: f64) -> Self {
        Self { open: self.open * by, high: self.high * by, low: self.low * by, close: self.close * by }
    }

    /// The extremes of stocks do not meet at one moment, so an index moves less far than their mean.
    fn bar(self, volume: f64) -> Bar {
        let (top, bottom) = (self.open.max(self.close), self.open.min(self.close));
        let hundredths = |level: f64| (level * 100.0).round() / 100.0;
        Bar {
            open: hundredths(self.open),
            high: hundredths(top + 0.4 * (self.high - top).max(0.0)),
            low: hundredths(bottom - 0.4 * (bottom - self.low).max(0.0)),
            close: hundredths(self.close),
            volume,
        }
    }
}

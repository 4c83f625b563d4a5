//! The benchmark followed: its returns, their volatility, and how far it is below its high.

use crate::{Known, Rules, benchmark, odds};
use bellwether_schemas::{
    Scan,
    position::{Limits, Risk},
    scan::Benchmark,
};
use bellwether_worker::{Volatility, benchmarks, split};
use serde::{Deserialize, Serialize};

/// Returns kept: a year of sessions.
const YEAR: usize = 252;

/// State of the benchmark. It keeps its first choice while that trades, unless a better one appears; then it begins
/// anew, so that two series are never mixed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Market {
    symbol: Option<String>,
    /// Closes since its last bar.
    absent: u32,
    /// The last [`YEAR`] daily log returns, oldest first.
    returns: Vec<f64>,
    volatility: Volatility,
    /// ln of the close over the highest one so far; 0 or less.
    below_peak: f64,
    /// The least `below_peak` was.
    deepest: f64,
}

impl Market {
    /// After a scan's bars.
    pub(crate) fn after(&self, rules: &Rules, scan: &Scan) -> Self {
        let wanted = rules.benchmark.as_deref();
        let kept = self.symbol.as_deref().filter(|symbol| {
            let outranked = |best: &Benchmark| benchmark::outranks(&best.symbol, symbol, wanted);
            let given_up = self.absent >= benchmarks::GONE_AFTER || !benchmark::fits(symbol, wanted);
            !given_up && !benchmark::best(scan, wanted).is_some_and(outranked)
        });
        match kept {
            Some(symbol) => match scan.benchmarks.iter().find(|bar| bar.symbol == symbol) {
                Some(bar) => self.with(bar),
                None => Self { absent: self.absent + 1, ..self.clone() },
            },
            None => benchmark::best(scan, wanted).map(|bar| Self::default().with(bar)).unwrap_or_default(),
        }
    }

    fn with(&self, bar: &Benchmark) -> Self {
        let next = Self { symbol: Some(bar.symbol.clone()), absent: 0, ..self.clone() };
        match bar.previous_close.filter(|close| *close > 0.0) {
            Some(previous) => next.moved(previous, bar.close),
            None => next,
        }
    }

    fn moved(mut self, previous: f64, close: f64) -> Self {
        // Not the logarithm of the quotient: that one overflows.
        let change = libm::log(close) - libm::log(previous);
        if self.returns.len() >= YEAR {
            self.returns.remove(0);
        }
        self.returns.push(change);
        self.volatility = self.volatility.after(previous, close);
        self.below_peak = (self.below_peak + change).min(0.0);
        self.deepest = self.deepest.min(self.below_peak);
        self
    }

    fn benchmark(&self) -> Known<String> {
        self.symbol.clone().ok_or_else(|| "no usable benchmark".to_owned())
    }

    /// Annualized standard deviation.
    pub(crate) fn volatility(&self) -> Known<f64> {
        self.benchmark()?;
        self.volatility.annual()
    }

    /// Value at risk and its conditional mean.
    fn tail(&self) -> Known<(f64, f64)> {
        self.benchmark()?;
        if self.returns.len() < YEAR {
            return Err(format!("{} of {YEAR} returns", self.returns.len()));
        }
        Ok(odds::tail_losses(&self.returns))
    }

    /// From the highest close of the last [`YEAR`] sessions; of fewer in the first year, since a fall is one then, too.
    pub(crate) fn drawdown(&self) -> Known<f64> {
        self.benchmark()?;
        let (mut since, mut least) = (0.0, 0.0_f64);
        for change in self.returns.iter().rev().take(YEAR - 1) {
            since += change;
            least = least.min(since);
        }
        Ok(-libm::expm1(least))
    }

    fn max_drawdown(&self) -> Known<f64> {
        self.benchmark().map(|_| -libm::expm1(self.deepest))
    }

    /// The part of the output.
    pub(crate) fn part(&self, rules: &Rules) -> Risk {
        let (benchmark, benchmark_reason) = split(self.benchmark());
        let (volatility, volatility_reason) = split(self.volatility());
        let (var_95, var_95_reason) = split(self.tail().map(|(var, _)| var));
        let (cvar_95, cvar_95_reason) = split(self.tail().map(|(_, cvar)| cvar));
        let (drawdown, drawdown_reason) = split(self.drawdown());
        let (max_drawdown, max_drawdown_reason) = split(self.max_drawdown());
        Risk {
            benchmark,
            benchmark_reason,
            volatility,
            volatility_reason,
            var_95,
            var_95_reason,
            cvar_95,
            cvar_95_reason,
            drawdown,
            drawdown_reason,
            max_drawdown,
            max_drawdown_reason,
            fall_to_80_probability: odds::fall_probability(0.8, rules.fraction),
            fall_to_50_probability: odds::fall_probability(0.5, rules.fraction),
            limits: limits(rules),
        }
    }
}

fn limits(rules: &Rules) -> Limits {
    let (var_95, cvar_95) = odds::normal_tail(rules.vol_target);
    Limits {
        volatility: rules.vol_target,
        var_95,
        cvar_95,
        drawdown: rules.drawdown_half,
        severe_drawdown: rules.drawdown_quarter,
        cap: rules.cap,
        floor: rules.floor,
        fraction: rules.fraction,
        correlation: rules.correlation,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bellwether_schemas::fixture::{benchmark, moved, scan};

    fn bar(symbol: &str, previous: Option<f64>, close: f64) -> Benchmark {
        benchmark(symbol, &previous.into_iter().chain([close]).collect::<Vec<_>>())
    }

    fn day(benchmarks: Vec<Benchmark>) -> Scan {
        Scan { benchmarks, ..scan(1, &moved(1, 0, 0)) }
    }

    /// SPY at these closes.
    fn over(closes: &[f64]) -> Market {
        closes.iter().enumerate().fold(Market::default(), |market, (i, close)| {
            let before = i.checked_sub(1).map(|before| closes[before]);
            market.after(&Rules::default(), &day(vec![bar("SPY", before, *close)]))
        })
    }

    #[test]
    fn drawdown_forgets_highs_of_more_than_a_year_ago_and_the_deepest_one_is_kept() {
        let mut closes = vec![100.0, 50.0, 80.0];
        let early = over(&closes);
        assert!((early.drawdown().unwrap() - 0.2).abs() < 1e-12 && (early.max_drawdown().unwrap() - 0.5).abs() < 1e-12);
        closes.extend([80.0; 249]);
        assert!((over(&closes).drawdown().unwrap() - 0.2).abs() < 1e-12);
        closes.push(80.0);
        let late = over(&closes);
        assert!(late.drawdown().unwrap().abs() < 1e-12);
        assert!((late.max_drawdown().unwrap() - 0.5).abs() < 1e-12);
    }

    #[test]
    fn a_tail_needs_a_year() {
        assert_eq!(over(&[100.0; 252]).tail(), Err("251 of 252 returns".to_owned()));
        assert_eq!(over(&[100.0; 253]).tail(), Ok((0.0, 0.0)));
    }

    #[test]
    fn a_better_benchmark_takes_over_and_begins_anew() {
        let rules = Rules::default();
        let first = Market::default().after(&rules, &day(vec![bar("DIA", None, 10.0), bar("^GSPC", Some(9.0), 10.0)]));
        assert_eq!((first.symbol.as_deref(), first.returns.len()), (Some("^GSPC"), 1));
        let better = first.after(&rules, &day(vec![bar("SPY", None, 10.0), bar("^GSPC", Some(10.0), 11.0)]));
        assert_eq!((better.symbol.as_deref(), better.returns.len()), (Some("SPY"), 0));
    }

    #[test]
    fn a_benchmark_that_stays_away_is_given_up() {
        let (rules, without) = (Rules::default(), day(vec![bar("DIA", Some(10.0), 10.0)]));
        let mut market = Market::default().after(&rules, &day(vec![bar("SPY", Some(9.0), 10.0)]));
        for _ in 0..20 {
            market = market.after(&rules, &without);
            assert_eq!(market.symbol.as_deref(), Some("SPY"));
        }
        assert_eq!(market.after(&rules, &day(Vec::new())), Market::default());
        assert_eq!(market.after(&rules, &without).symbol.as_deref(), Some("DIA"));
    }

    #[test]
    fn another_benchmark_in_the_settings_is_not_mixed_with_the_one_before() {
        let before = Market::default().after(&Rules::default(), &day(vec![bar("SPY", Some(9.0), 10.0)]));
        let rules = Rules { benchmark: Some("QQQ".to_owned()), ..Rules::default() };
        assert_eq!(before.after(&rules, &day(vec![bar("SPY", Some(10.0), 10.0)])), Market::default());
        let wanted = before.after(&rules, &day(vec![bar("QQQ", Some(10.0), 10.0), bar("SPY", Some(10.0), 10.0)]));
        assert_eq!((wanted.symbol.as_deref(), wanted.returns), (Some("QQQ"), vec![0.0]));
    }

    #[test]
    fn without_a_benchmark_nothing_is_known() {
        let market = Market::default().after(&Rules::default(), &day(vec![bar("^VIX", Some(10.0), 20.0)]));
        let part = market.part(&Rules::default());
        assert_eq!((part.benchmark, part.volatility, part.drawdown), (None, None, None));
        assert_eq!(part.volatility_reason.as_deref(), Some("no usable benchmark"));
    }
}

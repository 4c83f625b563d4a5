//! How much to risk on one hit of the preferred side.

use crate::{
    Known, Rules, brakes, edge::Edge, event::Regime, ledger::Ledger, market::Market, records, stands::Advice, stops,
    tally::Tally,
};
use bellwether_schemas::{
    Scan, Side,
    position::{Brake, BrakeName, Kelly, StopSource},
    regime::Class,
};
use bellwether_worker::split;

/// What the figures say after a scan. Missing values carry their reason.
pub(crate) struct Sizing {
    pub(crate) class: Known<Class>,
    pub(crate) side: Known<Side>,
    pub(crate) tally: Known<Tally>,
    pub(crate) edge: Known<Edge>,
    pub(crate) brakes: Vec<Brake>,
    pub(crate) binding: Known<BrakeName>,
    /// Share of equity at risk on one position, all brakes applied.
    pub(crate) size: Known<f64>,
    pub(crate) stop: Known<(f64, StopSource)>,
    /// Hits of the side in the scan.
    pub(crate) positions: Known<u32>,
    pub(crate) effective_positions: Known<f64>,
    pub(crate) size_each: Known<f64>,
}

impl Sizing {
    pub(crate) fn of(rules: &Rules, ledger: &Ledger, market: &Market, regime: &Regime, scan: &Scan) -> Self {
        let class = regime.class.clone();
        let side = class.clone().and_then(|class| preferred(rules, ledger, class));
        let tally = class.clone().and_then(|class| Ok(*ledger.of(class, side.clone()?)));
        let edge = tally.clone().and_then(|tally| Edge::of(&tally, rules.shrink));
        let kelly = edge.clone().map(|edge| edge.shrunk);
        let brakes = brakes::chain(rules, &kelly, market, regime);
        let size = kelly.clone().map(|_| brakes.last().and_then(|brake| brake.result).unwrap_or(0.0));
        let positions = side.clone().map(|side| scan.hits.iter().filter(|hit| hit.side == side).count() as u32);
        let crowding = positions.clone().and_then(|n| crowding(n, rules.correlation));
        Self {
            binding: brakes::binding(&brakes, &kelly),
            stop: side.clone().and_then(|side| stop(ledger, scan, side)),
            effective_positions: crowding.clone().and_then(|crowding| Ok(f64::from(positions.clone()?) / crowding)),
            size_each: size.clone().and_then(|size| Ok(size / crowding?)),
            class,
            side,
            tally,
            edge,
            brakes,
            size,
            positions,
        }
    }

    /// What is remembered to be scored once the hits of this scan have ended.
    pub(crate) fn advice(&self) -> Option<Advice> {
        let (Ok(side), Ok(edge), Ok(each)) = (&self.side, &self.edge, &self.size_each) else { return None };
        Some(Advice(*side, edge.shrunk.max(0.0), *each))
    }

    pub(crate) fn notional(&self) -> Known<f64> {
        match self.size.clone()? {
            0.0 => Ok(0.0),
            size => Ok(size / self.stop.clone()?.0),
        }
    }

    /// The part of the output.
    pub(crate) fn part(self, ledger: &Ledger, rules: &Rules) -> Kelly {
        let tally = |of: fn(&Tally) -> Known<f64>| split(self.tally.clone().and_then(|tally| of(&tally)));
        let edge = |of: fn(&Edge) -> f64| split(self.edge.clone().map(|edge| of(&edge)));
        let (win_rate, win_rate_reason) = tally(Tally::win_rate);
        let (mean_win_r, mean_win_r_reason) = tally(Tally::mean_win);
        let (mean_loss_r, mean_loss_r_reason) = tally(Tally::mean_loss);
        let (p_break_even, p_break_even_reason) = edge(|edge| edge.p_break_even);
        let (p_posterior, p_posterior_reason) = edge(|edge| edge.p_posterior);
        let (kelly_raw, kelly_raw_reason) = edge(|edge| edge.raw);
        let (kelly_shrunk, kelly_shrunk_reason) = edge(|edge| edge.shrunk);
        let (negative_edge_probability, negative_edge_probability_reason) = edge(Edge::negative_probability);
        let (interval, interval_reason) = split(self.edge.clone().map(|edge| edge.interval()));
        let (n, n_reason) = split(self.tally.clone().map(|tally| tally.n));
        let (wins, wins_reason) = split(self.tally.clone().map(|tally| tally.wins));
        let pooled = self.side.clone().and_then(|side| records::pooled(ledger, side, self.tally.clone()?.n, rules));
        let (pooled, pooled_reason) = split(pooled);
        let (notional_fraction, notional_fraction_reason) = split(self.notional());
        let (stop_distance, stop_distance_reason) = split(self.stop.clone().map(|(distance, _)| distance));
        let (stop_distance_from, stop_distance_from_reason) = split(self.stop.map(|(_, source)| source));
        let (class, class_reason) = split(self.class);
        let (side, side_reason) = split(self.side);
        let (risk_fraction, risk_fraction_reason) = split(self.size);
        let (binding, binding_reason) = split(self.binding);
        let (positions, positions_reason) = split(self.positions);
        let (effective_positions, effective_positions_reason) = split(self.effective_positions);
        let (risk_fraction_each, risk_fraction_each_reason) = split(self.size_each);
        Kelly {
            class,
            class_reason,
            side,
            side_reason,
            risk_fraction,
            risk_fraction_reason,
            notional_fraction,
            notional_fraction_reason,
            stop_distance,
            stop_distance_reason,
            stop_distance_from,
            stop_distance_from_reason,
            n,
            n_reason,
            wins,
            wins_reason,
            win_rate,
            win_rate_reason,
            mean_win_r,
            mean_win_r_reason,
            mean_loss_r,
            mean_loss_r_reason,
            p_break_even,
            p_break_even_reason,
            p_posterior,
            p_posterior_reason,
            kelly_raw,
            kelly_raw_reason,
            kelly_shrunk,
            kelly_shrunk_reason,
            interval,
            interval_reason,
            negative_edge_probability,
            negative_edge_probability_reason,
            brakes: self.brakes,
            binding,
            binding_reason,
            positions,
            positions_reason,
            effective_positions,
            effective_positions_reason,
            risk_fraction_each,
            risk_fraction_each_reason,
            pooled,
            pooled_reason,
            by_class: records::by_class(ledger, rules),
        }
    }
}

/// The side the class points to. A choppy market points nowhere: there the better edge decides, long if both are equal.
fn preferred(rules: &Rules, ledger: &Ledger, class: Class) -> Known<Side> {
    match class.step().signum() {
        1 => return Ok(Side::Long),
        -1 => return Ok(Side::Short),
        _ => {}
    }
    let kelly = |side| Edge::of(ledger.of(class, side), rules.shrink).map(|edge| edge.shrunk);
    match (kelly(Side::Long), kelly(Side::Short)) {
        (Ok(long), Ok(short)) if short > long => Ok(Side::Short),
        (Ok(_), _) => Ok(Side::Long),
        (Err(_), Ok(_)) => Ok(Side::Short),
        (Err(_), Err(_)) => Err("a choppy market points to no side, and neither has a known edge in it yet".to_owned()),
    }
}

fn stop(ledger: &Ledger, scan: &Scan, side: Side) -> Known<(f64, StopSource)> {
    let hits = stops::of_hits(scan, side).map(|distance| (distance, StopSource::Hits));
    let outcomes = || ledger.stop_share(side).map(|distance| (distance, StopSource::RecentOutcomes));
    hits.or_else(outcomes).ok_or_else(|| "no hit of the side in this scan, and no outcome of one so far".to_owned())
}

/// Positions that count as one: 1 + (N − 1)·ρ of N equal ones with the correlation ρ.
fn crowding(positions: u32, correlation: f64) -> Known<f64> {
    match positions {
        0 => Err("no hit of the side in this scan".to_owned()),
        n => Ok(1.0 + f64::from(n - 1) * correlation),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bellwether_schemas::{
        fixture::{session, symbol},
        scan::Exit,
        scan::Outcome,
    };

    fn ledger(class: Class, results: &[(Side, f64)]) -> Ledger {
        let mut ledger = Ledger::default();
        for &(side, r) in results {
            let (hit_session, exit_session) = (session(1), session(2));
            let (symbol, exit) = (symbol("A"), Exit::Time);
            let outcome =
                Outcome { symbol, side, hit_ordinal: 1, hit_session, exit_session, exit, r, stop_share: 0.1, held: 1 };
            ledger.book(&outcome, Some(class));
        }
        ledger
    }

    fn side(class: Class, results: &[(Side, f64)]) -> Known<Side> {
        preferred(&Rules::default(), &ledger(class, results), class)
    }

    #[test]
    fn up_classes_prefer_long_and_down_classes_short() {
        for class in Class::ALL {
            let expected = match class.step() {
                1.. => Ok(Side::Long),
                ..=-1 => Ok(Side::Short),
                0 => side(class, &[]),
            };
            assert_eq!(side(class, &[]), expected);
        }
    }

    #[test]
    fn in_a_choppy_market_the_better_edge_decides() {
        use Side::{Long, Short};
        assert!(side(Class::Choppy, &[]).is_err());
        let (long, short) = ([(Long, 2.0), (Long, -1.0)], [(Short, 1.0), (Short, -1.0)]);
        assert_eq!(side(Class::Choppy, &short), Ok(Short));
        assert_eq!(side(Class::Choppy, &[long, short].concat()), Ok(Long));
        assert_eq!(side(Class::Choppy, &[[(Long, 1.0), (Long, -1.0)], short].concat()), Ok(Long));
        assert_eq!(side(Class::Choppy, &[[(Long, 1.0), (Long, -1.1)], short].concat()), Ok(Short));
    }

    #[test]
    fn many_correlated_positions_count_as_few() {
        // N/(1 + (N − 1)ρ): 10 at 0.3 count as 2.70.
        assert_eq!((crowding(1, 0.3), crowding(10, 0.0)), (Ok(1.0), Ok(1.0)));
        assert!((10.0 / crowding(10, 0.3).unwrap() - 10.0 / 3.7).abs() < 1e-15);
        assert!(crowding(0, 0.3).is_err());
    }
}

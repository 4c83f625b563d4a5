//! What takes Kelly's fraction down to the size advised.
//!
//! One after the other, the hard cap last. A brake that rests on something unknown leaves the size as it was and says
//! so: its factor is missing, not 1.

use crate::{Known, Rules, event::Regime, market::Market};
use bellwether_schemas::position::{Brake, BrakeName};
use bellwether_worker::split;

/// The brakes applied to Kelly's fraction of an edge; a negative edge gives 0.
pub(crate) fn chain(rules: &Rules, kelly: &Known<f64>, market: &Market, regime: &Regime) -> Vec<Brake> {
    let mut chain = Chain { size: kelly.clone().map(|kelly| kelly.max(0.0)), brakes: Vec::with_capacity(6) };
    chain.brake(BrakeName::KellyFraction, kelly.clone(), Ok(rules.fraction));
    let volatility = market.volatility();
    chain.brake(BrakeName::VolatilityTarget, volatility.clone(), volatility.map(|v| (rules.vol_target / v).min(1.0)));
    let drawdown = market.drawdown();
    chain.brake(BrakeName::Drawdown, drawdown.clone(), drawdown.map(|d| drawdown_factor(rules, d)));
    let conflict = regime.conflict.clone().map(|conflict| if conflict { 0.5 } else { 1.0 });
    chain.brake(BrakeName::Breadth, regime.opposing_share.clone(), conflict);
    if rules.floor > 0.0 {
        chain.limit(BrakeName::Floor, |size| if size < rules.floor { 0.0 } else { size });
    }
    chain.limit(BrakeName::Cap, |size| size.min(rules.cap));
    chain.brakes
}

/// The brake that set the number: the cap or the floor if it cut anything, else the strongest, the later of equals.
pub(crate) fn binding(brakes: &[Brake], kelly: &Known<f64>) -> Known<BrakeName> {
    if kelly.clone()? <= 0.0 {
        return Err("the edge itself leaves nothing to size".to_owned());
    }
    let cuts = || brakes.iter().filter_map(|brake| Some((brake.name, brake.factor.filter(|factor| *factor < 1.0)?)));
    let limit = cuts().find(|(name, _)| matches!(name, BrakeName::Floor | BrakeName::Cap));
    let strongest = || cuts().reduce(|best, brake| if brake.1 <= best.1 { brake } else { best });
    Ok(limit.or_else(strongest).map_or(BrakeName::KellyFraction, |(name, _)| name))
}

struct Chain {
    size: Known<f64>,
    brakes: Vec<Brake>,
}

impl Chain {
    fn brake(&mut self, name: BrakeName, measured: Known<f64>, factor: Known<f64>) {
        if let (Ok(size), Ok(factor)) = (&mut self.size, &factor) {
            *size *= factor;
        }
        self.push(name, measured, factor);
    }

    fn limit(&mut self, name: BrakeName, limited: impl Fn(f64) -> f64) {
        let before = self.size.clone();
        self.size = before.clone().map(limited);
        let factor = before.clone().and_then(|before| Ok(if before > 0.0 { self.size.clone()? / before } else { 1.0 }));
        self.push(name, before, factor);
    }

    fn push(&mut self, name: BrakeName, measured: Known<f64>, factor: Known<f64>) {
        let (factor, factor_reason) = split(factor);
        let (result, result_reason) = split(self.size.clone());
        let (measured, measured_reason) = split(measured);
        let brake = Brake { name, factor, factor_reason, result, result_reason, measured, measured_reason };
        self.brakes.push(brake);
    }
}

fn drawdown_factor(rules: &Rules, drawdown: f64) -> f64 {
    match () {
        () if drawdown > rules.drawdown_quarter => 0.25,
        () if drawdown > rules.drawdown_half => 0.5,
        () => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bellwether_schemas::{Quality, regime::Class};
    use proptest::prelude::*;

    fn regime(conflict: bool) -> Regime {
        Regime {
            class: Ok(Class::Uptrend),
            conflict: Ok(conflict),
            opposing_share: Ok(if conflict { 0.712 } else { 0.3 }),
            quality: Quality::Ok,
            quality_reason: None,
        }
    }

    /// The chain over a market that is not known.
    fn brakes(kelly: f64, conflict: bool) -> Vec<Brake> {
        chain(&Rules::default(), &Ok(kelly), &Market::default(), &regime(conflict))
    }

    fn results(brakes: &[Brake]) -> Vec<f64> {
        brakes.iter().map(|brake| brake.result.unwrap()).collect()
    }

    fn bound(kelly: f64, conflict: bool) -> Known<BrakeName> {
        binding(&brakes(kelly, conflict), &Ok(kelly))
    }

    #[test]
    fn a_conflict_halves_the_size_and_binds() {
        assert_eq!(results(&brakes(0.03, false)), [0.015; 5]);
        assert_eq!(results(&brakes(0.03, true)), [0.015, 0.015, 0.015, 0.0075, 0.0075]);
        assert_eq!((bound(0.03, false), bound(0.03, true)), (Ok(BrakeName::KellyFraction), Ok(BrakeName::Breadth)));
    }

    #[test]
    fn the_cap_comes_last_and_binds_when_it_cuts() {
        let chain = brakes(0.2, true);
        assert_eq!(results(&chain)[3..], [0.05, 0.02]);
        assert_eq!((chain[4].factor, chain[4].measured), (Some(0.02 / 0.05), Some(0.05)));
        assert_eq!(bound(0.2, true), Ok(BrakeName::Cap));
    }

    #[test]
    fn a_negative_edge_and_none_give_nothing() {
        assert_eq!(results(&brakes(-0.1, false)), [0.0; 5]);
        assert!(bound(-0.1, false).is_err() && bound(0.0, false).is_err());
    }

    #[test]
    fn an_unknown_brake_has_no_factor_and_changes_nothing() {
        let chain = brakes(0.03, false);
        assert_eq!((chain[1].factor, chain[1].result), (None, Some(0.015)));
        assert_eq!(chain[1].factor_reason.as_deref(), Some("no usable benchmark"));
    }

    #[test]
    fn drawdown_brakes_over_each_bound_not_at_it() {
        let factor = |drawdown| drawdown_factor(&Rules::default(), drawdown);
        assert_eq!([0.05, 0.1, 0.11, 0.2, 0.21].map(factor), [1.0, 1.0, 0.5, 0.5, 0.25]);
    }

    #[test]
    fn a_floor_rounds_down_to_nothing_only() {
        let rules = Rules { floor: 0.01, ..Rules::default() };
        let of = |kelly: f64| chain(&rules, &Ok(kelly), &Market::default(), &regime(false));
        assert_eq!(of(0.019).last().unwrap().result, Some(0.0));
        assert_eq!(binding(&of(0.019), &Ok(0.019)), Ok(BrakeName::Floor));
        assert_eq!(of(0.021).last().unwrap().result, Some(0.0105));
    }

    proptest! {
        #[test]
        fn no_brake_raises_the_size_and_the_cap_is_never_exceeded(
            kelly in -1.0..1.0_f64, conflict: bool, cap in 0.001..0.1_f64, fraction in 0.1..=1.0_f64,
        ) {
            let rules = Rules { cap, fraction, ..Rules::default() };
            let results = results(&chain(&rules, &Ok(kelly), &Market::default(), &regime(conflict)));
            prop_assert!(results.windows(2).all(|pair| pair[1] <= pair[0]));
            prop_assert!(results[0] <= kelly.max(0.0));
            prop_assert!((0.0..=cap).contains(results.last().unwrap()));
        }
    }
}

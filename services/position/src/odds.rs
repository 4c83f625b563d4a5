//! Figures of risk that stand for themselves.

/// Share of the sessions that are worse than the value at risk.
const TAIL: f64 = 0.05;

/// Value at risk and its conditional mean, as losses, from daily log returns.
///
/// The worst 5 % of n observations are 0.05·n of them, the last of these in part: value at risk is that one's loss, and
/// the mean gives it the weight of its part (Rockafellar and Uryasev, Conditional value-at-risk for general loss
/// distributions, 2002, proposition 8). `returns` holds at least one.
pub(crate) fn tail_losses(returns: &[f64]) -> (f64, f64) {
    let mut losses: Vec<f64> = returns.iter().map(|r| -r).collect();
    losses.sort_unstable_by(|a, b| b.total_cmp(a));
    let mass = TAIL * losses.len() as f64;
    let boundary = (mass.ceil() as usize).clamp(1, losses.len()) - 1;
    let whole: f64 = losses[..boundary].iter().sum();
    let part = mass - boundary as f64;
    (losses[boundary], (whole + part * losses[boundary]) / mass)
}

/// Probability that equity ever falls to the share `x` of its start when `fraction` of Kelly's stake is held.
///
/// x^(2/c − 1): Thorp (1997), section 7, for a stake adjusted all the time. `x` and `fraction` above 0, at most 1.
pub(crate) fn fall_probability(x: f64, fraction: f64) -> f64 {
    libm::pow(x, 2.0 / fraction - 1.0)
}

/// Daily value at risk and its conditional mean of a normal market with this annual volatility.
///
/// z = 1.645 standard deviations, and φ(z)/0.05 = 2.063 of them.
pub(crate) fn normal_tail(volatility: f64) -> (f64, f64) {
    let daily = volatility / libm::sqrt(252.0);
    (1.644_853_626_951_472_2 * daily, 2.062_712_807_507_426 * daily)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_boundary_observation_counts_in_part() {
        // 252 losses 1 … 252: the worst 12.6 are 252 … 241 and 0.6 of 240.
        let returns: Vec<f64> = (1..=252).map(|loss| -f64::from(loss)).collect();
        let (var, cvar) = tail_losses(&returns);
        assert_eq!(var, 240.0);
        assert!((cvar - ((241..=252).sum::<i32>() as f64 + 0.6 * 240.0) / 12.6).abs() < 1e-12);
    }

    #[test]
    fn few_observations_have_a_tail_too() {
        assert_eq!(tail_losses(&[-0.02]), (0.02, 0.02));
        let (var, cvar) = tail_losses(&[-0.02, 0.01, -0.05]);
        assert!((var - 0.05).abs() < 1e-15 && (cvar - 0.05).abs() < 1e-15);
    }

    #[test]
    fn falls_under_half_and_full_kelly() {
        assert!((fall_probability(0.5, 1.0) - 0.5).abs() < 1e-15);
        assert!((fall_probability(0.5, 0.5) - 0.125).abs() < 1e-15);
        assert!((fall_probability(0.8, 0.5) - 0.512).abs() < 1e-15);
    }

    #[test]
    fn a_normal_tail_at_15_percent_a_year() {
        // scipy.stats.norm: ppf(0.95), pdf(ppf(0.95))/0.05
        let (var, cvar) = normal_tail(0.15);
        assert!((var - 0.015_542_4).abs() < 1e-6 && (cvar - 0.019_490_8).abs() < 1e-6, "{var} {cvar}");
    }
}

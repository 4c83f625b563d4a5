//! Kelly's fraction of a bet that wins W or loses A, drawn towards none by how few bets there were.
//!
//! Source: J. L. Kelly, A New Interpretation of Information Rate (1956); E. O. Thorp, The Kelly Criterion in Blackjack,
//! Sports Betting and the Stock Market (1997), section 2: with odds b = W/A the fraction is p − (1 − p)/b. The win rate
//! has the prior Beta(κ·p₀, κ·(1 − p₀)), whose mean is the break-even rate p₀ = 1/(1 + W/A).

use crate::{Known, tally::Tally};
use bellwether_schemas::position::Interval;
use bellwether_worker::beta;

/// What a tally says of the next bet of its kind.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Edge {
    pub(crate) p_break_even: f64,
    pub(crate) p_posterior: f64,
    /// Fraction at the win rate.
    pub(crate) raw: f64,
    /// Fraction at the posterior mean of the win rate.
    pub(crate) shrunk: f64,
    /// Mean loss over mean win, A/W.
    price: f64,
    /// Parameters of the posterior.
    alpha: f64,
    beta: f64,
}

impl Edge {
    /// With the weight `shrink` (κ) of the prior, in outcomes.
    pub(crate) fn of(tally: &Tally, shrink: f64) -> Known<Self> {
        let (rate, win, loss) = (tally.win_rate()?, tally.mean_win()?, tally.mean_loss()?);
        let price = loss / win;
        if !price.is_finite() {
            return Err("the wins are too small to divide by".to_owned());
        }
        let p_break_even = loss / (loss + win);
        let (alpha, beta) =
            (tally.wins as f64 + shrink * p_break_even, tally.losses() as f64 + shrink * (1.0 - p_break_even));
        let p_posterior = alpha / (alpha + beta);
        let raw = fraction(rate, price);
        // Not fraction(p_posterior): that would lose the sign of an edge near none.
        let shrunk = raw * (tally.n as f64 / (tally.n as f64 + shrink));
        Ok(Self { p_break_even, p_posterior, raw, shrunk, price, alpha, beta })
    }

    pub(crate) fn interval(&self) -> Interval {
        let at = |probability| fraction(beta::quantile(probability, self.alpha, self.beta), self.price);
        Interval { p10: at(0.1), p50: at(0.5), p90: at(0.9) }
    }

    /// Probability that the win rate is under break-even.
    pub(crate) fn negative_probability(&self) -> f64 {
        beta::regularized(self.p_break_even, self.alpha, self.beta)
    }
}

/// A rounding error is no edge.
fn fraction(p: f64, price: f64) -> f64 {
    let fraction = p - (1.0 - p) * price;
    if fraction.abs() < 1e-12 { 0.0 } else { fraction }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// So many wins of `win` and losses of `loss`.
    fn tally(wins: u32, win: f64, losses: u32, loss: f64) -> Tally {
        let mut tally = Tally::default();
        (0..wins).for_each(|_| tally.book(win));
        (0..losses).for_each(|_| tally.book(-loss));
        tally
    }

    fn edge(wins: u32, win: f64, losses: u32, loss: f64) -> Edge {
        Edge::of(&tally(wins, win, losses, loss), 30.0).unwrap()
    }

    #[test]
    fn textbook_bets() {
        // Thorp (1997), section 2; Haghani and Dewey (2016); f* = (bp − q)/b.
        for (wins, losses, odds, expected) in
            [(51, 49, 1.0, 0.02), (53, 47, 1.0, 0.06), (60, 40, 1.0, 0.2), (50, 50, 2.0, 0.25)]
        {
            assert!((edge(wins, odds, losses, 1.0).raw - expected).abs() < 1e-12);
        }
    }

    #[test]
    fn the_posterior_of_the_win_rate_is_drawn_towards_break_even() {
        // 60 wins of 1.5, 40 losses of 1: p0 = 0.4, p = (60 + 12)/130, g = p − (1 − p)/1.5.
        let edge = edge(60, 1.5, 40, 1.0);
        assert!((edge.p_break_even - 0.4).abs() < 1e-15);
        assert!((edge.p_posterior - 72.0 / 130.0).abs() < 1e-15);
        assert!((edge.raw - (0.6 - 0.4 / 1.5)).abs() < 1e-15);
        assert!((edge.shrunk - (72.0 / 130.0 - 58.0 / 130.0 / 1.5)).abs() < 1e-15);
        assert!((edge.shrunk - edge.raw * 100.0 / 130.0).abs() < 1e-15);
    }

    #[test]
    fn break_even_gives_no_size_and_even_chances() {
        let edge = edge(40, 1.5, 60, 1.0);
        assert_eq!((edge.raw, edge.shrunk), (0.0, 0.0));
        assert!((edge.negative_probability() - 0.5).abs() < 0.02, "{}", edge.negative_probability());
    }

    #[test]
    fn the_interval_agrees_with_the_binomial_tail() {
        // Without a prior, 1 win and 1 loss: uniform, so g = 2p − 1 at p = 0.1, 0.5, 0.9.
        let edge = Edge::of(&tally(1, 1.0, 1, 1.0), 0.0).unwrap();
        let Interval { p10, p50, p90 } = edge.interval();
        assert!((p10 + 0.8).abs() < 1e-12 && p50.abs() < 1e-12 && (p90 - 0.8).abs() < 1e-12);
        assert!((edge.negative_probability() - 0.5).abs() < 1e-12);
    }

    #[test]
    fn without_a_win_or_a_loss_there_is_no_edge() {
        assert_eq!(Edge::of(&tally(0, 1.0, 3, 1.0), 30.0), Err("no win yet".to_owned()));
        assert_eq!(Edge::of(&tally(3, 1.0, 0, 1.0), 30.0), Err("no loss yet".to_owned()));
        assert!(Edge::of(&tally(1, f64::MIN_POSITIVE / 4.0, 1, 1.0), 30.0).is_err());
    }

    proptest! {
        #[test]
        fn more_outcomes_of_the_same_kind_never_lower_a_positive_size(
            (wins, losses) in (1..40_u32, 1..40_u32), times in 2..20_u32, win in 0.1..5.0_f64, loss in 0.1..5.0_f64,
        ) {
            let (few, many) = (edge(wins, win, losses, loss), edge(wins * times, win, losses * times, loss));
            prop_assume!(few.raw > 1e-9);
            prop_assert!(many.shrunk > few.shrunk);
            prop_assert!(many.shrunk < many.raw);
        }

        #[test]
        fn the_interval_is_in_order_and_agrees_with_the_chance_of_a_negative_edge(
            (wins, losses) in (1..400_u32, 1..400_u32), win in 0.1..5.0_f64, loss in 0.1..5.0_f64,
        ) {
            let edge = edge(wins, win, losses, loss);
            let (interval, negative) = (edge.interval(), edge.negative_probability());
            prop_assert!(interval.p10 <= interval.p50 && interval.p50 <= interval.p90);
            prop_assert_eq!(interval.p10 < 0.0, negative > 0.1);
            prop_assert_eq!(interval.p90 < 0.0, negative > 0.9);
        }
    }
}

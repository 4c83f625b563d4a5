use super::{Probabilities, normalise};
use bellwether_schemas::regime::Class;
use serde::{Deserialize, Serialize};

/// What w begins at, and the evidence for it in squared distance between the two forecasts: little, so that w is soon its
/// own past's.
const START: f64 = 0.5;
const PRIOR: f64 = 1.0;

/// w on the class that stands, the rest as climatology has it, w being what would have scored best so far in RPS.
///
/// Plain persistence, all on one class, is beaten by whoever dares less; this mixture is what a forecast must beat to
/// know more than that the market is slow. Source: A. H. Murphy, Climatology, persistence, and their linear combination
/// as standards of reference in skill scores, Weather and Forecasting 7 (1992).
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Damping {
    /// Sum of d·r, d the cumulative distance from climatology to persistence, r that to what came.
    product: f64,
    /// Sum of d·d.
    square: f64,
}

impl Damping {
    /// RPS is quadratic in w, so that its least value is Σd·r / Σd·d.
    fn weight(&self) -> f64 {
        ((START * PRIOR + self.product) / (PRIOR + self.square)).clamp(0.0, 1.0)
    }

    pub(super) fn forecast(&self, stands: Class, climatology: &Probabilities) -> Probabilities {
        let weight = self.weight();
        let mut mixed = climatology.map(|share| (1.0 - weight) * share);
        mixed[stands.index()] += weight;
        normalise(mixed)
    }

    pub(super) fn learn(&mut self, stood: Class, climatology: &Probabilities, came: Class) {
        let mut below = 0.0;
        for (at, share) in climatology[..6].iter().enumerate() {
            below += share;
            let reached = |class: Class| if class.index() <= at { 1.0 } else { 0.0 };
            let distance = reached(stood) - below;
            self.product += distance * (reached(came) - below);
            self.square += distance * distance;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prediction::score::rps;

    const CLIMATOLOGY: Probabilities = [0.1, 0.1, 0.1, 0.4, 0.1, 0.1, 0.1];

    fn after(pairs: &[(Class, Class)]) -> Damping {
        let mut damping = Damping::default();
        pairs.iter().for_each(|(stood, came)| damping.learn(*stood, &CLIMATOLOGY, *came));
        damping
    }

    #[test]
    fn it_begins_half_way() {
        let forecast = Damping::default().forecast(Class::Uptrend, &CLIMATOLOGY);
        assert!((forecast[5] - 0.55).abs() < 1e-12 && (forecast[3] - 0.2).abs() < 1e-12, "{forecast:?}");
    }

    #[test]
    fn where_classes_last_it_stays_so_and_where_they_turn_it_becomes_climatology() {
        assert!(after(&[(Class::Uptrend, Class::Uptrend); 500]).weight() > 0.98);
        let turned = after(&[(Class::Uptrend, Class::Downtrend); 50]);
        assert_eq!(turned.forecast(Class::Uptrend, &CLIMATOLOGY), CLIMATOLOGY);
    }

    #[test]
    fn no_other_weight_would_have_scored_better() {
        let pairs: Vec<_> = (0..700).map(|i| (Class::ALL[i % 7], Class::ALL[(i % 7 + (i * i / 3) % 4) % 7])).collect();
        let damping = after(&pairs);
        let cost = |weight: f64| -> f64 {
            let mixed = |stood: Class| {
                std::array::from_fn(|at| {
                    (1.0 - weight) * CLIMATOLOGY[at] + if at == stood.index() { weight } else { 0.0 }
                })
            };
            pairs.iter().map(|(stood, came)| rps(&mixed(*stood), *came)).sum()
        };
        // What is left of the prior moves it by less than a hundredth.
        let best = (0..=1000).map(|i| f64::from(i) / 1000.0).min_by(|a, b| cost(*a).total_cmp(&cost(*b))).unwrap();
        assert!(0.05 < best && best < 0.95, "{best} tests nothing");
        assert!((damping.weight() - best).abs() < 0.01, "{} is not {best}", damping.weight());
    }
}

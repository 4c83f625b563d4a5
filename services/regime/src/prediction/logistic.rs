use super::{Probabilities, features::FEATURES, normalise};
use bellwether_schemas::regime::Class;
use serde::{Deserialize, Serialize};

/// Part of the transition forecast's log odds that the model starts from. All of it would count the class twice, as the
/// smoothed share says nearly the same.
const TRUST: f64 = 0.5;

/// Uniform part mixed into the transition forecast, which early on rules out what it has not seen.
const DOUBT: f64 = 0.2;

/// First learning rate, and the number of lessons after which it has fallen to 1/√2 of it.
const RATE: f64 = 0.04;
const SLOWING: f64 = 100.0;

/// Steps over which a lesson about one class also counts for its neighbours.
const REACH: f64 = 2.0;

/// Multinomial logistic regression by stochastic gradient descent: logits = ½ ln(transition forecast) + W·(1, features).
///
/// Classes are ordered, so what is learned about one is shared with its neighbours by a Gaussian kernel, which
/// preconditions the gradient. The rate falls as 1/√n (Robbins and Monro, Annals of Mathematical Statistics 22, 1951).
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Logistic {
    /// By class; the constant first.
    weights: [[f64; FEATURES + 1]; 7],
    lessons: u32,
}

impl Logistic {
    pub(super) fn forecast(&self, features: &[f64; FEATURES], transition: &Probabilities) -> Probabilities {
        let start = |class: usize| TRUST * libm::log((1.0 - DOUBT) * transition[class] + DOUBT / 7.0);
        softmax(std::array::from_fn(|class| {
            let [constant, weights @ ..] = &self.weights[class];
            weights.iter().zip(features).fold(start(class) + constant, |sum, (weight, value)| sum + weight * value)
        }))
    }

    /// Moves the weights along the gradient of the log loss of a forecast made from `features`.
    pub(super) fn learn(&mut self, features: &[f64; FEATURES], forecast: &Probabilities, came: Class) {
        let rate = RATE / (1.0 + f64::from(self.lessons) / SLOWING).sqrt();
        let errors: Probabilities =
            std::array::from_fn(|class| if class == came.index() { 1.0 - forecast[class] } else { -forecast[class] });
        let kinship = kinship();
        for (class, weights) in self.weights.iter_mut().enumerate() {
            let shared = |other: usize| kinship[class.abs_diff(other)];
            let step = rate * errors.iter().enumerate().fold(0.0, |sum, (other, error)| sum + shared(other) * error);
            weights[0] += step;
            weights[1..].iter_mut().zip(features).for_each(|(weight, value)| *weight += step * value);
        }
        self.lessons = self.lessons.saturating_add(1);
    }
}

/// How much of a lesson counts for a class so many steps away.
fn kinship() -> [f64; 7] {
    std::array::from_fn(|apart| libm::exp(-0.5 * (apart as f64 / REACH) * (apart as f64 / REACH)))
}

fn softmax(logits: [f64; 7]) -> Probabilities {
    let largest = logits.iter().fold(f64::NEG_INFINITY, |largest, logit| largest.max(*logit));
    let odds = logits.map(|logit| libm::exp(logit - largest));
    let sum = odds.iter().sum::<f64>();
    normalise(odds.map(|one| one / sum))
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVEN: Probabilities = [1.0 / 7.0; 7];

    #[test]
    fn untaught_it_is_the_transition_forecast_made_less_sure() {
        let transition = [0.0, 0.0, 0.0, 0.2, 0.8, 0.0, 0.0];
        let forecast = Logistic::default().forecast(&[1.0; FEATURES], &transition);
        assert!(forecast[4] > forecast[3] && forecast[3] > forecast[2] && forecast[4] < 0.8);
        let odds = (0.8 * 0.8 + DOUBT / 7.0) / (DOUBT / 7.0);
        assert!((forecast[4] / forecast[2] - odds.sqrt()).abs() < 1e-12);
    }

    #[test]
    fn it_learns_what_a_feature_foretells() {
        let mut logistic = Logistic::default();
        let seen = |value| [value, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
        for i in 0..600 {
            let (value, came) = if i % 2 == 0 { (1.0, Class::Uptrend) } else { (-1.0, Class::Downtrend) };
            let forecast = logistic.forecast(&seen(value), &EVEN);
            logistic.learn(&seen(value), &forecast, came);
        }
        assert!(logistic.forecast(&seen(1.0), &EVEN)[Class::Uptrend.index()] > 0.4);
        assert!(logistic.forecast(&seen(-1.0), &EVEN)[Class::Downtrend.index()] > 0.4);
    }

    #[test]
    fn a_lesson_also_counts_for_the_neighbours() {
        let mut logistic = Logistic::default();
        logistic.learn(&[0.0; FEATURES], &EVEN, Class::StrongUptrend);
        let forecast = logistic.forecast(&[0.0; FEATURES], &EVEN);
        assert!(forecast[2..].windows(2).all(|pair| pair[0] < pair[1]), "{forecast:?}");
    }
}

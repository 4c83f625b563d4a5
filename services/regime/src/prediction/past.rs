//! What followed what.

use super::{Probabilities, normalise};
use bellwether_schemas::regime::Class;
use serde::{Deserialize, Serialize};

/// Classes at the closes so far, and those a horizon later.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Past {
    classes: [u32; 7],
    /// By the class a forecast was made in, then by the one that came.
    followed: [[u32; 7]; 7],
}

impl Past {
    pub(super) fn saw(&mut self, class: Class) {
        self.classes[class.index()] += 1;
    }

    pub(super) fn learn(&mut self, from: Class, to: Class) {
        self.followed[from.index()][to.index()] += 1;
    }

    /// Share of each class among the closes so far; `None` before the first.
    pub(super) fn climatology(&self) -> Option<Probabilities> {
        let n: u32 = self.classes.iter().sum();
        (n > 0).then(|| normalise(self.classes.map(|count| f64::from(count) / f64::from(n))))
    }

    /// (n_ij + κ·m_j)/(n_i + κ): what followed the class, with κ closes' worth of climatology.
    ///
    /// The posterior mean under a Dirichlet prior (Gelman et al., Bayesian Data Analysis, 3.4).
    pub(super) fn transition(&self, from: Class, climatology: &Probabilities, kappa: f64) -> Probabilities {
        let row = &self.followed[from.index()];
        let n = f64::from(row.iter().sum::<u32>());
        normalise(std::array::from_fn(|to| (f64::from(row[to]) + kappa * climatology[to]) / (n + kappa)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_known_before_the_first_close() {
        assert_eq!(Past::default().climatology(), None);
    }

    #[test]
    fn counts_are_smoothed_by_climatology_as_by_hand() {
        let mut past = Past::default();
        for class in [Class::Choppy, Class::Choppy, Class::Choppy, Class::Uptrend] {
            past.saw(class);
        }
        for to in [Class::Choppy, Class::Uptrend, Class::Uptrend, Class::Uptrend, Class::Uptrend] {
            past.learn(Class::Choppy, to);
        }
        let climatology = past.climatology().unwrap();
        assert_eq!(climatology, [0.0, 0.0, 0.0, 0.75, 0.0, 0.25, 0.0]);
        let learned = past.transition(Class::Choppy, &climatology, 10.0);
        assert!((learned[3] - (1.0 + 7.5) / 15.0).abs() < 1e-15 && (learned[5] - (4.0 + 2.5) / 15.0).abs() < 1e-15);
        assert_eq!(
            past.transition(Class::Uptrend, &climatology, 10.0),
            climatology,
            "nothing has followed an uptrend yet"
        );
    }
}

//! How far a forecast was from what came. Lower is better, and no forecaster gains by saying other than it thinks.

use super::Probabilities;
use bellwether_schemas::regime::Class;

/// A probability under this one costs no more: an outcome that was ruled out would cost infinitely much.
const LEAST: f64 = 1e-6;

/// Ranked probability score over the bounds between the classes, mean of (F − O)²; 0 … 1.
///
/// A miss by one class costs less than a miss by three. Source: E. S. Epstein, Journal of Applied Meteorology 8 (1969), as
/// squared by A. H. Murphy, ibid. 10 (1971).
pub(super) fn rps(forecast: &Probabilities, came: Class) -> f64 {
    let (mut below, mut sum) = (0.0, 0.0);
    for (at, probability) in forecast[..6].iter().enumerate() {
        below += probability;
        let error = if came.index() <= at { below - 1.0 } else { below };
        sum += error * error;
    }
    sum / 6.0
}

/// Source: G. W. Brier, Monthly Weather Review 78 (1950), over all classes: 0 … 2.
pub(super) fn brier(forecast: &Probabilities, came: Class) -> f64 {
    forecast.iter().enumerate().fold(0.0, |sum, (at, probability)| {
        let error = if at == came.index() { probability - 1.0 } else { *probability };
        sum + error * error
    })
}

/// −ln p of what came, p not below [`LEAST`]. Source: I. J. Good, Journal of the Royal Statistical Society B 14 (1952).
pub(super) fn log_loss(forecast: &Probabilities, came: Class) -> f64 {
    -libm::log(forecast[came.index()].clamp(LEAST, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORECAST: Probabilities = [0.1, 0.2, 0.3, 0.4, 0.0, 0.0, 0.0];

    fn near(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-12, "{found} is not {expected}");
    }

    #[test]
    fn a_forecast_scores_as_by_hand() {
        // Below the bounds: .1 .3 .6 1 1 1 against 0 0 1 1 1 1.
        near(rps(&FORECAST, Class::ChoppyBearish), (0.01 + 0.09 + 0.16) / 6.0);
        // Against 0 0 0 0 0 1.
        near(rps(&FORECAST, Class::Uptrend), (0.01 + 0.09 + 0.36 + 1.0 + 1.0) / 6.0);
        near(brier(&FORECAST, Class::ChoppyBearish), 0.01 + 0.04 + 0.49 + 0.16);
        near(log_loss(&FORECAST, Class::ChoppyBearish), 1.203_972_804_325_936);
        near(log_loss(&FORECAST, Class::StrongUptrend), 13.815_510_557_964_274);
    }

    #[test]
    fn the_bounds_are_reached_by_the_surest_forecasts() {
        let sure = [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
        let scores = |came| (rps(&sure, came), brier(&sure, came));
        assert_eq!(scores(Class::StrongDowntrend), (0.0, 0.0));
        assert_eq!(scores(Class::StrongUptrend), (1.0, 2.0));
        assert_eq!(log_loss(&sure, Class::StrongDowntrend), 0.0);
    }

    #[test]
    fn a_miss_by_one_class_costs_a_sixth_in_rps_and_everything_in_brier() {
        let sure = [0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0];
        near(rps(&sure, Class::ChoppyBullish), 1.0 / 6.0);
        near(brier(&sure, Class::ChoppyBullish), 2.0);
    }
}

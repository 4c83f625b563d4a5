//! The Beta distribution: its cumulative probability (the regularized incomplete beta function) and its quantiles.
//!
//! Source: NIST Digital Library of Mathematical Functions, 8.17.22 (continued fraction) and 8.17.4 (symmetry); the
//! fraction is evaluated by Lentz's method as modified by Thompson and Barnett (1986).

/// Relative change of the fraction that ends its evaluation.
const PRECISION: f64 = 1e-15;

/// The fraction needs about √max(a, b) terms on its quick side; this is a bound for inputs nobody has.
const MOST_TERMS: u32 = 10_000;

/// Bisection alone comes to the last bit of a number near 1 within 53 steps; Newton's steps make it about 8.
const MOST_STEPS: u32 = 100;

/// Stands in for a vanishing denominator.
const TINY: f64 = 1e-300;

/// I_x(a, b): probability that a Beta(a, b) variable is at most `x`. `a`, `b` above 0; the result is within 0 … 1.
pub fn regularized(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    let value = if x < (a + 1.0) / (a + b + 2.0) { tail(x, a, b) } else { 1.0 - tail(1.0 - x, b, a) };
    value.clamp(0.0, 1.0)
}

/// The `x` in 0 … 1 that a Beta(a, b) variable stays at or under with this `probability`. `a`, `b` above 0.
///
/// Newton's method, kept inside a bracket that shrinks with every step, so that it ends for every input.
pub fn quantile(probability: f64, a: f64, b: f64) -> f64 {
    if probability <= 0.0 || probability >= 1.0 {
        return if probability <= 0.0 { 0.0 } else { 1.0 };
    }
    let (mut low, mut high) = (0.0, 1.0);
    let mut x = a / (a + b);
    for _ in 0..MOST_STEPS {
        let excess = regularized(x, a, b) - probability;
        if excess == 0.0 {
            break;
        }
        if excess > 0.0 {
            high = x
        } else {
            low = x
        }
        let newton = x - excess / density(x, a, b);
        let next = if newton > low && newton < high { newton } else { f64::midpoint(low, high) };
        if (next - x).abs() <= PRECISION * x {
            break;
        }
        x = next;
    }
    x
}

fn density(x: f64, a: f64, b: f64) -> f64 {
    libm::exp(log_weight(x, a, b)) / (x * (1.0 - x))
}

/// ln of x^a·(1 − x)^b / B(a, b).
fn log_weight(x: f64, a: f64, b: f64) -> f64 {
    a * libm::log(x) + b * libm::log1p(-x) + libm::lgamma(a + b) - libm::lgamma(a) - libm::lgamma(b)
}

/// The same for `x` on the side of the mean where the fraction converges quickly.
fn tail(x: f64, a: f64, b: f64) -> f64 {
    libm::exp(log_weight(x, a, b)) / (a * fraction(x, a, b))
}

/// 1 + d₁/(1 + d₂/(1 + …)).
fn fraction(x: f64, a: f64, b: f64) -> f64 {
    let (mut value, mut numerator, mut denominator) = (1.0, 1.0, 0.0);
    for term in 1..=MOST_TERMS {
        let d = coefficient(term, x, a, b);
        denominator = 1.0 / away_from_zero(1.0 + d * denominator);
        numerator = away_from_zero(1.0 + d / numerator);
        let change = numerator * denominator;
        value *= change;
        if (change - 1.0).abs() < PRECISION {
            break;
        }
    }
    value
}

fn coefficient(term: u32, x: f64, a: f64, b: f64) -> f64 {
    let m = f64::from(term / 2);
    if term.is_multiple_of(2) {
        m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m))
    } else {
        -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0))
    }
}

fn away_from_zero(value: f64) -> f64 {
    if value.abs() < TINY { TINY } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn values_agree_with_scipy_1_17_and_mpmath_quadrature() {
        for (a, b, x, expected) in [
            (0.5, 0.5, 0.8, 0.704_832_764_699_133_5),
            (6.5 / 3.0, 0.5, 0.8, 0.352_502_630_036_003_9),
            (39.5 / 3.0, 62.5 / 3.0, 0.45, 0.776_546_492_062_242_3),
            (100.5, 60.5, 0.65, 0.747_764_366_507_790_3),
            (20_001.5 / 3.0, 5_001.5 / 3.0, 0.8, 0.501_092_641_013_769_7),
            (0.5, 6_000.5, 0.0001, 0.726_700_307_643_907_6),
            (40.0, 3.0, 0.55, 7.617_222_984_564_237e-9),
            (1.5, 7.25, 0.2, 0.658_158_590_878_830_2),
            (100_001.5 / 3.0, 100_001.5 / 3.0, 0.501, 0.697_212_548_245_101_5),
        ] {
            let error = regularized(x, a, b) - expected;
            assert!(error.abs() < 1e-10, "I_{x}({a}, {b}) is off by {error:e}");
        }
    }

    #[test]
    fn known_closed_forms_hold() {
        for x in [0.01, 0.2, 0.5, 0.7, 0.99] {
            assert!((regularized(x, 1.0, 1.0) - x).abs() < 1e-14);
            assert!((regularized(x, 3.0, 1.0) - x * x * x).abs() < 1e-14);
            assert!((regularized(x, 1.0, 2.0) - (1.0 - (1.0 - x) * (1.0 - x))).abs() < 1e-14);
            let arcsine = 2.0 / std::f64::consts::PI * libm::asin(libm::sqrt(x));
            assert!((regularized(x, 0.5, 0.5) - arcsine).abs() < 1e-14);
        }
    }

    #[test]
    fn quantiles_have_known_closed_forms() {
        for p in [1e-6, 0.1, 0.5, 0.9, 0.999] {
            assert!((quantile(p, 1.0, 1.0) - p).abs() < 1e-14);
            assert!((quantile(p, 3.0, 1.0) - libm::cbrt(p)).abs() < 1e-14);
            assert!((quantile(p, 1.0, 2.0) - (1.0 - libm::sqrt(1.0 - p))).abs() < 1e-14);
        }
        assert_eq!((quantile(0.0, 2.0, 3.0), quantile(1.0, 2.0, 3.0)), (0.0, 1.0));
    }

    proptest! {
        #[test]
        fn a_quantile_has_the_probability_it_stands_for(a in 0.5..5e4_f64, b in 0.5..5e4_f64, p in 0.001..0.999_f64) {
            let x = quantile(p, a, b);
            // A quantile next to 1 cannot be told apart from its neighbours: there the distribution jumps between floats.
            let slack = if x > 1.0 - 1e-9 { 1e-3 } else { 1e-9 };
            prop_assert!((regularized(x, a, b) - p).abs() < slack, "{x}");
        }

        #[test]
        fn it_is_symmetric_rising_and_within_bounds(a in 0.5..5e4_f64, b in 0.5..5e4_f64, x in 0.0..1.0_f64) {
            let value = regularized(x, a, b);
            prop_assert!((0.0..=1.0).contains(&value));
            prop_assert!((value + regularized(1.0 - x, b, a) - 1.0).abs() < 1e-9);
            prop_assert!(regularized((x + 0.01).min(1.0), a, b) >= value - 1e-11);
        }
    }
}

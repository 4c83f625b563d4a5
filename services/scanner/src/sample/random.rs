//! Random numbers that are the same on every machine.

/// The generator xoshiro256++.
///
/// Source: D. Blackman and S. Vigna, Scrambled Linear Pseudorandom Number Generators, ACM Transactions on Mathematical
/// Software 47 (2021); the state is filled by splitmix64, as they advise.
#[derive(Debug, Clone)]
pub(super) struct Random {
    state: [u64; 4],
}

impl Random {
    /// A stream of its own for every pair of seed and stream number.
    pub(super) fn new(seed: u64, stream: u64) -> Self {
        let mut mixer = seed.wrapping_mul(0xd134_2543_de82_ef95).wrapping_add(stream);
        Self { state: std::array::from_fn(|_| splitmix(&mut mixer)) }
    }

    fn next(&mut self) -> u64 {
        let [a, b, c, d] = self.state;
        let result = a.wrapping_add(d).rotate_left(23).wrapping_add(a);
        let (c, d) = (c ^ a, d ^ b);
        self.state = [a ^ d, b ^ c, c ^ (b << 17), d.rotate_left(45)];
        result
    }

    /// Uniform in 0 ≤ x < 1, of 53 bits.
    pub(super) fn uniform(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Uniform in `low` ≤ x < `high`.
    pub(super) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }

    /// True with this probability.
    pub(super) fn chance(&mut self, probability: f64) -> bool {
        self.uniform() < probability
    }

    /// A point of the unit disc without its centre: its abscissa and squared radius.
    fn point(&mut self) -> (f64, f64) {
        loop {
            let (x, y) = (self.between(-1.0, 1.0), self.between(-1.0, 1.0));
            let square = x * x + y * y;
            if square > 0.0 && square <= 1.0 {
                return (x, square);
            }
        }
    }

    /// Standard normal.
    ///
    /// Source: G. Marsaglia's polar method, SIAM Review 6 (1964).
    pub(super) fn normal(&mut self) -> f64 {
        let (x, square) = self.point();
        x * (-2.0 * libm::log(square) / square).sqrt()
    }

    /// Student's t with 4 degrees of freedom, scaled to variance 1 and cut at 8: the fat tails of daily returns.
    ///
    /// Source: R. W. Bailey, Polar generation of random variates with the t-distribution, Mathematics of Computation 62
    /// (1994).
    pub(super) fn fat(&mut self) -> f64 {
        let (x, square) = self.point();
        let t = x * (4.0 * (1.0 / square.sqrt() - 1.0) / square).sqrt();
        (t / 2.0_f64.sqrt()).clamp(-8.0, 8.0)
    }
}

fn splitmix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values of the reference implementation in C.
    #[test]
    fn the_generator_is_the_published_one() {
        let mut random = Random { state: [1, 2, 3, 4] };
        let first: Vec<u64> = (0..4).map(|_| random.next()).collect();
        assert_eq!(first, [41943041, 58720359, 3588806011781223, 3591011842654386]);
        let mut state = 1234567;
        assert_eq!([splitmix(&mut state), splitmix(&mut state)], [6457827717110365317, 3203168211198807973]);
    }

    fn moments(mut draw: impl FnMut() -> f64) -> (f64, f64, f64) {
        let draws: Vec<f64> = (0..200_000).map(|_| draw()).collect();
        let count = draws.len() as f64;
        let mean = draws.iter().sum::<f64>() / count;
        let variance = draws.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / count;
        let beyond_three = draws.iter().filter(|x| x.abs() > 3.0).count() as f64 / count;
        (mean, variance, beyond_three)
    }

    #[test]
    fn draws_have_the_moments_they_should() {
        let mut random = Random::new(1, 1);
        let (mean, variance, tails) = moments(|| random.normal());
        assert!(mean.abs() < 0.01 && (variance - 1.0).abs() < 0.02 && (tails - 0.0027).abs() < 0.001);
        let (mean, variance, tails) = moments(|| random.fat());
        assert!(mean.abs() < 0.01 && (variance - 1.0).abs() < 0.1 && tails > 0.01, "{mean} {variance} {tails}");
    }
}

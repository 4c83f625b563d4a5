//! What moves all stocks together: the mood of the market, and the fortune of each sector.

use super::{company::SECTORS, random::Random};

/// Mood of the market, which nobody sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mood {
    Bull,
    Chop,
    Bear,
    Crash,
    Recovery,
}

impl Mood {
    /// Mean and standard deviation of a day's log return.
    fn returns(self) -> (f64, f64) {
        match self {
            Self::Bull => (0.0010, 0.006),
            Self::Chop => (0.0, 0.009),
            Self::Bear => (-0.0013, 0.012),
            Self::Crash => (-0.012, 0.026),
            Self::Recovery => (0.0045, 0.014),
        }
    }

    /// Moods that may follow, each with the chance of a change to it after a day.
    fn changes(self) -> &'static [(Self, f64)] {
        match self {
            Self::Bull => &[(Self::Chop, 0.012), (Self::Bear, 0.004), (Self::Crash, 0.001)],
            Self::Chop => &[(Self::Bull, 0.018), (Self::Bear, 0.014), (Self::Crash, 0.002)],
            Self::Bear => &[(Self::Chop, 0.010), (Self::Recovery, 0.014), (Self::Crash, 0.006)],
            Self::Crash => &[(Self::Recovery, 0.10), (Self::Bear, 0.05)],
            Self::Recovery => &[(Self::Bull, 0.04), (Self::Chop, 0.015)],
        }
    }

    fn next(self, random: &mut Random) -> Self {
        let mut draw = random.uniform();
        for &(mood, chance) in self.changes() {
            if draw < chance {
                return mood;
            }
            draw -= chance;
        }
        self
    }
}

/// What one session brings to all.
pub(super) struct Move {
    /// Log return of the market factor.
    pub(super) market: f64,
    /// The part of it that happens before the open.
    pub(super) overnight: f64,
    /// Standard deviation the market is in, over that of a calm one.
    pub(super) stress: f64,
    /// Log return of each sector's own factor.
    pub(super) sectors: [f64; SECTORS.len()],
}

pub(super) struct Market {
    random: Random,
    mood: Mood,
    /// Log of how much wilder than its mood the market is.
    heat: f64,
    /// Trend of each sector's own factor.
    trends: [f64; SECTORS.len()],
}

impl Market {
    pub(super) fn new(seed: u64) -> Self {
        Self { random: Random::new(seed, 0), mood: Mood::Bull, heat: 0.0, trends: [0.0; SECTORS.len()] }
    }

    pub(super) fn step(&mut self) -> Move {
        let random = &mut self.random;
        self.mood = self.mood.next(random);
        self.heat = 0.93 * self.heat + 0.10 * random.normal();
        let (mean, deviation) = self.mood.returns();
        let deviation = deviation * libm::exp(self.heat);
        let market = mean + deviation * random.fat();
        let overnight = 0.35 * market + 0.25 * deviation * random.normal();
        for trend in &mut self.trends {
            *trend = 0.98 * *trend + 0.0001 * random.normal();
        }
        let sectors = std::array::from_fn(|at| self.trends[at] + 0.005 * random.normal());
        Move { market, overnight, stress: deviation / 0.007, sectors }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mood_can_be_left_and_reached() {
        let moods = [Mood::Bull, Mood::Chop, Mood::Bear, Mood::Crash, Mood::Recovery];
        for mood in moods {
            let leaves: f64 = mood.changes().iter().map(|(_, chance)| chance).sum();
            assert!(leaves > 0.0 && leaves < 0.5, "{mood:?}");
            assert!(moods.iter().any(|from| from.changes().iter().any(|(to, _)| *to == mood)), "{mood:?}");
        }
    }
}

use bellwether_schemas::regime::Class;

/// Where one class ends and the next begins, in the share of long hits, 0 … 1.
///
/// Shares, not ratios: L/S has no value when there is no short hit, and squeezes all bearish classes between 0 and 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bands([f64; 6]);

impl Default for Bands {
    /// Bounds that mirror about 0.5.
    fn default() -> Self {
        Self([0.20, 0.35, 0.45, 0.55, 0.65, 0.80])
    }
}

impl Bands {
    /// The ratio bounds 0.5, 0.67, 0.8, 1.2, 1.5 and 2.0 of the older system, r/(1 + r) each.
    pub const fn classic() -> Self {
        Self([1.0 / 3.0, 67.0 / 167.0, 4.0 / 9.0, 6.0 / 11.0, 3.0 / 5.0, 2.0 / 3.0])
    }

    /// The six bounds, ascending.
    pub const fn bounds(&self) -> [f64; 6] {
        self.0
    }

    /// The class of a share; a share on a bound belongs to the class above it.
    pub fn class_of(&self, share: f64) -> Class {
        Class::ALL[self.0.iter().filter(|bound| share >= **bound).count()]
    }

    /// Lowest share of a class.
    pub fn lower(&self, class: Class) -> f64 {
        class.index().checked_sub(1).map_or(0.0, |i| self.0[i])
    }

    /// Lowest share of the next class above, 1 for the highest.
    pub fn upper(&self, class: Class) -> f64 {
        self.0.get(class.index()).copied().unwrap_or(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_begins_at_its_lower_bound() {
        let bands = Bands::default();
        for (share, class) in [
            (1.0, Class::StrongUptrend),
            (0.80, Class::StrongUptrend),
            (0.65, Class::Uptrend),
            (0.55, Class::ChoppyBullish),
            (0.45, Class::Choppy),
            (0.35, Class::ChoppyBearish),
            (0.20, Class::Downtrend),
            (0.1999, Class::StrongDowntrend),
            (0.0, Class::StrongDowntrend),
        ] {
            assert_eq!(bands.class_of(share), class, "{share}");
        }
    }

    #[test]
    fn a_ratio_of_0_24_is_a_strong_downtrend() {
        assert_eq!(Bands::default().class_of(0.24 / 1.24), Class::StrongDowntrend);
    }

    #[test]
    fn the_classic_bounds_are_the_ratios_of_the_older_system() {
        for (bound, ratio) in Bands::classic().bounds().into_iter().zip([0.5, 0.67, 0.8, 1.2, 1.5, 2.0]) {
            assert!((bound / (1.0 - bound) - ratio).abs() < 1e-12, "{bound} is not {ratio}");
        }
    }

    #[test]
    fn the_classes_fill_the_unit_interval() {
        let bands = Bands::default();
        assert_eq!(bands.lower(Class::StrongDowntrend), 0.0);
        assert_eq!(bands.upper(Class::StrongUptrend), 1.0);
        for pair in Class::ALL.windows(2) {
            assert_eq!(bands.upper(pair[0]), bands.lower(pair[1]));
        }
    }
}

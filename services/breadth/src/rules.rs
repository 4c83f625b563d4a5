use bellwether_worker::{BadSetting, Settings};

/// Settings of the breadth worker.
#[derive(Debug, Clone, PartialEq)]
pub struct Rules {
    /// Eligible symbols from which a scan can be a data fault. `breadth.fault_symbols`, 50.
    pub fault_symbols: u32,
    /// Share of unchanged symbols above which it is one. `breadth.fault_unchanged`, 0.30.
    pub fault_unchanged: f64,
    /// Symbols named per crossing. `breadth.crossed`, 20.
    pub crossed: usize,
}

impl Default for Rules {
    fn default() -> Self {
        Self { fault_symbols: 50, fault_unchanged: 0.30, crossed: 20 }
    }
}

impl Rules {
    pub(crate) const KNOWN: &[&str] = &["breadth.fault_symbols", "breadth.fault_unchanged", "breadth.crossed"];

    /// Reads the settings that are given; the others keep their defaults.
    ///
    /// # Errors
    /// Names the first setting that cannot be used and what would do.
    pub fn from_settings(settings: &Settings) -> Result<Self, BadSetting> {
        let usual = Self::default();
        let symbols = "a whole number, 1 to 100000";
        let share = "a number, 0 to 1";
        // More names than this could push a stored result over its limit of 16 kB.
        let names = "a whole number, 0 to 40";
        Ok(Self {
            fault_symbols: settings
                .get("breadth.fault_symbols", usual.fault_symbols, symbols, |n| (1..=100_000).contains(n))?,
            fault_unchanged: settings
                .get("breadth.fault_unchanged", usual.fault_unchanged, share, |x| (0.0..=1.0).contains(x))?,
            crossed: settings.get("breadth.crossed", usual.crossed, names, |n| *n <= 40)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_and_nonsense_is_refused_by_name() {
        let read = |pair| Rules::from_settings(&Settings::parse([pair]).unwrap());
        assert_eq!(read("breadth.crossed=5").unwrap(), Rules { crossed: 5, ..Rules::default() });
        for pair in ["breadth.crossed=41", "breadth.fault_symbols=0", "breadth.fault_unchanged=NaN"] {
            let refused = read(pair).unwrap_err();
            assert!(Rules::KNOWN.contains(&refused.name.as_str()), "{pair}");
        }
    }
}

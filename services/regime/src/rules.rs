use crate::Bands;
use bellwether_worker::{BadSetting, Settings};

/// Settings of the regime worker.
#[derive(Debug, Clone, PartialEq)]
pub struct Rules {
    /// Where the classes begin. `regime.bands`, `default` or `classic`.
    pub bands: Bands,
    /// Scans the hits are smoothed over. `regime.span`, 10.
    pub span: u32,
    /// Scans a change must hold. `regime.confirm_scans`, 2.
    pub confirm_scans: u32,
    /// How far beyond its bound the share must be for a class to be left. `regime.hysteresis`, 0.02; less than the
    /// narrowest class.
    pub hysteresis: f64,
    /// Hits that say as much as one independent hit. `regime.design_effect`, 3.
    pub design_effect: f64,
    /// Hits in the smoothed window below which there is no class. `regime.min_hits`, 5.
    pub min_hits: u32,
    /// Posterior of the classes two or more steps away that switches at once. `regime.switch_mass`, 0.95.
    pub switch_mass: f64,
    /// Sessions from a forecast to its outcome. `regime.horizon`, 5; at most 7, as all forecasts under way are stored.
    pub horizon: u32,
    /// Closes' worth of climatology in the transition counts. `regime.kappa`, 10.
    pub kappa: f64,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            bands: Bands::default(),
            span: 10,
            confirm_scans: 2,
            hysteresis: 0.02,
            design_effect: 3.0,
            min_hits: 5,
            switch_mass: 0.95,
            horizon: 5,
            kappa: 10.0,
        }
    }
}

impl Rules {
    pub(crate) const KNOWN: &[&str] = &[
        "regime.bands",
        "regime.span",
        "regime.confirm_scans",
        "regime.hysteresis",
        "regime.design_effect",
        "regime.min_hits",
        "regime.switch_mass",
        "regime.horizon",
        "regime.kappa",
    ];

    /// Reads the settings that are given; the others keep their defaults.
    ///
    /// # Errors
    /// Names the first setting that cannot be used and what would do.
    pub fn from_settings(settings: &Settings) -> Result<Self, BadSetting> {
        let whole = |name, default, most| {
            settings.get(name, default, &format!("a whole number, 1 to {most}"), |n| (1..=most).contains(n))
        };
        let real = |name, default: f64, least: f64, most: f64| {
            settings.get(name, default, &format!("a number, {least} to {most}"), |x| (least..=most).contains(x))
        };
        let usual = Self::default();
        Ok(Self {
            bands: bands(settings)?,
            span: whole("regime.span", usual.span, 1000)?,
            confirm_scans: whole("regime.confirm_scans", usual.confirm_scans, 100)?,
            hysteresis: real("regime.hysteresis", usual.hysteresis, 0.0, 0.05)?,
            design_effect: real("regime.design_effect", usual.design_effect, 1.0, 1000.0)?,
            min_hits: whole("regime.min_hits", usual.min_hits, 100_000)?,
            switch_mass: real("regime.switch_mass", usual.switch_mass, 0.5, 1.0)?,
            horizon: whole("regime.horizon", usual.horizon, 7)?,
            kappa: real("regime.kappa", usual.kappa, 0.1, 1000.0)?,
        })
    }
}

fn bands(settings: &Settings) -> Result<Bands, BadSetting> {
    match settings.text("regime.bands") {
        None | Some("default") => Ok(Bands::default()),
        Some("classic") => Ok(Bands::classic()),
        Some(other) => Err(BadSetting {
            name: "regime.bands".to_owned(),
            value: other.to_owned(),
            expected: "default or classic".to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[&str]) -> Result<Rules, BadSetting> {
        Rules::from_settings(&Settings::parse(pairs).unwrap())
    }

    #[test]
    fn settings_are_read() {
        let rules = read(&["regime.bands=classic", "regime.span=3", "regime.hysteresis=0"]).unwrap();
        assert_eq!(rules, Rules { bands: Bands::classic(), span: 3, hysteresis: 0.0, ..Rules::default() });
    }

    #[test]
    fn nonsense_is_refused_by_name() {
        for (pair, expected) in [
            ("regime.bands=old", "default or classic"),
            ("regime.span=0", "a whole number, 1 to 1000"),
            ("regime.confirm_scans=-1", "a whole number, 1 to 100"),
            ("regime.hysteresis=NaN", "a number, 0 to 0.05"),
            ("regime.design_effect=0", "a number, 1 to 1000"),
            ("regime.min_hits=0", "a whole number, 1 to 100000"),
            ("regime.switch_mass=inf", "a number, 0.5 to 1"),
            ("regime.horizon=8", "a whole number, 1 to 7"),
            ("regime.kappa=0", "a number, 0.1 to 1000"),
        ] {
            let refused = read(&[pair]).unwrap_err();
            assert_eq!(refused.expected, expected, "{pair}");
            assert!(Rules::KNOWN.contains(&refused.name.as_str()));
        }
    }
}

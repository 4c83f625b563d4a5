use bellwether_worker::{BadSetting, Settings};

/// Settings of the position worker.
#[derive(Debug, Clone, PartialEq)]
pub struct Rules {
    /// Part of Kelly's fraction to take. `position.fraction`, 0.5.
    pub fraction: f64,
    /// Most of equity at risk on one position. `position.cap`, 0.02.
    pub cap: f64,
    /// Size below which there is no position. `position.floor`, 0; at most the cap.
    pub floor: f64,
    /// Outcomes at break-even that every class is given to begin with. `position.shrink`, 30.
    pub shrink: f64,
    /// Correlation assumed between positions. `position.correlation`, 0.3.
    pub correlation: f64,
    /// Annual volatility above which sizes shrink. `position.vol_target`, 0.15.
    pub vol_target: f64,
    /// Drawdown above which sizes are halved. `position.drawdown_half`, 0.10.
    pub drawdown_half: f64,
    /// Drawdown above which sizes are quartered. `position.drawdown_quarter`, 0.20; not under the other.
    pub drawdown_quarter: f64,
    /// The benchmark the risk is read from. `position.benchmark`, none: SPY, else ^GSPC, else BWX500, else the first in
    /// the alphabet that is no index of volatility.
    pub benchmark: Option<String>,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            fraction: 0.5,
            cap: 0.02,
            floor: 0.0,
            shrink: 30.0,
            correlation: 0.3,
            vol_target: 0.15,
            drawdown_half: 0.10,
            drawdown_quarter: 0.20,
            benchmark: None,
        }
    }
}

impl Rules {
    pub(crate) const KNOWN: &[&str] = &[
        "position.fraction",
        "position.cap",
        "position.floor",
        "position.shrink",
        "position.correlation",
        "position.vol_target",
        "position.drawdown_half",
        "position.drawdown_quarter",
        "position.benchmark",
    ];

    /// Reads the settings that are given; the others keep their defaults.
    ///
    /// # Errors
    /// Names the first setting that cannot be used and what would do.
    pub fn from_settings(settings: &Settings) -> Result<Self, BadSetting> {
        let real = |name, default: f64, least: f64, most: f64| {
            settings.get(name, default, &format!("a number, {least} to {most}"), |x| (least..=most).contains(x))
        };
        let usual = Self::default();
        let cap = real("position.cap", usual.cap, 0.0001, 1.0)?;
        let drawdown_half = real("position.drawdown_half", usual.drawdown_half, 0.0, 1.0)?;
        Ok(Self {
            fraction: real("position.fraction", usual.fraction, 0.01, 1.0)?,
            cap,
            floor: real("position.floor", usual.floor, 0.0, cap)?,
            shrink: real("position.shrink", usual.shrink, 0.0, 1e6)?,
            correlation: real("position.correlation", usual.correlation, 0.0, 1.0)?,
            vol_target: real("position.vol_target", usual.vol_target, 0.001, 10.0)?,
            drawdown_half,
            drawdown_quarter: severe(settings, usual.drawdown_quarter, drawdown_half)?,
            benchmark: benchmark(settings)?,
        })
    }
}

/// The further threshold moves with the nearer one when only that is given.
fn severe(settings: &Settings, usual: f64, half: f64) -> Result<f64, BadSetting> {
    let expected = format!("a number, {half} (position.drawdown_half) to 1");
    settings.get("position.drawdown_quarter", usual.max(half), &expected, |x| (half..=1.0).contains(x))
}

fn benchmark(settings: &Settings) -> Result<Option<String>, BadSetting> {
    let name = "position.benchmark";
    let Some(text) = settings.text(name) else { return Ok(None) };
    if text.is_empty() || text.len() > 32 || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        let expected = "a symbol of 1 to 32 printable characters".to_owned();
        return Err(BadSetting { name: name.to_owned(), value: text.to_owned(), expected });
    }
    Ok(Some(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[&str]) -> Result<Rules, BadSetting> {
        Rules::from_settings(&Settings::parse(pairs).unwrap())
    }

    #[test]
    fn settings_are_read() {
        let rules = read(&["position.fraction=0.25", "position.benchmark=QQQ", "position.floor=0.001"]).unwrap();
        let benchmark = Some("QQQ".to_owned());
        assert_eq!(rules, Rules { fraction: 0.25, benchmark, floor: 0.001, ..Rules::default() });
        assert_eq!(read(&["position.drawdown_half=0.3"]).unwrap().drawdown_quarter, 0.3);
        assert_eq!(read(&[]).unwrap(), Rules::default());
    }

    #[test]
    fn nonsense_is_refused_by_name() {
        for (pair, expected) in [
            ("position.fraction=0", "a number, 0.01 to 1"),
            ("position.cap=NaN", "a number, 0.0001 to 1"),
            ("position.floor=0.03", "a number, 0 to 0.02"),
            ("position.shrink=-1", "a number, 0 to 1000000"),
            ("position.correlation=1.5", "a number, 0 to 1"),
            ("position.vol_target=inf", "a number, 0.001 to 10"),
            ("position.drawdown_half=2", "a number, 0 to 1"),
            ("position.drawdown_quarter=0.05", "a number, 0.1 (position.drawdown_half) to 1"),
            ("position.benchmark=", "a symbol of 1 to 32 printable characters"),
        ] {
            let refused = read(&[pair]).unwrap_err();
            assert_eq!(refused.expected, expected, "{pair}");
            assert!(Rules::KNOWN.contains(&refused.name.as_str()));
        }
    }
}

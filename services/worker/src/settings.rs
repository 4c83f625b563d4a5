use std::{collections::BTreeMap, fmt::Display, str::FromStr};

/// Settings given as `<worker>.<name>=<value>`, e.g. `regime.confirm_scans=3`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    values: BTreeMap<String, String>,
}

/// A setting that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("setting {name} is {value:?}; expected {expected}")]
pub struct BadSetting {
    /// Full name.
    pub name: String,
    /// The value given.
    pub value: String,
    /// What would have been accepted.
    pub expected: String,
}

impl Settings {
    /// Reads `name=value` pairs; a later one wins.
    ///
    /// # Errors
    /// Refuses a pair without `=` or without a `.` in its name.
    pub fn parse<S: AsRef<str>>(pairs: impl IntoIterator<Item = S>) -> Result<Self, BadSetting> {
        let mut values = BTreeMap::new();
        for pair in pairs {
            let pair = pair.as_ref();
            match pair.split_once('=') {
                Some((name, value)) if name.contains('.') => values.insert(name.to_owned(), value.to_owned()),
                _ => {
                    let expected = "<worker>.<name>=<value>, e.g. regime.span=10".to_owned();
                    return Err(BadSetting { name: pair.to_owned(), value: pair.to_owned(), expected });
                }
            };
        }
        Ok(Self { values })
    }

    /// The text of a setting, if given.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// The value of a setting, or `default` when it is not given.
    ///
    /// # Errors
    /// Refuses text that does not read as `T`, or a value that `fits` refuses; `expected` says what would do.
    pub fn get<T: FromStr + Display>(
        &self,
        name: &str,
        default: T,
        expected: &str,
        fits: impl Fn(&T) -> bool,
    ) -> Result<T, BadSetting> {
        let Some(text) = self.text(name) else { return Ok(default) };
        match text.parse() {
            Ok(value) if fits(&value) => Ok(value),
            _ => Err(BadSetting { name: name.to_owned(), value: text.to_owned(), expected: expected.to_owned() }),
        }
    }

    /// The settings of one worker in a fixed order, for `Bw-Code`.
    pub fn of(&self, worker: &str) -> impl Iterator<Item = (&str, &str)> {
        let prefix = format!("{worker}.");
        self.values.iter().filter(move |(name, _)| name.starts_with(&prefix)).map(|(k, v)| (k.as_str(), v.as_str()))
    }

    /// Refuses names that belong to none of `known`, so that a misspelt setting is not silently ignored.
    ///
    /// # Errors
    /// Names the first unknown setting and what is known.
    pub fn only(&self, known: &[&str]) -> Result<(), BadSetting> {
        match self.values.iter().find(|(name, _)| !known.contains(&name.as_str())) {
            None => Ok(()),
            Some((name, value)) => {
                let expected = format!("one of {}", known.join(", "));
                Err(BadSetting { name: name.clone(), value: value.clone(), expected })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_is_read_checked_and_named_in_errors() {
        let settings = Settings::parse(["regime.span=3", "breadth.x=y"]).unwrap();
        assert_eq!(settings.get("regime.span", 10, "1 to 100", |n| (1..=100).contains(n)), Ok(3));
        assert_eq!(settings.get("regime.confirm_scans", 2, "1 to 9", |_| true), Ok(2));
        let refused = settings.get("regime.span", 10, "over 5", |n| *n > 5).unwrap_err();
        assert_eq!(refused.to_string(), "setting regime.span is \"3\"; expected over 5");
        assert!(Settings::parse(["span=3"]).is_err());
        assert!(settings.only(&["regime.span"]).unwrap_err().name == "breadth.x");
    }
}

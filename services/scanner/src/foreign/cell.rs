use bellwether_schemas::{Refusal, Side, Symbol, scan::rule};
use serde_json::Value;

/// Rules there are: the most a score can be.
const MOST_RULES: u8 = rule::CLOSE.trailing_zeros() as u8 + 1;

/// One field of a row as it was written.
#[derive(Debug, Clone)]
pub(super) enum Cell {
    Missing,
    Text(String),
    Number(f64),
    /// A boolean, list or map, as JSON.
    Other(String),
}

/// The fields of one row.
#[derive(Debug, Clone)]
pub(super) struct Cells {
    pub(super) symbol: Cell,
    pub(super) side: Cell,
    pub(super) close: Cell,
    pub(super) previous_close: Cell,
    pub(super) volume: Cell,
    pub(super) score: Cell,
}

impl Cells {
    /// Names of the fields.
    pub(super) const NAMES: [&'static str; 6] = ["symbol", "side", "close", "previous_close", "volume", "score"];

    /// Reads each field by name.
    pub(super) fn of(mut read: impl FnMut(&str) -> Cell) -> Self {
        let [symbol, side, close, previous_close, volume, score] = Self::NAMES.map(&mut read);
        Self { symbol, side, close, previous_close, volume, score }
    }
}

impl Cell {
    pub(super) fn of_text(text: &str) -> Self {
        match text.trim() {
            "" => Self::Missing,
            text => Self::Text(text.to_owned()),
        }
    }

    pub(super) fn of_json(value: Option<&Value>) -> Self {
        match value {
            None | Some(Value::Null) => Self::Missing,
            Some(Value::String(text)) => Self::of_text(text),
            Some(Value::Number(number)) => {
                number.as_f64().map_or_else(|| Self::Other(number.to_string()), Self::Number)
            }
            Some(other) => Self::Other(other.to_string()),
        }
    }

    pub(super) fn symbol(&self, field: &str) -> Result<Symbol, Refusal> {
        match self {
            Self::Text(text) => {
                Symbol::try_from(text.as_str()).map_err(|refusal| Refusal { field: field.to_owned(), ..refusal })
            }
            _ => Err(self.refused(field, "a symbol, as text")),
        }
    }

    /// The side of a hit; null for a symbol scanned without one.
    pub(super) fn side(&self, field: &str) -> Result<Option<Side>, Refusal> {
        let text = match self {
            Self::Missing => return Ok(None),
            Self::Text(text) => text.to_ascii_lowercase(),
            _ => String::new(),
        };
        match text.as_str() {
            "long" => Ok(Some(Side::Long)),
            "short" => Ok(Some(Side::Short)),
            "none" => Ok(None),
            _ => Err(self.refused(field, "long, short, none or nothing")),
        }
    }

    pub(super) fn price(&self, field: &str) -> Result<Option<f64>, Refusal> {
        self.number(field, |price| price > 0.0, "a finite price above 0, or nothing")
    }

    pub(super) fn volume(&self, field: &str) -> Result<Option<f64>, Refusal> {
        self.number(field, |volume| volume >= 0.0, "a finite volume from 0, or nothing")
    }

    pub(super) fn score(&self, field: &str) -> Result<Option<u8>, Refusal> {
        let most = f64::from(MOST_RULES);
        let fits = |score: f64| (0.0..=most).contains(&score) && score.fract() == 0.0;
        let expected = format!("a whole number from 0 to {MOST_RULES}, or nothing");
        Ok(self.number(field, fits, &expected)?.map(|score| score as u8))
    }

    fn number(&self, field: &str, fits: impl Fn(f64) -> bool, expected: &str) -> Result<Option<f64>, Refusal> {
        let number = match self {
            Self::Missing => return Ok(None),
            Self::Number(number) => Some(*number),
            Self::Text(text) => text.parse::<f64>().ok(),
            Self::Other(_) => None,
        };
        match number.filter(|number| number.is_finite() && fits(*number)) {
            Some(number) => Ok(Some(number)),
            None => Err(self.refused(field, expected)),
        }
    }

    fn refused(&self, field: &str, expected: &str) -> Refusal {
        let value = match self {
            Self::Missing => "missing".to_owned(),
            Self::Text(text) => format!("{text:?}"),
            Self::Number(number) => number.to_string(),
            Self::Other(json) => json.clone(),
        };
        Refusal::new(field, value, expected)
    }
}

use bellwether_schemas::regime::Class;
use serde::{Deserialize, Serialize};

/// A class as the state keeps it: by number, as names would be a fifth of a stored result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "u8", try_from = "u8")]
pub(crate) struct Label(pub(crate) Class);

impl From<Label> for u8 {
    fn from(label: Label) -> Self {
        label.0 as Self
    }
}

impl TryFrom<u8> for Label {
    type Error = String;

    fn try_from(number: u8) -> Result<Self, String> {
        let class = Class::ALL.get(usize::from(number));
        class.map(|class| Self(*class)).ok_or_else(|| format!("class {number}; expected 0 to 6"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_survives_and_no_other_number_is_one() {
        for class in Class::ALL {
            assert_eq!(Label::try_from(u8::from(Label(class))), Ok(Label(class)));
        }
        assert_eq!(Label::try_from(7).unwrap_err(), "class 7; expected 0 to 6");
    }
}

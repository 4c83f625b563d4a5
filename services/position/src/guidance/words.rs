//! Figures and names as they are written in a sentence.

use bellwether_schemas::{
    position::{Sentence, Topic},
    regime::Class,
};

pub(super) fn say<'a>(topic: Topic, text: impl Into<String>, fields: impl IntoIterator<Item = &'a str>) -> Sentence {
    Sentence { topic, text: text.into(), fields: fields.into_iter().map(str::to_owned).collect() }
}

/// A fraction as a percentage with two decimals.
pub(super) fn percent(fraction: f64) -> String {
    format!("{:.2} %", 100.0 * fraction)
}

pub(super) const fn side(side: bellwether_schemas::Side) -> &'static str {
    match side {
        bellwether_schemas::Side::Long => "long",
        bellwether_schemas::Side::Short => "short",
    }
}

pub(super) const fn in_market(class: Class) -> &'static str {
    match class {
        Class::StrongDowntrend => "in a strong downtrend",
        Class::Downtrend => "in a downtrend",
        Class::ChoppyBearish => "in a choppy, bearish market",
        Class::Choppy => "in a choppy market",
        Class::ChoppyBullish => "in a choppy, bullish market",
        Class::Uptrend => "in an uptrend",
        Class::StrongUptrend => "in a strong uptrend",
    }
}

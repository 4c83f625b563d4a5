//! Which brake binds, and what would change it.

use super::words::{percent, say};
use crate::{Rules, State, event::Regime, sizing::Sizing};
use bellwether_schemas::position::{Brake, BrakeName, Sentence, Topic};

type Phrase = (String, Vec<String>);

/// The brake that set the size, then those that are off because something is unknown.
pub(super) fn sentence(sizing: &Sizing, regime: &Regime, state: &State, rules: &Rules) -> Sentence {
    let (mut text, mut fields) = binding(sizing, regime, state, rules);
    let binds_by_breadth = matches!(sizing.binding, Ok(BrakeName::Breadth));
    let asides = [conflict(sizing, regime).filter(|_| !binds_by_breadth), unknown(sizing)];
    for (aside, of_aside) in asides.into_iter().flatten() {
        text.push(' ');
        text.push_str(&aside);
        fields.extend(of_aside);
    }
    say(Topic::Brake, text, fields.iter().map(String::as_str))
}

fn binding(sizing: &Sizing, regime: &Regime, state: &State, rules: &Rules) -> Phrase {
    let name = sizing.binding.clone().unwrap_or(BrakeName::KellyFraction);
    let (at, brake) = find(sizing, name);
    let (measured, factor) =
        (brake.and_then(|b| b.measured).unwrap_or(0.0), brake.and_then(|b| b.factor).unwrap_or(1.0));
    let (text, mut fields) = match name {
        BrakeName::Cap | BrakeName::Floor => (cap(rules.cap, measured), vec!["risk.limits.cap"]),
        BrakeName::Breadth => (breadth(regime), vec![]),
        BrakeName::VolatilityTarget => {
            (volatility(state, rules, factor), vec!["risk.volatility", "risk.limits.volatility"])
        }
        BrakeName::Drawdown => (
            drawdown(state, rules, factor),
            vec!["risk.drawdown", "risk.limits.drawdown", "risk.limits.severe_drawdown"],
        ),
        BrakeName::KellyFraction => {
            (kelly(rules.fraction, measured), vec!["kelly.kelly_shrunk", "risk.limits.fraction"])
        }
    };
    fields.insert(0, "kelly.binding");
    let of_brake = ["measured", "factor"].map(|part| format!("kelly.brakes[{at}].{part}"));
    (text, fields.into_iter().map(str::to_owned).chain(of_brake).collect())
}

fn cap(cap: f64, before: f64) -> String {
    let (cap, before) = (percent(cap), percent(before));
    format!("The cap of {cap} sets the size, which would be {before} without it; only a higher cap would raise it.")
}

fn kelly(fraction: f64, kelly: f64) -> String {
    let kelly = percent(kelly);
    format!("The chosen {fraction:.2} of Kelly's {kelly} sets the size; a better edge or more outcomes would raise it.")
}

fn breadth(regime: &Regime) -> String {
    let share = regime.opposing_share.as_ref().map_or_else(|_| "Most".to_owned(), |share| percent(*share));
    format!("{share} of the symbols move against the class: the size is halved until they turn.")
}

fn volatility(state: &State, rules: &Rules, factor: f64) -> String {
    let (now, target) = (percent(state.market.volatility().unwrap_or(0.0)), percent(rules.vol_target));
    format!("Volatility of {now} is over its target of {target}: sizes are multiplied by {factor:.2} until it calms.")
}

fn drawdown(state: &State, rules: &Rules, factor: f64) -> String {
    let now = percent(state.market.drawdown().unwrap_or(0.0));
    let limit = percent(if factor < 0.5 { rules.drawdown_quarter } else { rules.drawdown_half });
    format!(
        "The benchmark is {now} under its high, more than {limit}: sizes are multiplied by {factor:.2} until it recovers."
    )
}

fn conflict(sizing: &Sizing, regime: &Regime) -> Option<Phrase> {
    if regime.conflict != Ok(true) {
        return None;
    }
    let share = regime.opposing_share.as_ref().map_or_else(|_| "Most".to_owned(), |share| percent(*share));
    let text = format!("{share} of the symbols move against the class, which halved it before.");
    let (at, _) = find(sizing, BrakeName::Breadth);
    Some((text, vec![format!("kelly.brakes[{at}].measured")]))
}

fn unknown(sizing: &Sizing) -> Option<Phrase> {
    let unknown = || sizing.brakes.iter().enumerate().filter(|(_, brake)| brake.factor.is_none());
    let names: Vec<_> = unknown().map(|(_, brake)| words(brake.name)).collect();
    if names.is_empty() {
        return None;
    }
    let text = format!("Unknown, and so not braking: {}.", names.join(", "));
    Some((text, unknown().map(|(at, _)| format!("kelly.brakes[{at}].factor")).collect()))
}

fn find(sizing: &Sizing, name: BrakeName) -> (usize, Option<&Brake>) {
    let at = sizing.brakes.iter().position(|brake| brake.name == name).unwrap_or(0);
    (at, sizing.brakes.get(at))
}

const fn words(name: BrakeName) -> &'static str {
    match name {
        BrakeName::KellyFraction => "the edge",
        BrakeName::VolatilityTarget => "volatility",
        BrakeName::Drawdown => "drawdown",
        BrakeName::Breadth => "breadth",
        BrakeName::Floor => "the floor",
        BrakeName::Cap => "the cap",
    }
}

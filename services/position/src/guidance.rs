//! The advice in words. Every figure in a sentence is one of the fields it names, rounded.

mod brake;
mod words;

use crate::{Rules, State, edge::Edge, event::Regime, sizing::Sizing};
use bellwether_schemas::{
    Side,
    position::{Guidance, Sentence, StopSource, Topic},
    regime::Class,
};
use words::{in_market, percent, say};

/// The part of the output; `state` holds the scan already.
pub(crate) fn part(sizing: &Sizing, regime: &Regime, state: &State, rules: &Rules) -> Guidance {
    Guidance { sentences: sentences(sizing, regime, state, rules), score: state.score.part() }
}

fn sentences(sizing: &Sizing, regime: &Regime, state: &State, rules: &Rules) -> Vec<Sentence> {
    let Ok(class) = sizing.class else {
        return vec![say(Topic::Side, "No advice: no regime class stands.", ["kelly.class"])];
    };
    let Ok(side) = sizing.side else {
        let text = format!("No side is preferred {}: neither has a known edge in it yet.", in_market(class));
        return vec![say(Topic::Side, text, ["kelly.class", "kelly.side"])];
    };
    match (&sizing.edge, &sizing.size) {
        (Ok(edge), _) if edge.shrunk <= 0.0 => no_edge(sizing, edge, class, side),
        (Ok(_), Ok(0.0)) => vec![preferred(sizing, class, side), too_small(sizing, rules)],
        (Ok(_), Ok(size)) => vec![
            preferred(sizing, class, side),
            size_of(sizing, *size),
            count(sizing, side),
            brake::sentence(sizing, regime, state, rules),
        ],
        (Err(reason), _) | (_, Err(reason)) => vec![unknown(class, side, reason)],
    }
}

fn unknown(class: Class, side: Side, reason: &str) -> Sentence {
    let text = format!("No size yet for {} hits {}: {reason}.", words::side(side), in_market(class));
    say(Topic::Side, text, ["kelly.class", "kelly.side", "kelly.risk_fraction"])
}

fn no_edge(sizing: &Sizing, edge: &Edge, class: Class, side: Side) -> Vec<Sentence> {
    let what = if edge.shrunk < 0.0 { "negative" } else { "nil" };
    let (hits, market, g) = (words::side(side), in_market(class), percent(edge.shrunk));
    let text = format!("No position: the edge of {hits} hits {market} is {what} (g {g}).");
    let stay_out = say(Topic::Side, text, ["kelly.class", "kelly.side", "kelly.kelly_shrunk"]);
    let Some(rate) = sizing.tally.as_ref().ok().and_then(|tally| tally.win_rate().ok()) else { return vec![stay_out] };
    let (needed, rate) = (percent(edge.p_break_even), percent(rate));
    let text = format!("It turns positive once more than {needed} of them win; {rate} did.");
    vec![stay_out, say(Topic::Brake, text, ["kelly.p_break_even", "kelly.win_rate"])]
}

fn preferred(sizing: &Sizing, class: Class, side: Side) -> Sentence {
    let (hits, market) = (words::side(side), in_market(class));
    let means = sizing.tally.clone().and_then(|tally| Ok((tally, tally.mean_win()?, tally.mean_loss()?)));
    let Ok((tally, win, loss)) = means else {
        return say(Topic::Side, format!("Prefer {hits} hits {market}."), ["kelly.class", "kelly.side"]);
    };
    let text = format!(
        "Prefer {hits} hits {market}: {} of {} won, {win:.2} R on average against {loss:.2} R lost.",
        tally.wins, tally.n
    );
    let fields = ["kelly.class", "kelly.side", "kelly.wins", "kelly.n", "kelly.mean_win_r", "kelly.mean_loss_r"];
    say(Topic::Side, text, fields)
}

fn size_of(sizing: &Sizing, size: f64) -> Sentence {
    let size = percent(size);
    let (Ok((distance, source)), Ok(notional)) = (&sizing.stop, sizing.notional()) else {
        let text =
            format!("Risk {size} of equity per position; what that buys is open until a stop distance is known.");
        return say(Topic::Size, text, ["kelly.risk_fraction", "kelly.stop_distance"]);
    };
    let whose = match source {
        StopSource::Hits => "",
        StopSource::RecentOutcomes => ", as with the latest outcomes",
    };
    let (distance, notional) = (percent(*distance), percent(notional));
    let text = format!(
        "Risk {size} of equity per position: with the stop {distance} away{whose}, put {notional} of equity into it."
    );
    let fields = ["kelly.risk_fraction", "kelly.stop_distance", "kelly.stop_distance_from", "kelly.notional_fraction"];
    say(Topic::Size, text, fields)
}

fn count(sizing: &Sizing, side: Side) -> Sentence {
    let hits = words::side(side);
    let known = (&sizing.positions, &sizing.effective_positions, &sizing.size_each);
    let (text, fields) = match known {
        (Ok(1), ..) => (format!("This scan has 1 {hits} hit."), vec!["kelly.positions"]),
        (Ok(n), Ok(effective), Ok(each)) => {
            let each = percent(*each);
            let text = format!(
                "{n} {hits} hits count as {effective:.2} independent positions: to take them all, risk {each} on each."
            );
            (text, vec!["kelly.positions", "kelly.effective_positions", "kelly.risk_fraction_each"])
        }
        _ => (format!("This scan has no {hits} hit to enter."), vec!["kelly.positions"]),
    };
    say(Topic::Count, text, fields)
}

fn too_small(sizing: &Sizing, rules: &Rules) -> Sentence {
    let before = sizing.brakes.iter().rev().find_map(|brake| brake.measured.filter(|size| *size > 0.0));
    let text = match before {
        Some(size) if size < rules.floor => {
            format!("No position: {} of equity is under the floor of {}.", percent(size), percent(rules.floor))
        }
        _ => "No position: the brakes leave nothing.".to_owned(),
    };
    say(Topic::Size, text, ["kelly.risk_fraction", "kelly.brakes[4].measured", "risk.limits.floor"])
}

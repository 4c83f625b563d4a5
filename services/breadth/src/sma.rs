use crate::{
    crossings::{self, Crossed},
    lines::Lines,
    split,
    tally::Tally,
};
use bellwether_schemas::{
    Scan,
    breadth::{Average, Sma},
    scan::SMA_SPANS,
};

/// The part of the output; `before` are the lines of the last sound close.
pub(crate) fn part(tally: &Tally, before: &Lines, scan: &Scan, named: usize) -> Sma {
    let crossings = crossings::of(scan, named).into_iter().enumerate();
    Sma { averages: crossings.map(|(index, crossed)| average(tally, before, index, crossed)).collect() }
}

fn average(tally: &Tally, before: &Lines, index: usize, crossed: Crossed) -> Average {
    let share = tally.above_share(index);
    let change = share.clone().and_then(|share| match before.above[index] {
        Some(earlier) => Ok(share - earlier),
        None => Err("no share at the last close to compare with".to_owned()),
    });
    let (share, share_reason) = split(share);
    let (change_share, change_share_reason) = split(change);
    Average {
        n: SMA_SPANS[index] as u32,
        above: tally.above[index],
        have: tally.have[index],
        share,
        share_reason,
        change_share,
        change_share_reason,
        crossed_up: crossed.up,
        crossed_down: crossed.down,
    }
}

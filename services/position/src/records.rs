//! What became of hits, in the words of the wire.

use crate::{Known, Rules, edge::Edge, ledger::Ledger, tally::Tally};
use bellwether_schemas::{
    Side,
    position::{ClassRecord, Record},
    regime::Class,
};
use bellwether_worker::split;

/// Outcomes from which a class speaks for itself.
const ENOUGH: u64 = 30;

/// The side over all classes, while the class has too few outcomes of its own.
pub(crate) fn pooled(ledger: &Ledger, side: Side, n: u64, rules: &Rules) -> Known<Record> {
    if n >= ENOUGH {
        return Err(format!("the class has {ENOUGH} outcomes or more"));
    }
    Ok(record(ledger.pooled(side), rules))
}

/// Every class and side with outcomes.
pub(crate) fn by_class(ledger: &Ledger, rules: &Rules) -> Vec<ClassRecord> {
    let of_class = |class| [(class, Side::Long), (class, Side::Short)];
    let all = Class::ALL.into_iter().flat_map(of_class);
    all.filter(|(class, side)| ledger.of(*class, *side).n > 0)
        .map(|(class, side)| class_record(ledger, class, side, rules))
        .collect()
}

fn class_record(ledger: &Ledger, class: Class, side: Side, rules: &Rules) -> ClassRecord {
    let tally = ledger.of(class, side);
    let pooled = pooled(ledger, side, tally.n, rules);
    let kelly = |record: Record| record.kelly_shrunk.ok_or_else(|| record.kelly_shrunk_reason.unwrap_or_default());
    let (pooled_kelly_shrunk, pooled_kelly_shrunk_reason) = split(pooled.and_then(kelly));
    ClassRecord { class, side, record: record(tally, rules), pooled_kelly_shrunk, pooled_kelly_shrunk_reason }
}

fn record(tally: &Tally, rules: &Rules) -> Record {
    let (win_rate, win_rate_reason) = split(tally.win_rate());
    let (mean_win_r, mean_win_r_reason) = split(tally.mean_win());
    let (mean_loss_r, mean_loss_r_reason) = split(tally.mean_loss());
    let (kelly_shrunk, kelly_shrunk_reason) = split(Edge::of(tally, rules.shrink).map(|edge| edge.shrunk));
    Record {
        n: tally.n,
        wins: tally.wins,
        win_rate,
        win_rate_reason,
        mean_win_r,
        mean_win_r_reason,
        mean_loss_r,
        mean_loss_r_reason,
        kelly_shrunk,
        kelly_shrunk_reason,
    }
}

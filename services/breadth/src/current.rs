use crate::{lines::Lines, mcclellan, mcclellan::Mcclellan, sectors, split, tally::Tally};
use bellwether_schemas::{Scan, breadth::Current};

/// The part of the output; `lines` already hold this scan.
pub(crate) fn part(tally: &Tally, lines: &Lines, scan: &Scan) -> Current {
    let no_session = || "no session with an advance or a decline yet".to_owned();
    let from = |value: fn(&Mcclellan) -> f64| split(lines.mcclellan.as_ref().map(value).ok_or_else(no_session));
    let (advance_share, advance_share_reason) = split(tally.advance_share());
    let (record_high_share, record_high_share_reason) = split(tally.record_high_share());
    let (high_low_index, high_low_index_reason) = split(lines.high_low_index());
    let (rana, rana_reason) = split(mcclellan::rana(tally.advances, tally.declines));
    let (mcclellan_ema19, mcclellan_ema19_reason) = from(|m| m.ema19);
    let (mcclellan_ema39, mcclellan_ema39_reason) = from(|m| m.ema39);
    let (mcclellan_oscillator, mcclellan_oscillator_reason) = from(Mcclellan::oscillator);
    let (mcclellan_summation, mcclellan_summation_reason) = from(|m| m.summation);
    let (zweig_ema10, zweig_ema10_reason) = split(lines.zweig.ema10.ok_or_else(no_session));
    Current {
        advances: tally.advances,
        declines: tally.declines,
        unchanged: tally.unchanged,
        net_advances: tally.net_advances(),
        advance_share,
        advance_share_reason,
        ad_line: lines.ad_line,
        new_highs: tally.new_highs,
        new_lows: tally.new_lows,
        new_highs_close: tally.new_highs_close,
        new_lows_close: tally.new_lows_close,
        record_high_share,
        record_high_share_reason,
        high_low_index,
        high_low_index_reason,
        rana,
        rana_reason,
        mcclellan_ema19,
        mcclellan_ema19_reason,
        mcclellan_ema39,
        mcclellan_ema39_reason,
        mcclellan_oscillator,
        mcclellan_oscillator_reason,
        mcclellan_summation,
        mcclellan_summation_reason,
        zweig_ema10,
        zweig_ema10_reason,
        zweig_thrust: lines.zweig.thrust(),
        sectors: sectors::table(scan),
    }
}

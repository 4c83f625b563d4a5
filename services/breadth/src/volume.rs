use crate::{arms::Flow, lines::Lines, split, tally::Tally};
use bellwether_schemas::breadth::{NinetyPercentDay, Volume};

/// Share of the volume that moved which makes a 90 % day (L. Rapp and P. Desmond, Lowry's Reports).
const NINETY: f64 = 0.9;

/// The part of the output; `lines` already hold this scan.
pub(crate) fn part(tally: &Tally, lines: &Lines) -> Volume {
    let open10 = lines.flows.full("sessions").and_then(|flows| Flow::sum(flows).arms());
    let (up_volume_share, up_volume_share_reason) = split(tally.up_volume_share());
    let (trin, trin_reason) = split(Flow::of(tally).arms());
    let (trin_open10, trin_open10_reason) = split(open10);
    let (ninety_percent_day, ninety_percent_day_reason) = split(ninety_percent_day(tally));
    Volume {
        up_volume: tally.up_volume,
        down_volume: tally.down_volume,
        unchanged_volume: tally.unchanged_volume,
        up_volume_share,
        up_volume_share_reason,
        trin,
        trin_reason,
        trin_open10,
        trin_open10_reason,
        ninety_percent_day,
        ninety_percent_day_reason,
        volume_line: lines.volume_line,
    }
}

fn ninety_percent_day(tally: &Tally) -> Result<NinetyPercentDay, String> {
    let moved = tally.up_volume + tally.down_volume;
    tally.up_volume_share()?;
    match () {
        () if tally.up_volume >= NINETY * moved => Ok(NinetyPercentDay::Up),
        () if tally.down_volume >= NINETY * moved => Ok(NinetyPercentDay::Down),
        () => Err("neither side has 0.9 of the volume".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bellwether_schemas::fixture::{moved, scan};

    fn day(up: usize, down: usize) -> Result<NinetyPercentDay, String> {
        ninety_percent_day(&Tally::of(&scan(1, &moved(up, down, 5))))
    }

    #[test]
    fn nine_tenths_of_the_volume_make_a_ninety_percent_day() {
        assert_eq!(day(90, 10), Ok(NinetyPercentDay::Up));
        assert_eq!(day(10, 90), Ok(NinetyPercentDay::Down));
        assert_eq!(day(89, 11), Err("neither side has 0.9 of the volume".to_owned()));
    }

    #[test]
    fn without_volume_that_moved_there_is_none() {
        assert_eq!(day(0, 0), Err("no volume in advancing or declining symbols".to_owned()));
    }
}

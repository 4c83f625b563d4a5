use bellwether_schemas::{Scan, scan::flag};
use std::cmp::Ordering;

/// Symbols that crossed one average with this bar, largest traded value first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Crossed {
    pub(crate) up: Vec<String>,
    pub(crate) down: Vec<String>,
}

/// The `most` largest crossings of each average, in the order of the flags: a symbol crosses when the average existed at
/// its previous bar and at this one, and it was above it at only one of them.
pub(crate) fn of(scan: &Scan, most: usize) -> [Crossed; 6] {
    let (mut up, mut down): ([Vec<usize>; 6], [Vec<usize>; 6]) = Default::default();
    for (at, (&now, &before)) in scan.flags.iter().zip(&scan.previous).enumerate() {
        let mut crossed = averages(now & before, flag::HAVE_SMA) & averages(now ^ before, flag::ABOVE_SMA);
        while crossed != 0 {
            let index = crossed.trailing_zeros() as usize;
            let side = if now & flag::above_sma(index) != 0 { &mut up } else { &mut down };
            side[index].push(at);
            crossed &= crossed - 1;
        }
    }
    let mut named = up.into_iter().zip(down);
    std::array::from_fn(|_| {
        let (up, down) = named.next().unwrap_or_default();
        Crossed { up: largest(scan, up, most), down: largest(scan, down, most) }
    })
}

/// Six flags, one per average, as the low bits.
fn averages(flags: u32, first: u32) -> u32 {
    (flags / first) & 0b11_1111
}

fn largest(scan: &Scan, mut crossed: Vec<usize>, most: usize) -> Vec<String> {
    // Symbols are sorted, so their positions break ties by symbol.
    let order = |a: &usize, b: &usize| by_value(scan, *a, *b).then(a.cmp(b));
    if crossed.len() > most {
        crossed.select_nth_unstable_by(most, order);
        crossed.truncate(most);
    }
    crossed.sort_unstable_by(order);
    crossed.into_iter().map(|at| scan.symbols.get(at).to_owned()).collect()
}

fn by_value(scan: &Scan, a: usize, b: usize) -> Ordering {
    let value = |at: usize| scan.close[at] * scan.volume[at];
    value(b).total_cmp(&value(a))
}

#[cfg(test)]
mod tests {
    use super::*;
    use bellwether_schemas::fixture::{Row, scan};

    const HAVE: u32 = flag::have_sma(2);
    const ABOVE: u32 = HAVE | flag::above_sma(2);

    fn row(previous: u32, flags: u32, volume: f64) -> Row {
        Row { previous, volume, ..Row::with(flags) }
    }

    #[test]
    fn only_a_symbol_with_the_average_at_both_bars_crosses() {
        let rows = [row(HAVE, ABOVE, 1.0), row(ABOVE, HAVE, 1.0), row(0, ABOVE, 1.0), row(ABOVE, ABOVE, 1.0)];
        let mut crossed = of(&scan(1, &rows), 20);
        assert_eq!(crossed[3], Crossed::default());
        let crossed = std::mem::take(&mut crossed[2]);
        assert_eq!((crossed.up, crossed.down), (vec!["S00000".to_owned()], vec!["S00001".to_owned()]));
    }

    #[test]
    fn the_largest_by_traded_value_are_named_ties_by_symbol() {
        let rows: Vec<_> = [3.0, 9.0, 3.0, 1.0, 9.0].map(|volume| row(HAVE, ABOVE, volume)).into();
        assert_eq!(of(&scan(1, &rows), 3)[2].up, ["S00001", "S00004", "S00000"]);
    }
}

use crate::split;
use bellwether_schemas::{
    Scan,
    breadth::Sector,
    scan::{SMA_SPANS, flag},
};

/// Rows that are shown: a stored result must stay under 16 kB, however many sectors a foreign scanner names.
const MOST: usize = 32;

/// Where the 50-bar average stands in the flags.
const SMA50: usize = 3;
const _: () = assert!(SMA_SPANS[SMA50] == 50);

#[derive(Clone, Copy, Default)]
struct Counts {
    symbols: u32,
    advances: u32,
    declines: u32,
    above: u32,
    have: u32,
}

/// Breadth per sector, in the scan's order.
pub(crate) fn table(scan: &Scan) -> Vec<Sector> {
    let counts = count(scan);
    let mut shown: Vec<usize> = (0..scan.sectors.len().min(counts.len())).collect();
    shown.sort_by_key(|&index| std::cmp::Reverse(counts[index].symbols));
    shown.truncate(MOST);
    shown.sort_unstable();
    shown.into_iter().map(|index| row(&scan.sectors[index], &counts[index])).collect()
}

/// Counts by sector index; the last is that of the symbols without a sector.
fn count(scan: &Scan) -> [Counts; 256] {
    let mut counts = [Counts::default(); 256];
    for (&sector, flags) in scan.sector.iter().zip(&scan.flags) {
        let has = |bits| u32::from(flags & bits == bits);
        let of = &mut counts[usize::from(sector)];
        of.symbols += 1;
        of.advances += has(flag::ADVANCE);
        of.declines += has(flag::DECLINE);
        of.above += has(flag::have_sma(SMA50) | flag::above_sma(SMA50));
        of.have += has(flag::have_sma(SMA50));
    }
    counts
}

fn row(name: &str, counts: &Counts) -> Sector {
    let share = match counts.have {
        0 => Err("no symbol has 50 bars".to_owned()),
        have => Ok(f64::from(counts.above) / f64::from(have)),
    };
    let (above_sma50_share, above_sma50_share_reason) = split(share);
    Sector {
        sector: name.chars().take(48).collect(),
        symbols: counts.symbols,
        advances: counts.advances,
        declines: counts.declines,
        above_sma50_share,
        above_sma50_share_reason,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bellwether_schemas::fixture::{Row, scan};

    #[test]
    fn each_sector_counts_its_own_symbols() {
        let have = flag::have_sma(SMA50);
        let in_sector = |sector, flags| Row { sector, ..Row::with(flags) };
        let rows = [
            in_sector(2, flag::ADVANCE | have | flag::above_sma(SMA50)),
            in_sector(2, flag::DECLINE | have),
            in_sector(0, flag::ADVANCE),
            Row::with(flag::ADVANCE),
        ];
        let table = table(&scan(1, &rows));
        assert_eq!(table.len(), 11);
        assert_eq!((table[2].symbols, table[2].advances, table[2].declines), (2, 1, 1));
        assert_eq!(table[2].above_sma50_share, Some(0.5));
        assert_eq!((table[0].symbols, table[0].above_sma50_share), (1, None));
        assert_eq!(table[0].above_sma50_share_reason.as_deref(), Some("no symbol has 50 bars"));
    }

    #[test]
    fn of_too_many_sectors_the_largest_are_shown() {
        let rows: Vec<_> = (0..200).map(|i| Row { sector: 20 + i / 2, ..Row::with(0) }).collect();
        let mut scan = scan(1, &rows);
        scan.sectors = (0..250).map(|i| format!("Sector {i}")).collect();
        let table = table(&scan);
        assert_eq!(table.len(), MOST);
        assert!(table.iter().all(|sector| sector.symbols == 2));
    }
}

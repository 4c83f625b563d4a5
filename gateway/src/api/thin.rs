//! Fewer points of a series, without losing its extremes.
//!
//! The first and the last row stay. The rows between them are cut into equal runs, and of each run every column keeps
//! the rows with its least and its greatest value. So the least and the greatest value of a whole column always stay,
//! and a chart drawn from the rows that are left has the same outline. Of a run without any number the first row stays,
//! so that a gap is seen.

/// The fewest points `columns` columns can be thinned to.
pub(super) const fn fewest(columns: usize) -> usize {
    2 + 2 * columns
}

/// Which of `count` rows stay, at most `points`, in order. `points` must not be less than [`fewest`].
pub(super) fn keep(columns: &[Vec<Option<f64>>], count: usize, points: usize) -> Vec<usize> {
    if count <= points || count < 3 {
        return (0..count).collect();
    }
    let inner = count - 2;
    let runs = (points.saturating_sub(2) / (2 * columns.len().max(1))).clamp(1, inner);
    let mut kept = vec![0, count - 1];
    for run in 0..runs {
        let rows = 1 + run * inner / runs..1 + (run + 1) * inner / runs;
        for column in columns {
            match extremes(column, rows.clone()) {
                Some((least, greatest)) => kept.extend([least, greatest]),
                None => kept.push(rows.start),
            }
        }
        if columns.is_empty() {
            kept.push(rows.start);
        }
    }
    kept.sort_unstable();
    kept.dedup();
    kept
}

/// Rows with the first least and the first greatest value.
fn extremes(column: &[Option<f64>], rows: std::ops::Range<usize>) -> Option<(usize, usize)> {
    let mut found: Option<((usize, f64), (usize, f64))> = None;
    for row in rows {
        let Some(value) = column.get(row).copied().flatten() else { continue };
        let (least, greatest) = found.get_or_insert(((row, value), (row, value)));
        if value < least.1 {
            *least = (row, value);
        }
        if value > greatest.1 {
            *greatest = (row, value);
        }
    }
    found.map(|(least, greatest)| (least.0, greatest.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bounds(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
        values.fold(None, |found, value| {
            let (low, high) = found.unwrap_or((value, value));
            Some((f64::min(low, value), f64::max(high, value)))
        })
    }

    proptest! {
        #[test]
        fn the_extremes_of_every_column_stay_and_no_more_rows_than_asked_for(
            (columns, count) in (1_usize..5, 0_usize..400).prop_flat_map(|(columns, count)| {
                let column = prop::collection::vec(prop::option::weighted(0.8, -1e6..1e6), count);
                (prop::collection::vec(column, columns), Just(count))
            }),
            more in 0_usize..100,
        ) {
            let points = fewest(columns.len()) + more;
            let kept = keep(&columns, count, points);
            prop_assert!(kept.len() <= points.max(2), "{} of {points}", kept.len());
            prop_assert!(kept.windows(2).all(|pair| pair[0] < pair[1]), "in order");
            prop_assert!(kept.iter().all(|&row| row < count));
            if count > 0 {
                prop_assert_eq!((kept[0], kept[kept.len() - 1]), (0, count - 1));
            }
            if count <= points {
                prop_assert_eq!(kept.len(), count);
            }
            for column in &columns {
                let all = bounds(column.iter().copied().flatten());
                prop_assert_eq!(bounds(kept.iter().filter_map(|&row| column[row])), all);
            }
        }
    }

    #[test]
    fn a_gap_is_still_seen() {
        let column: Vec<_> = (0..100).map(|row| (!(40..60).contains(&row)).then_some(f64::from(row))).collect();
        let kept = keep(std::slice::from_ref(&column), 100, 22);
        assert!(kept.iter().any(|&row| column[row].is_none()), "{kept:?}");
    }
}

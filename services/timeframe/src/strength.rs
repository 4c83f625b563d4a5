//! Strength and direction of a trend.

use crate::series::Series;
use bellwether_schemas::timeframe::Label;

/// Strength beyond which a trend has a direction: a price on the right side of a rising average with an RSI of 50 has
/// 0.5 to 0.67, one whose average turned against it 0.
const DIRECTED: f64 = 0.25;

/// Relative distance under which two prices are the same but for rounding.
const TIE: f64 = 1e-12;

/// Mean of the signs of close − SMA10 and of the change of SMA10, (RSI14 − 50)/50, and 2·share − 1; −1 … 1.
///
/// A frame without a single hit has no opinion of its hits: the mean is then of the other three.
pub(crate) fn strength(series: &Series, hits_share: Option<f64>) -> Result<f64, String> {
    // The RSI needs the most bars, so its reason holds for all.
    let momentum = ((series.rsi14()? - 50.0) / 50.0).clamp(-1.0, 1.0);
    let (average, before) = (series.sma10()?, series.sma10_before()?);
    let close = series.completed.map_or(average, |bar| bar.close);
    let price = [side(close, average), side(average, before), momentum];
    let hits = hits_share.map(|share| (2.0 * share - 1.0).clamp(-1.0, 1.0));
    let parts = price.len() + usize::from(hits.is_some());
    Ok((price.iter().sum::<f64>() + hits.unwrap_or(0.0)) / parts as f64)
}

/// The direction of a strength.
pub(crate) fn label(strength: f64) -> Label {
    if strength > DIRECTED {
        Label::Up
    } else if strength < -DIRECTED {
        Label::Down
    } else {
        Label::Flat
    }
}

fn side(price: f64, other: f64) -> f64 {
    let tie = TIE * other.abs();
    if price - other > tie {
        1.0
    } else if other - price > tie {
        -1.0
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::series::session;
    use bellwether_schemas::fixture;

    fn series(closes: impl IntoIterator<Item = f64>) -> Series {
        let mut series = Series::default();
        for (ordinal, close) in (1..).zip(closes) {
            series.extend(session(fixture::session(ordinal), close, close, close, close));
            series.complete();
        }
        series
    }

    #[test]
    fn a_steady_rise_is_1_and_a_steady_fall_minus_1() {
        assert_eq!(strength(&series((1..=20).map(f64::from)), Some(1.0)), Ok(1.0));
        assert_eq!(strength(&series((1..=20).rev().map(f64::from)), Some(0.0)), Ok(-1.0));
    }

    #[test]
    fn a_level_price_is_0_and_hits_alone_move_it_by_a_quarter() {
        let level = series([0.1; 20]);
        assert_eq!(strength(&level, None), Ok(0.0));
        assert_eq!(strength(&level, Some(1.0)), Ok(0.25));
        assert_eq!(strength(&level, Some(0.5)), Ok(0.0));
    }

    #[test]
    fn without_hits_it_is_the_mean_of_the_other_three() {
        let rise = series((1..=20).map(f64::from));
        assert_eq!((strength(&rise, None), strength(&rise, Some(0.0))), (Ok(1.0), Ok(0.5)));
        assert_eq!(strength(&series([1.0; 14]), None), Err("14 of 15 bars".to_owned()));
    }

    #[test]
    fn a_quarter_is_still_flat() {
        assert_eq!(
            [0.26, 0.25, 0.0, -0.25, -0.26].map(label),
            [Label::Up, Label::Flat, Label::Flat, Label::Flat, Label::Down]
        );
    }
}

//! The Arms index.
//!
//! Source: R. Arms, The Arms Index (TRIN) (1989); the open form sums each of the four over the sessions first.

use crate::{add, tally::Tally};
use serde::{Deserialize, Serialize};

/// Symbols and volume on either side.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Flow {
    advances: f64,
    declines: f64,
    up_volume: f64,
    down_volume: f64,
}

impl Flow {
    pub(crate) fn of(tally: &Tally) -> Self {
        Self {
            advances: f64::from(tally.advances),
            declines: f64::from(tally.declines),
            up_volume: tally.up_volume,
            down_volume: tally.down_volume,
        }
    }

    pub(crate) fn sum(flows: &[Self]) -> Self {
        flows.iter().fold(Self::default(), |sum, flow| Self {
            advances: sum.advances + flow.advances,
            declines: sum.declines + flow.declines,
            up_volume: add(sum.up_volume, flow.up_volume),
            down_volume: add(sum.down_volume, flow.down_volume),
        })
    }

    /// (A/D)/(AV/DV).
    pub(crate) fn arms(&self) -> Result<f64, String> {
        let parts = [
            ("no symbol advanced", self.advances),
            ("no symbol declined", self.declines),
            ("the advancing symbols have no volume", self.up_volume),
            ("the declining symbols have no volume", self.down_volume),
        ];
        if let Some((reason, _)) = parts.iter().find(|(_, value)| *value == 0.0) {
            return Err((*reason).to_owned());
        }
        let volumes = self.up_volume / self.down_volume;
        let index = self.advances / self.declines / volumes;
        if volumes.is_normal() && index.is_normal() {
            return Ok(index);
        }
        Err("the volumes are too far apart for a number".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flow(advances: f64, declines: f64, up_volume: f64, down_volume: f64) -> Flow {
        Flow { advances, declines, up_volume, down_volume }
    }

    #[test]
    fn half_the_symbols_with_two_thirds_of_the_volume_give_one_half() {
        assert_eq!(flow(100.0, 100.0, 2e6, 1e6).arms(), Ok(0.5));
    }

    #[test]
    fn a_zero_in_any_of_the_four_is_missing_with_a_reason() {
        let reasons = [
            flow(0.0, 1.0, 1.0, 1.0).arms(),
            flow(1.0, 0.0, 1.0, 1.0).arms(),
            flow(1.0, 1.0, 0.0, 1.0).arms(),
            flow(1.0, 1.0, 1.0, 0.0).arms(),
        ];
        assert!(reasons.iter().all(Result::is_err));
        assert_eq!(reasons[1], Err("no symbol declined".to_owned()));
    }

    #[test]
    fn volumes_at_the_ends_of_the_numbers_give_no_infinity() {
        assert!(flow(1.0, 1.0, 5e-324, f64::MAX).arms().is_err());
        assert!(flow(1.0, 1.0, f64::MAX, 5e-324).arms().is_err());
        assert!(Flow::sum(&[flow(1.0, 1.0, f64::MAX, 1.0); 3]).up_volume.is_finite());
    }

    #[test]
    fn the_open_form_divides_the_sums() {
        let open = Flow::sum(&[flow(10.0, 20.0, 5.0, 1.0), flow(30.0, 20.0, 5.0, 9.0)]);
        assert_eq!(open.arms(), Ok(1.0));
    }
}

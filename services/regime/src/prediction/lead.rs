use serde::{Deserialize, Serialize};

/// Horizons in a block.
const HORIZONS: u32 = 4;

/// Blocks before anything is said of chance.
const ENOUGH: u32 = 10;

/// By how much a forecaster's RPS is lower than that of persistence, and how sure that is.
///
/// Forecasts of neighbouring sessions share most of their horizon, so their scores are not independent. Means over blocks
/// of four horizons nearly are: the standard error is theirs. Source: the method of batch means, R. W. Conway, Management
/// Science 10 (1963); on leads in score as F. X. Diebold and R. S. Mariano, Journal of Business & Economic Statistics 13
/// (1995).
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Lead {
    /// Of the block under way.
    n: u32,
    sum: f64,
    blocks: u32,
    mean: f64,
    squares: f64,
}

impl Lead {
    pub(super) fn add(&mut self, lead: f64, horizon: u32) {
        self.n += 1;
        self.sum += lead;
        if self.n < HORIZONS * horizon {
            return;
        }
        let block = self.sum / f64::from(self.n);
        (self.n, self.sum) = (0, 0.0);
        self.blocks = self.blocks.saturating_add(1);
        let off = block - self.mean;
        self.mean += off / f64::from(self.blocks);
        self.squares += off * (block - self.mean);
    }

    /// Mean lead in its standard errors.
    ///
    /// # Errors
    /// Says why there is none.
    pub(super) fn z(&self, horizon: u32) -> Result<f64, String> {
        if self.blocks < ENOUGH {
            let block = HORIZONS * horizon;
            let scored = u64::from(self.blocks) * u64::from(block) + u64::from(self.n);
            return Err(format!("{scored} forecasts scored, {} needed", ENOUGH * block));
        }
        let blocks = f64::from(self.blocks);
        let error = (self.squares / (blocks - 1.0) / blocks).sqrt();
        if error < 1e-15 {
            return Err("all blocks of forecasts score alike".to_owned());
        }
        Ok(self.mean / error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_mean_of_blocks_over_its_standard_error() {
        let mut lead = Lead::default();
        for block in 0..12 {
            (0..20).for_each(|i| lead.add(f64::from(block) + if i % 2 == 0 { 100.0 } else { -100.0 }, 5));
        }
        // Blocks 0 … 11: mean 5.5, sample variance 13.
        assert!((lead.z(5).unwrap() - 5.5 / (13.0_f64 / 12.0).sqrt()).abs() < 1e-12);
    }

    #[test]
    fn few_blocks_and_equal_ones_say_nothing() {
        let mut lead = Lead::default();
        (0..199).for_each(|_| lead.add(0.5, 5));
        assert_eq!(lead.z(5).unwrap_err(), "199 forecasts scored, 200 needed");
        lead.add(0.5, 5);
        assert_eq!(lead.z(5).unwrap_err(), "all blocks of forecasts score alike");
    }
}

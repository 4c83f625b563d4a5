use crate::{
    add,
    arms::Flow,
    mcclellan::{self, Mcclellan},
    tally::Tally,
    window::Window,
    zweig::Zweig,
};
use bellwether_schemas::Date;
use serde::{Deserialize, Serialize};

/// Everything that remembers earlier sessions.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Lines {
    pub(crate) ad_line: i64,
    pub(crate) volume_line: f64,
    pub(crate) mcclellan: Option<Mcclellan>,
    pub(crate) zweig: Zweig,
    /// Record-high shares; sessions without one are left out.
    pub(crate) record_highs: Window<f64>,
    pub(crate) flows: Window<Flow>,
    /// Shares above the averages, for the change to the next.
    pub(crate) above: [Option<f64>; 6],
}

impl Lines {
    /// The lines with one more session.
    pub(crate) fn after(&self, tally: &Tally, session: Date) -> Self {
        let rana = mcclellan::rana(tally.advances, tally.declines);
        let record_high = tally.record_high_share();
        Self {
            ad_line: self.ad_line.saturating_add(tally.net_advances()),
            volume_line: add(self.volume_line, tally.net_volume()),
            mcclellan: rana.map_or(self.mcclellan, |rana| Some(Mcclellan::fold(self.mcclellan, rana))),
            zweig: self.zweig.after(tally.advance_share().ok(), session),
            record_highs: record_high.map_or_else(|_| self.record_highs.clone(), |share| self.record_highs.with(share)),
            flows: self.flows.with(Flow::of(tally)),
            above: std::array::from_fn(|index| tally.above_share(index).ok()),
        }
    }

    /// Says so when the summation index is no longer what its averages make it: a session was lost or counted twice.
    pub(crate) fn drift(&self) -> Option<String> {
        let drift = self.mcclellan?.drift()?;
        Some(format!("the McClellan summation is off its closed form by {drift:.6}"))
    }

    /// SMA10 of the record-high share.
    pub(crate) fn high_low_index(&self) -> Result<f64, String> {
        let shares = self.record_highs.full("sessions with a new high or low")?;
        Ok(shares.iter().sum::<f64>() / shares.len() as f64)
    }
}

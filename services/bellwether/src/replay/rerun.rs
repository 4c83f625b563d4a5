//! A lane computed again without storing anything: to be compared.

use super::chain::{Chain, Folded};
use crate::{registry, services::scanner};
use anyhow::{Context, Result};
use bellwether_harness::{
    Bus, history,
    lane::{self, Delivery, Lane, Material, Plan, Recorded},
};
use bellwether_schemas::{Key, Ordinal, names};

const TOGETHER: usize = 128;

/// Computes a lane from its first scan to its last.
pub(crate) struct Rerun {
    chain: Option<Chain>,
    recorded: Recorded,
    plan: Plan,
    codes: Vec<(&'static str, &'static str, String)>,
}

impl Rerun {
    /// `set` goes before the settings of the lane itself.
    ///
    /// # Errors
    /// When a setting cannot be used or the broker cannot be asked.
    pub(crate) async fn open(bus: &Bus, lane: &Lane, set: &[String]) -> Result<Self> {
        let mut plan = lane.plan.clone();
        plan.set.extend(set.iter().cloned());
        let key = Key::new(&*lane.name, &*plan.universe)?;
        let live = Key::live(&*plan.universe)?;
        let (log, first) = match plan.material {
            Material::Scans => (names::scans(&live), 1),
            Material::Bars => (names::bars(&live), 1),
            Material::Record => own(bus, &key, &mut plan).await?,
        };
        let mut chain = Chain::new(&plan)?;
        if first > 1 {
            // The record begins in the middle: what its first result carries on is taken as given.
            for worker in chain.workers().collect::<Vec<_>>() {
                let (stream, subject) = names::results(worker, &key);
                let given = history::range(bus, &stream, &subject, first - 1, 1).await?;
                let given = given.first().filter(|entry| entry.ordinal == Some(first - 1));
                let given =
                    given.with_context(|| format!("the record lacks the result of {worker} before scan {first}"))?;
                chain.resume(worker, first - 1, &given.body)?;
            }
        }
        let codes = codes(&plan)?;
        let codes =
            chain.logs().into_iter().filter_map(|log| codes.iter().find(|(name, ..)| *name == log).cloned()).collect();
        let last = match plan.material {
            Material::Bars => {
                let last = history::last(bus, &log.0, &log.1).await?;
                last.and_then(|entry| entry.ordinal).unwrap_or(0)
            }
            _ => plan.last,
        };
        let recorded = Recorded::new(bus, log, (first, last), Delivery::Instant, TOGETHER);
        Ok(Self { chain: Some(chain), recorded, plan, codes })
    }

    /// Every log it computes: its name, the service that writes it, and the code at hand.
    pub(crate) fn logs(&self) -> Vec<(&'static str, &'static str, String)> {
        self.codes.clone()
    }

    /// Last scan.
    pub(crate) fn last(&self) -> Ordinal {
        self.plan.last
    }

    /// The next chunk; `None` at the end.
    ///
    /// # Errors
    /// When an event is missing.
    pub(crate) async fn next(&mut self) -> Result<Option<Folded>> {
        let entries = self.recorded.take().await;
        let Some(mut chain) = self.chain.take().filter(|_| !entries.is_empty()) else { return Ok(None) };
        let folding = tokio::task::spawn_blocking(move || {
            let folded = chain.fold(entries);
            (chain, folded)
        });
        let (chain, folded) = folding.await.context("folding")?;
        self.chain = Some(chain);
        folded.map(Some)
    }
}

/// What a record that was brought here can be computed from: its bars, if it has all of them, else its scans.
async fn own(bus: &Bus, key: &Key, plan: &mut Plan) -> Result<((String, String), Ordinal)> {
    let bars = names::bars(key);
    let counts = lane::counts(bus, key.lane()).await?;
    if counts.contains_key(names::LANE_BARS) {
        let first = history::headers(bus, &bars.0, &bars.1, 1, 1).await?;
        if first.first().and_then(|entry| entry.ordinal) == Some(1) {
            plan.material = Material::Bars;
            return Ok((bars, 1));
        }
    }
    let scans = names::scans(key);
    let first = history::headers(bus, &scans.0, &scans.1, 1, 1).await?;
    let first = first.first().and_then(|entry| entry.ordinal).context("the record holds no scan")?;
    plan.first = first;
    Ok((scans, first))
}

fn codes(plan: &Plan) -> Result<Vec<(&'static str, &'static str, String)>> {
    let settings = registry::settings(&plan.set)?;
    let workers = registry::folds(&settings)?.into_iter().map(|(folding, code)| (folding.name(), folding.name(), code));
    Ok([(names::LANE_SCANS, scanner::NAME, scanner::code())].into_iter().chain(workers).collect())
}

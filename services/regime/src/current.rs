//! Where the market stands: what the rules say of one scan, and how it is shown.

use crate::{MIN_COVERAGE, Rules, State, consistency, flip, posterior, smoothing::Smoothed, split, standing::Track};
use bellwether_schemas::{
    Scan,
    regime::{Class, Consistency, Current, Flip, PerClass},
};

/// What the rules say after a scan. Missing values carry their reason.
pub(crate) struct Reading {
    pub(crate) track: Track,
    pub(crate) standing: Result<Class, String>,
    posterior: Result<PerClass, String>,
    breadth: Result<Consistency, String>,
    flip: Result<Flip, String>,
}

impl Reading {
    /// Of a scan whose hits count.
    pub(crate) fn folded(rules: &Rules, before: &Track, scan: &Scan) -> Self {
        let (long, short) = scan.hit_counts();
        let flip = flip::nearest(rules, before, long, short)
            .ok_or_else(|| format!("no number of added hits up to {} would change the class", flip::MOST_ADDED));
        Self::of(rules, rules.judge(before, long, short), flip, scan)
    }

    /// Of a scan whose hits do not count: what stood goes on standing.
    pub(crate) fn carried(rules: &Rules, before: &Track, scan: &Scan) -> Self {
        let flip = Err(format!("the hits do not count: coverage is under {MIN_COVERAGE:.2}"));
        Self::of(rules, *before, flip, scan)
    }

    fn of(rules: &Rules, track: Track, flip: Result<Flip, String>, scan: &Scan) -> Self {
        let standing = track.class.ok_or_else(|| too_few(rules, track.smoothed.as_ref()));
        let posterior = |smoothed| posterior::posterior(&rules.bands, smoothed, rules.design_effect);
        let missing = || standing.clone().err().unwrap_or_default();
        Self {
            track,
            posterior: track.class.and(track.smoothed.as_ref()).map(posterior).ok_or_else(missing),
            breadth: standing.clone().map(|class| consistency::of(class, scan)),
            standing,
            flip,
        }
    }

    /// Posterior of the class that stands × breadth factor, with its floor.
    pub(crate) fn confidence(&self) -> Result<f64, String> {
        let (class, posterior, breadth) = (self.standing.clone()?, self.posterior.as_ref(), self.breadth.as_ref());
        let mass = posterior.map_err(Clone::clone)?.get(&class).copied().unwrap_or_default();
        Ok(consistency::confidence(mass, breadth.map_err(Clone::clone)?))
    }
}

fn too_few(rules: &Rules, smoothed: Option<&Smoothed>) -> String {
    match smoothed {
        None => "no scan has been folded yet".to_owned(),
        Some(smoothed) => format!("{:.2} hits in the smoothed window, {} needed", smoothed.hits(), rules.min_hits),
    }
}

/// The part of the output.
pub(crate) fn part(reading: &Reading, state: &State, scan: &Scan) -> Current {
    let (long_hits, short_hits) = scan.hit_counts();
    let no_class = || reading.standing.clone().err().unwrap_or_default();
    let no_hits = || "no hits in this scan".to_owned();
    let no_smoothed = || "no hits in the smoothed window".to_owned();
    let here = Smoothed::fold(None, long_hits, short_hits, 1);
    let (class, class_reason) = split(reading.standing.clone());
    let (confidence, confidence_reason) = split(reading.confidence());
    let (posterior, posterior_reason) = split(reading.posterior.clone());
    let (share, share_reason) = split(here.share().ok_or_else(no_hits));
    let (smoothed_share, smoothed_share_reason) =
        split(reading.track.smoothed.and_then(|smoothed| smoothed.share()).ok_or_else(no_smoothed));
    let (ratio, ratio_reason) = split(ratio(long_hits, short_hits));
    let (since, since_reason) = split(state.since.clone().ok_or_else(no_class));
    let (scans_in_class, scans_in_class_reason) = split(class.map(|_| state.scans_in_class).ok_or_else(no_class));
    let (flip, flip_reason) = split(reading.flip.clone());
    let (breadth, breadth_reason) = split(reading.breadth.clone());
    Current {
        class,
        class_reason,
        confidence,
        confidence_reason,
        posterior,
        posterior_reason,
        long_hits,
        short_hits,
        share,
        share_reason,
        smoothed_share,
        smoothed_share_reason,
        ratio,
        ratio_reason,
        since,
        since_reason,
        scans_in_class,
        scans_in_class_reason,
        flip,
        flip_reason,
        breadth,
        breadth_reason,
    }
}

fn ratio(long: u32, short: u32) -> Result<f64, String> {
    if short == 0 {
        return Err("no short hits in this scan".to_owned());
    }
    Ok(f64::from(long) / f64::from(short))
}

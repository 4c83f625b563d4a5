//! How the class came about.

use crate::{current::Reading, entropy, label::Label, split};
use bellwether_schemas::{
    Date, Scan,
    regime::{Change, Class, Distribution, History, PerClass},
};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Changes kept.
const CHANGES: usize = 20;

/// Sessions, and calendar days, of the distributions.
const SPAN: usize = 7;

/// Labels so far, as far as they are kept.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Past {
    changes: Vec<Noted>,
    /// The last [`SPAN`] sessions, which also cover as many calendar days.
    sessions: Vec<Labels>,
    /// The last [`entropy::RECENT`] labels.
    recent: Vec<Label>,
    /// All labels so far, per class.
    all: [u64; 7],
}

/// A change of class: session and scan id, the class before, the one since with the confidence in it, or why there is none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Noted(Date, String, Option<Label>, Result<(Label, f64), String>);

/// How often each class was given in one session.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Labels {
    session: Date,
    counts: [u64; 7],
}

impl Past {
    /// Notes the class that stands after a scan.
    pub(crate) fn label(&mut self, session: Date, class: Option<Class>) {
        if self.sessions.last().is_none_or(|last| last.session != session) {
            keep_last(&mut self.sessions, SPAN, Labels { session, counts: [0; 7] });
        }
        let Some(class) = class else { return };
        if let Some(today) = self.sessions.last_mut() {
            today.counts[class.index()] += 1;
        }
        keep_last(&mut self.recent, entropy::RECENT, Label(class));
        self.all[class.index()] += 1;
    }

    /// Notes a change of class.
    pub(crate) fn change(&mut self, change: Noted) {
        keep_last(&mut self.changes, CHANGES, change);
    }

    /// The part of the output, as seen from `session`.
    pub(crate) fn part(&self, session: Date) -> History {
        let first_day = session.saturating_sub(Duration::from_secs((SPAN as u64 - 1) * 86_400));
        let (sessions_7, sessions_7_reason) = split(distribution(&self.sessions, Date::MIN));
        let (days_7, days_7_reason) = split(distribution(&self.sessions, first_day));
        History {
            changes: self.changes.iter().map(Noted::shown).collect(),
            distribution: Distribution { sessions_7, sessions_7_reason, days_7, days_7_reason },
            entropy: entropy::of(self.recent.iter().map(|label| label.0), &self.all),
        }
    }
}

impl Noted {
    /// The change that a scan brings.
    pub(crate) fn of(from: Option<Class>, reading: &Reading, scan: &Scan) -> Self {
        let to = reading.standing.clone().and_then(|class| Ok((Label(class), reading.confidence()?)));
        Self(scan.session, scan.id.clone(), from.map(Label), to)
    }

    fn shown(&self) -> Change {
        let Self(session, scan, from, to) = self.clone();
        let (from, from_reason) = split(from.map(|label| label.0).ok_or_else(|| "no class stood before".to_owned()));
        let (confidence, confidence_reason) = split(to.clone().map(|(_, confidence)| confidence));
        let (to, to_reason) = split(to.map(|(label, _)| label.0));
        Change { session, scan, from, from_reason, to, to_reason, confidence, confidence_reason }
    }
}

fn distribution(sessions: &[Labels], from: Date) -> Result<PerClass, String> {
    let mut counts = [0; 7];
    for labels in sessions.iter().filter(|labels| labels.session >= from) {
        counts.iter_mut().zip(labels.counts).for_each(|(sum, count)| *sum += count);
    }
    match counts.iter().sum::<u64>() {
        0 => Err("no scan of these days has a class".to_owned()),
        n => Ok(Class::ALL.into_iter().zip(counts.map(|count| count as f64 / n as f64)).collect()),
    }
}

fn keep_last<T>(list: &mut Vec<T>, most: usize, item: T) {
    if list.len() == most {
        list.remove(0);
    }
    list.push(item);
}

#[cfg(test)]
mod tests {
    use super::*;
    use bellwether_schemas::fixture::session;

    #[test]
    fn seven_sessions_reach_further_back_than_seven_days() {
        let mut past = Past::default();
        for day in [1, 2, 3, 4, 5, 8, 9, 10] {
            past.label(session(day), Some(if day < 4 { Class::Uptrend } else { Class::Choppy }));
        }
        let distribution = past.part(session(10)).distribution;
        assert_eq!(distribution.sessions_7.unwrap()[&Class::Uptrend], 2.0 / 7.0);
        assert_eq!(distribution.days_7.unwrap()[&Class::Uptrend], 0.0);
    }

    #[test]
    fn every_scan_of_a_session_counts() {
        let mut past = Past::default();
        for class in [Class::Choppy, Class::Choppy, Class::Uptrend, Class::Choppy] {
            past.label(session(1), Some(class));
        }
        assert_eq!(past.part(session(1)).distribution.sessions_7.unwrap()[&Class::Choppy], 0.75);
    }

    #[test]
    fn without_labels_there_is_no_distribution() {
        let mut past = Past::default();
        past.label(session(1), None);
        let history = past.part(session(1));
        assert_eq!(history.distribution.sessions_7, None);
        assert!(history.distribution.days_7_reason.is_some());
    }
}

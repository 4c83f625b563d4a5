//! Whether the labels still vary. A classifier that says the same in 913 of 933 scans says nothing.
//!
//! Source: Shannon (1948), H = −Σ p·log2 p.

use bellwether_schemas::regime::{Class, Entropy};

/// Labels that count as recent.
pub(crate) const RECENT: usize = 50;

/// Entropy of the recent labels (the last [`RECENT`]) against that of all, by class.
pub(crate) fn of(recent: impl Iterator<Item = Class>, all: &[u64; 7]) -> Entropy {
    let mut counts = [0; 7];
    recent.for_each(|class| counts[class.index()] += 1);
    let (recent, all_bits, n) = (bits(&counts), bits(all), all.iter().sum());
    let alarm = n >= RECENT as u64 && recent.zip(all_bits).is_some_and(|(recent, all)| recent < all / 4.0);
    let none = || "no scan has had a class yet".to_owned();
    let (recent, recent_reason) = crate::split(recent.ok_or_else(none));
    let (all, all_reason) = crate::split(all_bits.ok_or_else(none));
    Entropy { recent, recent_reason, all, all_reason, n, alarm }
}

fn bits(counts: &[u64; 7]) -> Option<f64> {
    let n: u64 = counts.iter().sum();
    if n == 0 {
        return None;
    }
    let shares = counts.iter().filter(|count| **count > 0).map(|count| *count as f64 / n as f64);
    Some(shares.fold(0.0, |sum, p| sum - p * libm::log2(p)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_labels(labels: &[Class]) -> Entropy {
        let mut all = [0; 7];
        labels.iter().for_each(|class| all[class.index()] += 1);
        of(labels[labels.len().saturating_sub(RECENT)..].iter().copied(), &all)
    }

    #[test]
    fn equal_labels_have_none_and_seven_equally_frequent_ones_have_the_most() {
        assert_eq!(of_labels(&[Class::Choppy; 9]).all, Some(0.0));
        let most = of_labels(&Class::ALL).all.unwrap();
        assert!((most - libm::log2(7.0)).abs() < 1e-12);
    }

    #[test]
    fn without_labels_there_is_none() {
        let entropy = of_labels(&[]);
        assert_eq!((entropy.recent, entropy.all, entropy.n, entropy.alarm), (None, None, 0, false));
        assert!(entropy.recent_reason.is_some() && entropy.all_reason.is_some());
    }

    #[test]
    fn labels_913_of_933_equal_raise_the_alarm() {
        let varied = (0..20).map(|i| Class::ALL[i % 7]);
        let labels: Vec<_> = varied.chain([Class::StrongDowntrend; 913]).collect();
        let entropy = of_labels(&labels);
        assert_eq!(entropy.n, 933);
        assert!(entropy.alarm);
    }

    #[test]
    fn fewer_than_50_labels_raise_none() {
        let labels: Vec<_> = Class::ALL.into_iter().chain([Class::Choppy; 42]).collect();
        assert!(!of_labels(&labels).alarm);
    }
}

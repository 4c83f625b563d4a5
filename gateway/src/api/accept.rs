//! Which of the forms on offer a client wants, by its `Accept` header.

/// The wanted one of `offers`, which are in the order of our preference; `None` when it takes none of them.
pub(crate) fn choose<'a>(accept: Option<&str>, offers: &[&'a str]) -> Option<&'a str> {
    let accept = accept.map(str::trim).filter(|accept| !accept.is_empty());
    let Some(accept) = accept else { return offers.first().copied() };
    let ranges: Vec<Range<'_>> = accept.split(',').filter_map(Range::read).collect();
    let mut best: Option<(&str, u16)> = None;
    for offer in offers {
        // The most exact range that fits an offer says how much it is wanted.
        let fitting = ranges.iter().filter_map(|range| Some((range.fits(offer)?, range.thousandths)));
        let Some((_, wanted)) = fitting.max_by_key(|(exact, _)| *exact) else { continue };
        if wanted > best.map_or(0, |(_, most)| most) {
            best = Some((offer, wanted));
        }
    }
    best.map(|(offer, _)| offer)
}

struct Range<'a> {
    media: &'a str,
    thousandths: u16,
}

impl<'a> Range<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let media = parts.next().filter(|media| media.contains('/'))?;
        let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
        Some(Self { media, thousandths: weight.map_or(Some(1000), thousandths)? })
    }

    /// How exactly the range names `offer`: 2, 1 for `text/*`, 0 for `*/*`.
    fn fits(&self, offer: &str) -> Option<u8> {
        if self.media.eq_ignore_ascii_case(offer) {
            return Some(2);
        }
        let (kind, rest) = self.media.split_once('/')?;
        match (kind, rest) {
            ("*", "*") => Some(0),
            (kind, "*") => offer.split_once('/').filter(|(of, _)| of.eq_ignore_ascii_case(kind)).map(|_| 1),
            _ => None,
        }
    }
}

/// A weight from 0 to 1 with up to three digits.
fn thousandths(text: &str) -> Option<u16> {
    let weight: f32 = text.parse().ok()?;
    (0.0..=1.0).contains(&weight).then(|| (weight * 1000.0).round() as u16)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const OFFERS: [&str; 2] = ["application/json", "text/csv"];

    #[test]
    fn the_form_wanted_most_is_chosen() {
        for (accept, expected) in [
            (None, Some("application/json")),
            (Some(""), Some("application/json")),
            (Some("*/*"), Some("application/json")),
            (Some("text/csv"), Some("text/csv")),
            (Some("TEXT/CSV"), Some("text/csv")),
            (Some("text/*;q=0.9, application/json;q=0.8"), Some("text/csv")),
            (Some("text/csv;q=0.5, */*"), Some("application/json")),
            (Some("text/csv; header=present; q=0.7, application/json;q=0.2"), Some("text/csv")),
            (Some("application/json;q=0, */*;q=0.1"), Some("text/csv")),
            (Some("image/png"), None),
            (Some("text/csv;q=0"), None),
            (Some("text/csv;q=2"), None),
            (Some("nonsense"), None),
        ] {
            assert_eq!(choose(accept, &OFFERS), expected, "{accept:?}");
        }
    }

    proptest! {
        #[test]
        fn any_header_chooses_an_offer_or_none(accept in "\\PC*") {
            let chosen = choose(Some(&accept), &OFFERS);
            prop_assert!(chosen.is_none_or(|chosen| OFFERS.contains(&chosen)));
        }
    }
}

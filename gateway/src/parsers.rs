//! Everything that reads what a client wrote, for the fuzz targets: each must take any text without a panic.

use crate::{
    api::{self, Parameters},
    past::At,
};
use axum::http::Uri;

/// Query parameters.
pub fn query(text: &str) -> bool {
    let uri = Uri::try_from(format!("/?{text}"));
    let Ok(parameters) = uri.map_err(drop).and_then(|uri| Parameters::read(&uri).map_err(drop)) else { return false };
    let all = [parameters.lane().is_ok(), parameters.universe().is_ok(), parameters.at().is_ok()];
    all.into_iter().all(|fits| fits) && parameters.number("points", 1..=2000).is_ok()
}

/// The name of a scan, which must read back as written.
pub fn at(text: &str) -> bool {
    match text.parse::<At>() {
        Ok(at) => at.to_string().parse() == Ok(at),
        Err(_) => false,
    }
}

/// Fields of a series.
pub fn fields(text: &str) -> bool {
    api::read_fields(text).is_ok()
}

/// The `Accept` header.
pub fn accept(text: &str) -> bool {
    api::choose(Some(text), &["application/json", "text/csv"]).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,300}", bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            for text in [text.as_str(), &String::from_utf8_lossy(&bytes)] {
                let _ = (query(text), at(text), fields(text), accept(text));
                let _ = text.parse::<crate::vector::Vector>();
            }
            let _ = crate::entry::decode(&bytes);
            let _ = bellwether_schemas::Scan::decode(&bytes);
            let _ = bellwether_schemas::Bars::decode(&bytes);
        }

        #[test]
        fn what_nearly_fits_is_read_or_refused(
            names in prop::collection::vec("universe|lane|at|points|from|x", 0..6),
            value in "[a-z0-9%+&=;.,_-]{0,40}",
        ) {
            let text: Vec<_> = names.iter().map(|name| format!("{name}={value}")).collect();
            let _ = query(&text.join("&"));
        }

        /// What was stored, with some of its bytes changed: nearly right is harder than random.
        #[test]
        fn a_stored_value_with_flipped_bytes_is_read_or_refused(
            flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        ) {
            use bellwether_schemas::{Scan, codec, fixture};
            let scan = fixture::with_hits(fixture::scan(30, &fixture::moved(8, 5, 2)), 3, 2);
            for (mut body, decode) in [
                (codec::encode(&scan), (|b| drop(Scan::decode(b))) as fn(&[u8])),
                (crate::fixtures::stored(3, serde_json::json!({"current": {"n": [1, 2.5, "x"]}})), |b| drop(crate::entry::decode(b))),
            ] {
                for (at, byte) in &flips {
                    let at = at.index(body.len());
                    body[at] = *byte;
                }
                decode(&body);
            }
        }
    }

    #[test]
    fn what_fits_is_read() {
        assert!(query("universe=sp500&lane=live&at=2024-03-14&points=5"));
        assert!(!query("universe=a&universe=b"));
        assert!(fields("current.n,sma.averages.0.share") && !fields("current") && !fields(&"a.b,".repeat(16)));
        assert!(at("17") && accept("text/*"));
    }
}

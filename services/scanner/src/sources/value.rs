//! Numbers and dates of a table, read from bytes.

use super::options::Field;
use bellwether_schemas::{Date, Refusal};

/// Powers of ten that are exact as f64, as far as they are needed.
const POWERS: [f64; 16] = [1.0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

/// Reads a decimal number. `nan` and `inf` are read as what they say, for the caller to refuse by its own rule.
pub(super) fn number(field: Field, text: &[u8]) -> Result<f64, Refusal> {
    if let Some(number) = short(text) {
        return Ok(number);
    }
    let parsed = std::str::from_utf8(text).ok().and_then(|text| text.parse().ok());
    parsed.ok_or_else(|| Refusal::new(field.name(), quoted(text), "a number"))
}

/// Up to 15 digits with or without a point: digits and power are exact, so their quotient is rounded correctly.
///
/// Source: W. Clinger, How to Read Floating Point Numbers Accurately, PLDI 1990.
fn short(text: &[u8]) -> Option<f64> {
    let (mut digits, mut count, mut point) = (0_u64, 0, None);
    for &byte in text {
        match byte {
            b'0'..=b'9' => {
                digits = digits * 10 + u64::from(byte - b'0');
                count += 1;
            }
            b'.' if point.is_none() => point = Some(count),
            _ => return None,
        }
        if count > 15 {
            return None;
        }
    }
    if count == 0 {
        return None;
    }
    Some(digits as f64 / POWERS[count - point.unwrap_or(count)])
}

/// Reads `YYYY-MM-DD` or `YYYYMMDD`; a midnight after it, as table libraries write it, is ignored.
pub(super) fn date(text: &[u8]) -> Result<Date, Refusal> {
    let moment = text.strip_suffix(b"Z").unwrap_or(text);
    let midnight = [b"T00:00:00", b" 00:00:00"].into_iter().find_map(|midnight| moment.strip_suffix(midnight));
    let day = midnight.unwrap_or(text);
    let parts = match day {
        [y @ .., b'-', m1, m2, b'-', d1, d2] if y.len() == 4 => {
            decimal(y).zip(decimal(&[*m1, *m2])).zip(decimal(&[*d1, *d2]))
        }
        [y @ .., m1, m2, d1, d2] if y.len() == 4 => decimal(y).zip(decimal(&[*m1, *m2])).zip(decimal(&[*d1, *d2])),
        _ => None,
    };
    parts
        .filter(|((year, _), _)| (1800..2200).contains(year))
        .and_then(|((year, month), day)| Date::new(year, month as i8, day as i8).ok())
        .ok_or_else(|| Refusal::new("date", quoted(text), "YYYY-MM-DD or YYYYMMDD, from 1800 to 2199"))
}

fn decimal(digits: &[u8]) -> Option<i16> {
    digits.iter().try_fold(0, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + i16::from(byte - b'0')))
}

/// Bytes of a file as they can stand in a message.
pub(super) fn quoted(bytes: &[u8]) -> String {
    format!("{:?}", String::from_utf8_lossy(&bytes[..bytes.len().min(200)]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil;
    use proptest::prelude::*;

    #[test]
    fn dates_are_read_in_both_forms() {
        for text in ["2020-01-02", "20200102", "2020-01-02 00:00:00", "2020-01-02T00:00:00Z"] {
            assert_eq!(date(text.as_bytes()).unwrap(), civil::date(2020, 1, 2), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "2020-02-30",
            "2020/01/02",
            "01-02-2020",
            "2020-1-2",
            "02020-01-02",
            "0020-01-02",
            "2020010",
            "2020-01-02 09:30:00",
        ] {
            assert_eq!(date(text.as_bytes()).unwrap_err().field, "date", "{text}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in ["", "-", ".", "1,5", "null", "N/D", "1.2.3", "0x10", "é"] {
            assert!(number(Field::Close, text.as_bytes()).is_err(), "{text}");
        }
        assert!(number(Field::Close, b"NaN").unwrap().is_nan());
    }

    proptest! {
        #[test]
        fn numbers_are_rounded_as_the_standard_library_does(text in "[0-9]{0,17}(\\.[0-9]{0,17})?(e[0-9])?") {
            let standard: Option<f64> = text.parse().ok();
            prop_assert_eq!(number(Field::Close, text.as_bytes()).ok().map(f64::to_bits), standard.map(f64::to_bits));
        }

        #[test]
        fn arbitrary_bytes_are_no_panic(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            let _ = (number(Field::Open, &bytes), date(&bytes), short(&bytes));
        }
    }
}

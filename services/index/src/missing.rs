//! Why a value is missing.

/// The scan's value, or why it has none: it takes `needed` bars.
pub(crate) fn present<T>(value: Option<T>, bars: u32, needed: u32) -> Result<T, String> {
    value.ok_or_else(|| if bars < needed { format!("{bars} of {needed} bars") } else { "not known".to_owned() })
}

/// now / before − 1.
pub(crate) fn change(now: f64, before: f64) -> Result<f64, String> {
    finite(now / before - 1.0)
}

/// The value, if it is a number.
pub(crate) fn finite(value: f64) -> Result<f64, String> {
    if value.is_finite() { Ok(value) } else { Err("no finite value".to_owned()) }
}

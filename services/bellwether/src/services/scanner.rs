//! The scanner, from BARS to SCANS.

use anyhow::Result;
use bellwether_harness::{
    RefoldSpec,
    service::{Context, run_refold},
};
use bellwether_scanner::Scanner;
use bellwether_schemas::names;

/// Its name.
pub(crate) const NAME: &str = "scanner";

/// `Bw-Code` of what it makes.
pub(crate) fn code() -> String {
    format!("{} {NAME}", env!("CARGO_PKG_VERSION"))
}

/// Scans every universe that has bars, until shut down.
///
/// # Errors
/// When the ops port is taken.
pub(crate) async fn run(context: Context) -> Result<()> {
    let spec = RefoldSpec {
        service: NAME,
        source: names::BARS,
        source_subjects: names::BARS_SUBJECTS,
        source_subject: names::bars_subject,
        target: names::SCANS,
        target_subject: names::scan_subject,
        code: code(),
    };
    run_refold(context, spec, |key| Scanner::new(key.universe())).await
}

//! What is said to the person at the terminal: on standard error, so that output stays clean for other programs.

use std::io::Write;

/// Says one line. A closed terminal is no reason to fail.
pub(crate) fn say(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// Prints one line of the command's result. A closed pipe is no reason to fail.
pub(crate) fn print(line: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

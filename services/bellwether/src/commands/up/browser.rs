//! Opens the dashboard where there is a screen.

use std::process::{Command, Stdio};

/// Opens the page. Nothing depends on it, so a failure is silent: the address was printed.
pub(super) fn open(url: &str) {
    let (program, screen) = if cfg!(target_os = "macos") {
        ("open", true)
    } else {
        (
            "xdg-open",
            ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| std::env::var_os(name).is_some_and(|v| !v.is_empty())),
        )
    };
    if !screen {
        return;
    }
    let quiet = Command::new(program).arg(url).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    if let Ok(mut child) = quiet {
        // Some browsers stay in the foreground; nobody waits for them but this thread.
        std::thread::spawn(move || child.wait());
    }
}

//! A pure crate decides; it must not reach the bus, the network, the clock, the environment or files.

use crate::WORKERS;
use std::process::Command;

const PURE: [&str; 5] =
    ["bellwether-schemas", "bellwether-indicators", "bellwether-worker", "bellwether-regime", "bellwether-breadth"];
const IMPURE: [&str; 9] =
    ["tokio", "async-nats", "axum", "hyper", "tracing", "rand", "fastrand", "getrandom", "chrono"];

fn tree(package: &str) -> String {
    let output = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--locked",
            "--offline",
            "-p",
            package,
            "-e",
            "normal",
            "--prefix",
            "none",
            "--format",
            "{p} {f}",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo tree runs");
    // A misspelt crate must fail, not pass.
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn a_pure_crate_reaches_no_bus_network_clock_or_randomness() {
    let workers = WORKERS.map(|worker| format!("bellwether-{worker}"));
    for package in PURE.into_iter().chain(workers.iter().map(String::as_str)) {
        let tree = tree(package);
        for line in tree.lines() {
            let name = line.split(' ').next().unwrap_or_default();
            assert!(!IMPURE.contains(&name), "{package} reaches {line}");
            // Jiff reads the clock and the zone files only with `std`.
            let features = line.rsplit(' ').next().unwrap_or_default();
            assert!(name != "jiff" || !features.split(',').any(|feature| feature == "std"), "{package} reaches {line}");
        }
    }
}

#[test]
fn workers_never_import_each_other() {
    for worker in WORKERS {
        let tree = tree(&format!("bellwether-{worker}"));
        for other in WORKERS.iter().filter(|other| **other != worker) {
            assert!(!tree.contains(&format!("bellwether-{other} ")), "{worker} imports {other}");
        }
    }
}

#[test]
fn the_sources_of_a_pure_crate_name_no_clock_environment_or_file() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the project");
    let workers = WORKERS.map(|worker| format!("services/{worker}"));
    let shared = ["schemas", "services/indicators", "services/worker"].map(str::to_owned);
    for folder in shared.into_iter().chain(workers) {
        for file in rust_files(&root.join(folder).join("src")) {
            let text = std::fs::read_to_string(&file).expect("a source file");
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            for banned in [
                "Instant::now",
                "SystemTime",
                "std::env",
                "std::fs",
                "std::net",
                "std::process",
                "std::thread",
                "HashMap",
            ] {
                assert!(!code.contains(banned), "{} names {banned}", file.display());
            }
        }
    }
}

fn rust_files(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries
        .flat_map(|path| if path.is_dir() { rust_files(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect()
}

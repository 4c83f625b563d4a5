//! The page's pure modules, in node.

use std::{path::Path, process::Command};

#[test]
fn the_pages_pure_modules_keep_their_rules() {
    if Command::new("node").arg("--version").output().is_err() {
        println!("skipped: node is not installed");
        return;
    }
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let files = ["web.test.mjs", "sections.test.mjs", "replay.test.mjs"].map(|name| tests.join(name));
    let run = Command::new("node").arg("--test").args(files).output().unwrap();
    assert!(run.status.success(), "{}{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
}

#[test]
fn nothing_in_the_page_breaks_its_policy() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("web");
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        for banned in [
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            " style=\"",
            "<style",
            "javascript:",
        ] {
            assert!(!text.contains(banned), "{} has {banned}", path.display());
        }
        for line in text.lines().filter(|_| path.extension().is_some_and(|kind| kind == "html")) {
            assert!(!line.contains(" onclick=") && !line.contains(" onload="), "{}: {line}", path.display());
        }
    }
}

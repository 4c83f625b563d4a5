//! What the gateway can say is explained in docs/TROUBLESHOOTING.md.

use std::{collections::BTreeSet, fs, path::Path};

/// Codes of problems in the sources: the first text in quotes of each call that makes one.
fn codes(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            codes(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") && !path.ends_with("tests.rs") {
            let text = fs::read_to_string(&path).expect("a source");
            for call in text.split("Problem::").skip(1) {
                let Some((name, rest)) = call.split_once('(') else { continue };
                if !["new", "not_found", "bad", "refused", "unavailable"].contains(&name) {
                    continue;
                }
                let code = rest.split('"').nth(1).unwrap_or_default();
                let plain = !code.is_empty() && code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
                // A code that is handed on was made elsewhere.
                if plain && rest.split('"').next().is_some_and(|before| before.len() < 60 && !before.contains(')')) {
                    found.insert(code.to_owned());
                }
            }
        }
    }
}

#[test]
fn every_code_of_a_problem_is_explained() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = BTreeSet::new();
    codes(&root.join("src"), &mut found);
    assert!(found.len() > 15 && found.contains("unknown_section"), "{found:?}");
    let text = fs::read_to_string(root.join("../docs/TROUBLESHOOTING.md")).expect("docs/TROUBLESHOOTING.md");
    let missing: Vec<_> = found.iter().filter(|code| !text.contains(&format!("`{code}`"))).collect();
    assert!(missing.is_empty(), "docs/TROUBLESHOOTING.md does not explain {missing:?}");
}

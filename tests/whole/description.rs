//! The description of the API against a running product: a tool that is not ours reads it, makes up requests from it and
//! compares every answer.

use bellwether_tests::{Product, eventually};
use std::{path::PathBuf, process::Command, time::Duration};

/// The Python with the tools that `tests/run` set up; without it the test skips, and says so.
fn python(module: &str) -> Option<PathBuf> {
    let python = std::env::var_os("BELLWETHER_TEST_PYTHON").map(PathBuf::from);
    let found = python.filter(|python| {
        let output = Command::new(python).args(["-c", &format!("import {module}")]).output();
        output.is_ok_and(|output| output.status.success())
    });
    if found.is_none() {
        eprintln!("skipped: BELLWETHER_TEST_PYTHON names no Python with {module}; tests/run sets it up");
    }
    found
}

fn succeed(command: &mut Command) {
    let output = command.output().expect("run Python");
    let (said, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?}\n{said}\n{errors}");
}

#[test]
fn the_description_is_valid_openapi() {
    let Some(python) = python("openapi_spec_validator") else { return };
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/openapi.json");
    succeed(Command::new(python).args(["-m", "openapi_spec_validator"]).arg(file));
}

#[test]
fn every_answer_is_one_that_the_description_names() {
    let Some(python) = python("schemathesis") else { return };
    let folder = tempfile::tempdir().expect("a data folder");
    let product = Product::up(folder.path(), &["--requests-per-second", "0"]);
    eventually("the sample market", Duration::from_secs(180), || {
        let overview = product.json("/api/overview")?;
        (overview["missing"].as_object()?.is_empty() && overview["ordinal"].as_u64()? >= 1200).then_some(())
    });
    let url = format!("http://{}/api/openapi.json", product.address);
    let settings = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("whole/schemathesis.toml");
    let settings = settings.to_str().expect("UTF-8");
    let mut command = Command::new(python);
    command
        .args(["-m", "schemathesis.cli", "--config-file", settings, "run", &url])
        // It keeps examples where it runs.
        .current_dir(folder.path());
    succeed(&mut command);
}

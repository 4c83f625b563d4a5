//! What the documents and the files for deployment say can be done.

use bellwether_tests::{binary, nats_server};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the repository")
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn documents() -> Vec<PathBuf> {
    let docs = fs::read_dir(root().join("docs")).expect("docs").map(|entry| entry.expect("an entry").path());
    let markdown = docs.filter(|path| path.extension().is_some_and(|ending| ending == "md"));
    markdown.chain([root().join("README.md")]).collect()
}

/// Lines of the ```sh blocks that call us, without what a shell would do with their output.
fn commands(text: &str) -> Vec<Vec<String>> {
    let mut inside = false;
    let mut found = Vec::new();
    for line in text.lines() {
        if let Some(language) = line.trim_start().strip_prefix("```") {
            inside = language.trim() == "sh";
            continue;
        }
        if let Some(rest) = line.trim_start().strip_prefix("bellwether ").filter(|_| inside) {
            let ends = [" | ", " > ", " < ", " # ", " && ", " & ", "; "];
            let end = ends.iter().filter_map(|end| rest.find(end)).min().unwrap_or(rest.len());
            found.push(words(rest[..end].trim_end_matches(" &")));
        }
    }
    found
}

/// Words as a shell splits them, as far as the documents need it.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for c in line.chars() {
        match (quote, c) {
            (None, '\'' | '"') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            (None, c) if c.is_whitespace() => words.push(String::new()),
            (_, c) => words.last_mut().expect("a word").push(c),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// What stands in brackets after `name:`, in the files that are YAML.
fn lists(text: &str, name: &str) -> Vec<Vec<String>> {
    let list = |line: &str| {
        let (_, rest) = line.split_once(&format!("{name}: ["))?;
        let (inside, _) = rest.split_once(']')?;
        Some(inside.split(',').map(|word| word.trim().trim_matches('"').to_owned()).collect::<Vec<String>>())
    };
    text.lines().filter_map(list).collect()
}

/// Whether the command line is one of ours; nothing is run.
fn parses(arguments: &[String]) -> Result<(), String> {
    let output = Command::new(binary()).args(arguments).arg("--help").output().expect("run bellwether");
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
}

#[test]
fn every_command_in_the_documents_and_units_is_one() {
    let mut all: Vec<(String, Vec<String>)> = Vec::new();
    for path in documents() {
        let text = fs::read_to_string(&path).expect("a document");
        all.extend(commands(&text).into_iter().map(|command| (path.display().to_string(), command)));
    }
    for unit in ["bellwether@.service", "bellwether-init.service"] {
        let text = read(&format!("docs/deploy/systemd/{unit}"));
        let starts = text.lines().filter_map(|line| line.strip_prefix("ExecStart=/usr/local/bin/bellwether "));
        all.extend(starts.map(|line| (unit.to_owned(), words(&line.replace("%i", "regime")))));
    }
    let compose = lists(&read("docker-compose.yml"), "command");
    // Another program has a command `run`, too, on a file.
    let ours = |list: &Vec<String>| list[0] == "init" || (list[0] == "run" && !list[1].starts_with('/'));
    all.extend(compose.into_iter().filter(ours).map(|list| ("compose".to_owned(), list)));
    let pods = lists(&read("docs/deploy/kubernetes/bellwether.yaml"), "args");
    all.extend(pods.into_iter().map(|list| ("kubernetes".to_owned(), list)));
    assert!(all.len() > 20, "the commands were found: {}", all.len());
    let wrong: Vec<_> = all
        .iter()
        .filter_map(|(place, command)| Some(format!("{place}: {}: {}", command.join(" "), parses(command).err()?)))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// `docker compose`, or the program of that name before it was a part of docker.
fn compose(arguments: &[&str]) -> Option<Output> {
    let run = |program: &str, first: &[&str]| {
        let mut command = Command::new(program);
        command.args(first).args(arguments).current_dir(root());
        command.output().ok()
    };
    let part = Command::new("docker").args(["compose", "version"]).output();
    match part.is_ok_and(|output| output.status.success()) {
        true => run("docker", &["compose"]),
        false => run("docker-compose", &[]),
    }
}

#[test]
fn compose_accepts_every_profile() {
    for profile in ["core", "observe", "cluster"] {
        let Some(output) = compose(&["--profile", profile, "config", "--services"]) else {
            eprintln!("skipped: neither `docker compose` nor docker-compose");
            return;
        };
        assert!(output.status.success(), "{profile}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn the_kubernetes_manifests_fit_their_schemas() {
    let python = std::env::var_os("BELLWETHER_TEST_PYTHON").map(PathBuf::from);
    let validator = python.map(|python| python.with_file_name("kubernetes-validate")).filter(|path| path.is_file());
    let Some(validator) = validator else {
        eprintln!("skipped: no kubernetes-validate beside BELLWETHER_TEST_PYTHON; tests/run sets it up");
        return;
    };
    let manifests = root().join("docs/deploy/kubernetes/bellwether.yaml");
    let output = Command::new(validator).arg("--strict").arg(manifests).output().expect("run kubernetes-validate");
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}

#[test]
fn systemd_accepts_the_units() {
    let folder = tempfile::tempdir().expect("a folder");
    let units = ["bellwether@.service", "bellwether-init.service", "bellwether-nats.service", "bellwether.target"];
    let mut files = Vec::new();
    for unit in units {
        // The programs have to be there for it to be content, and so has the user.
        let text = read(&format!("docs/deploy/systemd/{unit}"))
            .replace("/usr/local/bin/bellwether", &binary().display().to_string())
            .replace("/usr/local/bin/nats-server", &nats_server().display().to_string())
            .replace("User=nats\nGroup=nats\n", "");
        let file = folder.path().join(unit.replace('@', "@regime"));
        fs::write(&file, text).expect("a unit");
        files.push(file);
    }
    let Ok(output) = Command::new("systemd-analyze").arg("verify").args(&files).output() else {
        eprintln!("skipped: no systemd-analyze");
        return;
    };
    let said = String::from_utf8_lossy(&output.stderr);
    let wrong: Vec<_> = said.lines().filter(|line| line.contains("regime") || line.contains("bellwether")).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Libraries of the image's base: the C library, its loader, and gcc's support library.
const IN_THE_IMAGE: [&str; 6] = ["libc.so", "libm.so", "libgcc_s.so", "ld-linux", "linux-vdso", "libdl.so"];

#[test]
fn the_binary_needs_no_library_the_image_lacks() {
    let Ok(output) = Command::new("ldd").arg(binary()).output() else {
        eprintln!("skipped: no ldd");
        return;
    };
    let text = String::from_utf8_lossy(&output.stdout);
    let more: Vec<_> = text.lines().filter(|line| !IN_THE_IMAGE.iter().any(|known| line.contains(known))).collect();
    assert!(more.is_empty(), "{more:#?}");
}

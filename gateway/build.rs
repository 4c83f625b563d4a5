//! Prepares the page for embedding. Where npm is at hand its files are made small and the chart library is added; where
//! it is not, they are embedded as they are, and the page draws its charts without it.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

const KINDS: [&str; 5] = ["html", "js", "css", "svg", "webmanifest"];

fn main() {
    println!("cargo:rerun-if-changed=web");
    println!("cargo:rerun-if-env-changed=BELLWETHER_PLAIN_WEB");
    let source = PathBuf::from(env::var("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("web");
    let out = PathBuf::from(env::var("OUT_DIR").expect("cargo sets it"));
    let site = out.join("web");
    let files = copy(&source, &site);
    let tools = out.join("npm");
    let small = match install(&source, &tools) {
        Ok(()) => shrink(&tools, &site, &files),
        Err(reason) => Err(reason),
    };
    let mut files = files;
    match small {
        Ok(()) => files.push("uplot.js".to_owned()),
        Err(reason) => {
            println!("cargo:warning=the page is embedded as it is, and draws its charts without uPlot: {reason}");
            // What an earlier build left half done.
            copy(&source, &site);
        }
    }
    list(&out, files);
}

/// Copies what the page is made of; says the names.
fn copy(source: &Path, site: &Path) -> Vec<String> {
    let _ = fs::remove_dir_all(site);
    fs::create_dir_all(site).expect("a folder for the page");
    let mut names = Vec::new();
    for entry in fs::read_dir(source).expect("the page's folder") {
        let path = entry.expect("a file of the page").path();
        let kind = path.extension().and_then(|kind| kind.to_str()).unwrap_or_default();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        if KINDS.contains(&kind) {
            fs::copy(&path, site.join(name)).expect("copy a file of the page");
            names.push(name.to_owned());
        }
    }
    names.sort();
    names
}

/// Installs what the lock file names, once per lock file.
fn install(source: &Path, tools: &Path) -> Result<(), String> {
    if env::var_os("BELLWETHER_PLAIN_WEB").is_some() {
        return Err("BELLWETHER_PLAIN_WEB is set".to_owned());
    }
    let lock = fs::read(source.join("package-lock.json")).map_err(|error| error.to_string())?;
    let installed = tools.join("installed");
    if fs::read(&installed).is_ok_and(|held| held == lock) {
        return Ok(());
    }
    fs::create_dir_all(tools).map_err(|error| error.to_string())?;
    for name in ["package.json", "package-lock.json"] {
        fs::copy(source.join(name), tools.join(name)).map_err(|error| error.to_string())?;
    }
    let quiet = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--fetch-retries=1"];
    run(Command::new("npm").args(quiet).current_dir(tools), "npm ci")?;
    fs::write(installed, lock).map_err(|error| error.to_string())
}

/// Each file by itself, without joining any: names, comments and blanks go, modules stay modules.
fn shrink(tools: &Path, site: &Path, files: &[String]) -> Result<(), String> {
    let chart = tools.join("node_modules/uplot/dist/uPlot.esm.js");
    fs::copy(chart, site.join("uplot.js")).map_err(|error| format!("uPlot: {error}"))?;
    let code = files.iter().map(String::as_str).filter(|name| name.ends_with(".js") || name.ends_with(".css"));
    let mut esbuild = Command::new(tools.join("node_modules/.bin/esbuild"));
    esbuild.args([
        "--minify",
        "--charset=utf8",
        "--target=es2022",
        "--log-level=error",
        "--allow-overwrite",
        "--outdir=.",
    ]);
    run(esbuild.args(code).arg("uplot.js").current_dir(site), "esbuild")
}

fn run(command: &mut Command, name: &str) -> Result<(), String> {
    let ran = command.stdin(Stdio::null()).output().map_err(|error| format!("{name}: {error}"))?;
    let said = String::from_utf8_lossy(&ran.stderr);
    if ran.status.success() { Ok(()) } else { Err(format!("{name}: {}", said.lines().next().unwrap_or("failed"))) }
}

/// Writes the source that embeds every file.
fn list(out: &Path, mut names: Vec<String>) {
    names.sort();
    let row = |name: &String| format!("    ({name:?}, include_bytes!(concat!(env!(\"OUT_DIR\"), \"/web/{name}\"))),\n");
    let rows: String = names.iter().map(row).collect();
    fs::write(out.join("site.rs"), format!("&[\n{rows}]\n")).expect("write the list of the page's files");
}

//! Prepares the page for embedding. Where npm is at hand its modules are joined and made small and the chart library is
//! added; where it is not, they are embedded as they are, and the page draws its charts without it.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

const JOIN: &str = "bundle.mjs";
const KINDS: [&str; 5] = ["html", "js", "css", "svg", "webmanifest"];

fn main() {
    println!("cargo:rerun-if-changed=web");
    println!("cargo:rerun-if-changed={JOIN}");
    println!("cargo:rerun-if-env-changed=BELLWETHER_PLAIN_WEB");
    let crate_folder = PathBuf::from(env::var("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let source = crate_folder.join("web");
    let out = PathBuf::from(env::var("OUT_DIR").expect("cargo sets it"));
    let tools = out.join("npm");
    let site = out.join("web");
    copy(&source, &site);
    let small = install(&source, &tools).and_then(|()| shrink(&tools, &site, &crate_folder.join(JOIN)));
    if let Err(reason) = small {
        println!("cargo:warning=the page is embedded as it is, and draws its charts without uPlot: {reason}");
        // What an earlier build left half done.
        copy(&source, &site);
    }
    list(&out, names(&site));
}

/// Copies what the page is made of.
fn copy(source: &Path, site: &Path) {
    let _ = fs::remove_dir_all(site);
    fs::create_dir_all(site).expect("a folder for the page");
    for name in names(source) {
        fs::copy(source.join(&name), site.join(&name)).expect("copy a file of the page");
    }
}

/// The page's files in a folder, without what npm needs.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("the page's folder");
    let paths = entries.map(|entry| entry.expect("a file of the page").path());
    let ours =
        paths.filter(|path| path.extension().and_then(|kind| kind.to_str()).is_some_and(|kind| KINDS.contains(&kind)));
    let mut names: Vec<String> = ours.filter_map(|path| Some(path.file_name()?.to_str()?.to_owned())).collect();
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

/// Adds the chart library, joins the modules, and takes names, comments and blanks out of all.
fn shrink(tools: &Path, site: &Path, join: &Path) -> Result<(), String> {
    let chart = tools.join("node_modules/uplot/dist/uPlot.esm.js");
    fs::copy(chart, site.join("uplot.js")).map_err(|error| format!("uPlot: {error}"))?;
    run(Command::new("node").arg(join).arg(tools).arg(site), JOIN)?;
    let sheets = names(site).into_iter().filter(|name| name.ends_with(".css"));
    let mut esbuild = Command::new(tools.join("node_modules/.bin/esbuild"));
    esbuild.args(["--minify", "--charset=utf8", "--log-level=error", "--allow-overwrite", "--outdir=."]);
    run(esbuild.args(sheets).current_dir(site), "esbuild")
}

fn run(command: &mut Command, name: &str) -> Result<(), String> {
    let ran = command.stdin(Stdio::null()).output().map_err(|error| format!("{name}: {error}"))?;
    let said = String::from_utf8_lossy(&ran.stderr);
    if ran.status.success() { Ok(()) } else { Err(format!("{name}: {}", said.lines().next().unwrap_or("failed"))) }
}

/// Writes the source that embeds every file.
fn list(out: &Path, names: Vec<String>) {
    let row = |name: &String| format!("    ({name:?}, include_bytes!(concat!(env!(\"OUT_DIR\"), \"/web/{name}\"))),\n");
    let rows: String = names.iter().map(row).collect();
    fs::write(out.join("site.rs"), format!("&[\n{rows}]\n")).expect("write the list of the page's files");
}

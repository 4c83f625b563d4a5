//! The page's files as they are served: compressed once, under a path that names their content.

use axum::http::HeaderValue;
use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write,
    sync::LazyLock,
};

/// What was built in.
const FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/site.rs"));
/// All style sheets of the page in one.
const SHEET: &str = "page.css";
const ENTRY: &str = "app.js";

/// The page as built in.
pub(super) static SITE: LazyLock<Site> = LazyLock::new(|| Site::of(FILES));

/// One file.
#[derive(Debug)]
pub(super) struct Asset {
    pub(super) bytes: Bytes,
    pub(super) gzip: Option<Bytes>,
    pub(super) tag: HeaderValue,
    pub(super) media: &'static str,
}

/// All files and the page that names them.
#[derive(Debug)]
pub(super) struct Site {
    files: BTreeMap<String, Asset>,
    /// Folder of this content, with `/` at its end.
    folder: String,
    pub(super) page: String,
}

impl Asset {
    /// A file as it lies on the disk.
    pub(super) fn plain(path: &str, bytes: Bytes) -> Self {
        let tag = HeaderValue::try_from(format!("\"{}\"", super::digest(&bytes)));
        Self { gzip: None, tag: tag.unwrap_or(HeaderValue::from_static("\"\"")), media: media_type(path), bytes }
    }

    fn small(path: &str, bytes: Bytes) -> Self {
        let gzip = compress(&bytes).filter(|small| small.len() < bytes.len());
        Self { gzip, ..Self::plain(path, bytes) }
    }
}

impl Site {
    fn of(files: &[(&str, &[u8])]) -> Self {
        let text = |name: &str| {
            files.iter().find(|(known, _)| *known == name).map(|(_, bytes)| String::from_utf8_lossy(bytes).into_owned())
        };
        let html = text("index.html").unwrap_or_default();
        let (html, sheet) = one_sheet(&html, text);
        let all: Vec<u8> = files.iter().flat_map(|(_, bytes)| bytes.iter().copied()).collect();
        let folder = format!("v/{}/", super::digest(&all));
        let page = named(&preloaded(&html, &graph(ENTRY, text)), &folder);
        let mut held: BTreeMap<_, _> = files
            .iter()
            .filter(|(name, _)| *name != "index.html")
            .map(|(name, bytes)| ((*name).to_owned(), Asset::small(name, Bytes::copy_from_slice(bytes))))
            .collect();
        held.insert(SHEET.to_owned(), Asset::small(SHEET, sheet.into()));
        Self { files: held, folder, page }
    }

    /// The file of a path, and whether the path names its content.
    pub(super) fn find(&self, path: &str) -> Option<(&Asset, bool)> {
        let bare = path.strip_prefix(&self.folder);
        Some((self.files.get(bare.unwrap_or(path))?, bare.is_some()))
    }
}

pub(super) fn media_type(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("webmanifest") => "application/manifest+json",
        Some("json") => "application/json",
        _ => "application/octet-stream",
    }
}

fn compress(bytes: &[u8]) -> Option<Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok().map(Bytes::from)
}

/// The page with one style sheet in place of several, and that sheet: a request less for each.
fn one_sheet(html: &str, text: impl Fn(&str) -> Option<String>) -> (String, String) {
    let (mut page, mut sheet) = (String::new(), String::new());
    for line in html.lines() {
        let Some(name) = line.strip_prefix("<link rel=\"stylesheet\" href=\"/").and_then(|rest| rest.split('"').next())
        else {
            page.push_str(line);
            page.push('\n');
            continue;
        };
        if sheet.is_empty() {
            page.push_str(&format!("<link rel=\"stylesheet\" href=\"/{SHEET}\">\n"));
        }
        let rules = text(name).unwrap_or_default();
        let media = line.split("media=\"").nth(1).and_then(|rest| rest.split('"').next());
        sheet.push_str(&media.map_or(rules.clone(), |media| format!("@media {media}{{{rules}}}")));
    }
    (page, sheet)
}

/// Every module that must be there before the page can start, the entry first.
fn graph(entry: &str, text: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let (mut found, mut known) = (vec![entry.to_owned()], BTreeSet::from([entry.to_owned()]));
    let mut at = 0;
    while at < found.len() {
        for name in imports(&text(&found[at]).unwrap_or_default()) {
            if known.insert(name.clone()) {
                found.push(name);
            }
        }
        at += 1;
    }
    found
}

/// Names of static imports and re-exports: `from './x.js'`, with or without the blank.
fn imports(code: &str) -> Vec<String> {
    let after = code.match_indices("from").map(|(at, word)| code[at + word.len()..].trim_start());
    let quoted = after.filter_map(|rest| rest.strip_prefix("'./").or(rest.strip_prefix("\"./")));
    quoted
        .filter_map(|rest| Some(rest.split(['\'', '"']).next()?.to_owned()))
        .filter(|name| name.ends_with(".js"))
        .collect()
}

/// The page with a preload for every module of the first graph: all are fetched at once, not one after the other.
fn preloaded(html: &str, modules: &[String]) -> String {
    let links: String = modules.iter().map(|name| format!("<link rel=\"modulepreload\" href=\"/{name}\">\n")).collect();
    html.replace(&format!("<link rel=\"modulepreload\" href=\"/{ENTRY}\">\n"), &links)
}

/// The page with paths that name the content.
fn named(html: &str, folder: &str) -> String {
    let mut page = html.to_owned();
    for (before, after) in [("href=\"/", ".css\""), ("href=\"/", ".js\""), ("src=\"/", ".js\"")] {
        page = page
            .split(before)
            .enumerate()
            .map(|(index, part)| {
                let name = part.split('"').next().unwrap_or_default();
                let ours = index > 0
                    && !name.contains('/')
                    && part[name.len()..].starts_with('"')
                    && format!("{name}\"").ends_with(after);
                if index == 0 { part.to_owned() } else { format!("{before}{}{part}", if ours { folder } else { "" }) }
            })
            .collect();
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    const HTML: &str = "<link rel=\"stylesheet\" href=\"/a.css\">\n<link rel=\"stylesheet\" href=\"/p.css\" media=\"print\">\n\
        <link rel=\"modulepreload\" href=\"/app.js\">\n<script src=\"/theme.js\"></script>\n<a href=\"/regime\">x</a>\n";
    const FILES: &[(&str, &[u8])] = &[
        ("index.html", HTML.as_bytes()),
        ("a.css", b"a{}"),
        ("p.css", b"p{}"),
        ("app.js", b"import { x } from './x.js'\nconst later = import('./late.js')"),
        ("x.js", b"import{y}from\"./y.js\";export{z}from\"./app.js\""),
        ("y.js", b"export const y = 'from nothing'"),
        ("late.js", b""),
    ];

    #[test]
    fn the_page_names_its_content_and_preloads_what_it_starts_with() {
        let site = Site::of(FILES);
        let folder = &site.folder;
        for name in ["page.css", "app.js", "x.js", "y.js", "theme.js"] {
            assert!(site.page.contains(&format!("=\"/{folder}{name}\"")), "{name}: {}", site.page);
        }
        assert!(site.page.contains("<a href=\"/regime\">"));
        assert!(!site.page.contains("late.js") && !site.page.contains("/a.css"), "{}", site.page);
    }

    #[test]
    fn all_sheets_are_one_and_what_is_for_print_stays_for_print() {
        let site = Site::of(FILES);
        assert_eq!(site.find("page.css").unwrap().0.bytes, "a{}@media print{p{}}");
    }

    #[test]
    fn a_file_has_a_path_for_ever_and_one_to_ask_anew() {
        let site = Site::of(FILES);
        let named = format!("{}app.js", site.folder);
        assert!(site.find(&named).unwrap().1);
        assert!(!site.find("app.js").unwrap().1);
        assert!(site.find("v/other/app.js").is_none());
        assert!(site.find("index.html").is_none());
    }

    #[test]
    fn what_is_built_in_is_whole() {
        assert!(SITE.page.contains("id=\"boot\""));
        for name in ["app.js", "hub.js", "theme.js", "page.css", "manifest.webmanifest"] {
            assert!(SITE.find(name).is_some(), "{name}");
        }
    }
}

//! What holds for every function that callers reach.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::{packages, read, sources, workspace};

/// Functions whose every route is open, so that a plain router is safe there.
const OPEN: [(&str, &str); 1] = [("tiktok-webhook", "is reached by TikTok alone, by its signature")];

#[test]
fn every_route_says_what_a_key_needs_for_it() {
    let mut seen = 0;
    for (function, file, source) in sources_of_functions() {
        let is_open = OPEN.iter().any(|(name, _)| *name == function);
        let is_plain = source.contains("axum::routing");
        assert!(is_open || !is_plain, "{}: use slipway_http::routes, whose routes name a scope", file.display());
        seen += usize::from(is_plain);
    }
    assert_eq!(seen, OPEN.len(), "an open function has no routes any more");
}

#[test]
fn no_function_builds_an_answer_by_hand() {
    for (_, file, source) in sources_of_functions() {
        let by_hand = source.contains("json!");
        assert!(!by_hand, "{}: what callers are shown is a struct in shared/contract", file.display());
    }
}

/// What the routes of a function cost stands in one table of its tests, so that no list reads more than it shows.
#[test]
fn every_function_with_keys_says_what_its_routes_cost() {
    let mut functions: Vec<_> = sources_of_functions()
        .into_iter()
        .filter_map(|(function, _, source)| source.contains("slipway_http::routes").then_some(function))
        .collect();
    functions.dedup();
    assert!(functions.len() >= 3, "they are found: {functions:?}");
    for function in functions {
        let tests = sources(format!("functions/{function}/tests"));
        let has_table = tests.into_iter().any(|(_, text)| text.contains("assert_costs("));
        assert!(has_table, "{function}: call workbench::costs::assert_costs with its routes");
    }
}

/// Every source file of a function without its tests, with the function's name.
fn sources_of_functions() -> Vec<(String, PathBuf, String)> {
    let mut found = Vec::new();
    for package in packages().into_iter().filter(super::Package::is_function) {
        add_sources(&package.name, &workspace(&package.folder).join("src"), &mut found);
    }
    assert!(found.len() > 50, "the sources are found");
    found
}

fn add_sources(function: &str, folder: &Path, found: &mut Vec<(String, PathBuf, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.ends_with("tests") || path.ends_with("tests.rs") {
            continue;
        }
        if path.is_dir() {
            add_sources(function, &path, found);
        } else {
            let text = std::fs::read_to_string(&path).unwrap();
            let (code, _tests) = text.split_once("#[cfg(test)]\nmod tests {").unwrap_or((&text, ""));
            found.push((function.to_owned(), path, code.to_owned()));
        }
    }
}

/// A code that nothing raises is a promise that nobody keeps. Those that wait for their routes are in contract's README.
#[test]
fn every_error_code_is_raised_by_some_function() {
    let codes = read("shared/contract/src/code.rs");
    let codes = codes.split_once("\ncodes! {\n").and_then(|(_, rest)| rest.split("\n}\n").next()).unwrap();
    let codes: Vec<_> = codes.lines().filter_map(|line| line.trim().split_once(" = ")).map(|(code, _)| code).collect();
    assert!(codes.len() >= 40, "the codes are found: {codes:?}");
    let is_test = |path: &Path| path.components().any(|part| part.as_os_str() == "tests") || path.ends_with("tests.rs");
    let mut raised = BTreeSet::new();
    for (path, text) in ["functions", "shared"].into_iter().flat_map(sources) {
        if is_test(&path) {
            continue;
        }
        let product = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        for (at, name) in product.match_indices("ErrorCode::") {
            let code = product[at + name.len()..].split(|c: char| !c.is_alphanumeric()).next().unwrap();
            let rest = product[at + name.len() + code.len()..].trim_start();
            // TikTok has codes of its own, and an arm of a match only asks.
            let is_ours = !product[..at].ends_with(char::is_alphanumeric);
            if is_ours && !rest.starts_with("=>") && !rest.starts_with('|') {
                raised.insert(code.to_owned());
            }
        }
    }
    for code in codes {
        assert!(raised.contains(code), "nothing raises ErrorCode::{code}");
    }
}

//! What holds for every function that callers reach.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::{packages, product, read, sources, workspace};

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
fn nothing_that_crosses_a_border_is_built_by_hand() {
    for (file, source) in ["functions", "shared"].into_iter().flat_map(product) {
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

/// Where a function that callers reach reads all that a tenant has, whatever their key is limited to, and how often.
const UNLIMITED: [(&str, usize, &str); 4] = [
    (
        "functions/posts/src/brands.rs",
        2,
        "the brands of a post are those of its accounts, which it asks before it shows any",
    ),
    ("functions/webhooks/src/entries.rs", 2, "so are those of an entry of the log"),
    ("functions/workspace/src/export/read.rs", 1, "keys without restrictions alone export"),
    ("functions/workspace/src/fields.rs", 1, "they alone make keys, also of the other mode"),
];

/// The store finds nothing beyond the reach that it is given, and a caller has the one of the key. Whoever makes another one
/// for a caller says here why.
#[test]
fn callers_read_by_the_reach_of_their_key() {
    let with_keys: BTreeSet<_> = sources_of_functions()
        .into_iter()
        .filter_map(|(function, _, source)| source.contains("slipway_http::").then_some(function))
        .collect();
    let unlimited: BTreeSet<_> = sources_of_functions()
        .into_iter()
        .filter(|(function, _, source)| with_keys.contains(function) && source.contains("Reach::"))
        .map(|(_, file, source)| {
            let file = file.strip_prefix(workspace("")).unwrap().to_string_lossy().into_owned();
            (file, source.matches("Reach::").count())
        })
        .collect();
    assert!(with_keys.len() >= 5, "they are found: {with_keys:?}");
    assert_eq!(unlimited, UNLIMITED.map(|(file, times, _)| (file.to_owned(), times)).into());
    // What can't tell whose brand's an entry is asks by the accounts that it names.
    for (function, file, source) in sources_of_functions() {
        let is_callers = with_keys.contains(&function) && !file.ends_with("webhooks/src/entries.rs");
        for asks in ["reach.has(", "reach.sees(", "reach.owns("] {
            let asks_itself = is_callers && source.contains(asks);
            assert!(!asks_itself, "{}: {asks}..) is the store's to ask, so that nobody forgets it", file.display());
        }
    }
}

/// Every source of a function without its tests, with the function's name.
fn sources_of_functions() -> Vec<(String, PathBuf, String)> {
    let functions: Vec<_> = packages().into_iter().filter(super::Package::is_function).collect();
    let of = |path: &Path| functions.iter().find(|function| path.starts_with(&function.folder));
    let sources = product("functions").into_iter();
    sources.filter_map(|(path, source)| Some((of(&path)?.name.clone(), path, source))).collect()
}

/// A code that nothing raises is a promise that nobody keeps. Those that wait for their routes are in contract's README.
#[test]
fn every_error_code_is_raised_by_some_function() {
    let codes = read("shared/contract/src/code.rs");
    let codes = codes.split_once("\ncodes! {\n").and_then(|(_, rest)| rest.split("\n}\n").next()).unwrap();
    let codes: Vec<_> = codes.lines().filter_map(|line| line.trim().split_once(" = ")).map(|(code, _)| code).collect();
    assert!(codes.len() >= 40, "the codes are found: {codes:?}");
    let mut raised = BTreeSet::new();
    for (_, product) in ["functions", "shared"].into_iter().flat_map(product) {
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

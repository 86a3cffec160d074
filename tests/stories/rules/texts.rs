//! Texts name only routes that exist: in answers and logs, in the program's words, in comments and on the pages.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::pages::pages;
use super::{product, read, sources, workspace};

const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];
/// What paths of ours begin with. The last three are parts of others' paths, too.
const BEGINNINGS: [&str; 4] = ["/v1/", "/invite/", "/oauth/", "/webhooks/"];

/// A route, or a text that looks like one, which may come without a method.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Named {
    pub(crate) method: Option<String>,
    pub(crate) path: String,
}

#[test]
fn every_route_that_a_text_names_exists() {
    let routes = routes();
    assert!(routes.len() >= 30, "the routes are found: {routes:?}");
    let mut seen = 0;
    for (place, text) in texts() {
        for named in named_in(&text) {
            let exists = routes.iter().any(|route| names(&named, route));
            assert!(exists, "{} names {named:?}, which does not exist", place.display());
            seen += 1;
        }
    }
    assert!(seen >= 150, "what the texts name is found: {seen}");
}

/// The sources of what callers meet, without tests, and the pages.
fn texts() -> Vec<(PathBuf, String)> {
    let mut found: Vec<_> = ["functions", "shared", "cli"].into_iter().flat_map(product).collect();
    found.extend(pages().into_iter().map(|page| (workspace(&page), read(&page))));
    found
}

/// Every method of every path that the functions' routers have.
pub(crate) fn routes() -> BTreeSet<Named> {
    let mut found = BTreeSet::new();
    for (_, source) in product("functions").into_iter().filter(|(path, _)| path.ends_with("src/lib.rs")) {
        for call in source.split(".route(").skip(1) {
            let (path, handlers) = call.split_once(',').unwrap();
            // The one path that is a constant is named by TikTok's developers' portal, too.
            let path = path.trim().trim_matches('"').replace("callback::PATH", "/oauth/callback/tiktok");
            let handlers = handlers.split(".with_state").next().unwrap();
            let methods = METHODS.iter().filter(|method| handlers.contains(&format!("{}(", method.to_lowercase())));
            found.extend(methods.map(|method| Named { method: Some((*method).to_owned()), path: path.clone() }));
        }
    }
    found
}

/// What looks like a route of ours.
fn named_in(text: &str) -> Vec<Named> {
    let mut found = Vec::new();
    for beginning in BEGINNINGS {
        for (at, _) in text.match_indices(beginning) {
            let before = &text[..at];
            let goes_on = before.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '}' | '.' | '/'));
            if goes_on && beginning != "/v1/" {
                continue;
            }
            let ends = |c: char| c.is_whitespace() || "\"'`,;)(|?\\*#".contains(c);
            let path = text[at..].split(ends).next().unwrap().trim_end_matches(['.', ':', '/']);
            // A way of speaking about all of them.
            if path == beginning.trim_end_matches('/') || path.ends_with("{proxy+}") {
                continue;
            }
            // Between a method and its path a line of a comment or of a text may end.
            let word = before.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, '/' | '!' | '\\'));
            let word = word.rsplit(|c: char| !c.is_ascii_uppercase()).next().unwrap_or_default();
            let method = METHODS.contains(&word).then(|| word.to_owned());
            found.push(Named { method, path: path.to_owned() });
        }
    }
    found
}

/// Whether this text may mean this route.
fn names(text: &Named, route: &Named) -> bool {
    let (said, meant): (Vec<_>, Vec<_>) = (text.path.split('/').collect(), route.path.split('/').collect());
    let same = |(said, meant): (&&str, &&str)| {
        said == meant || (meant.starts_with('{') && said.contains(['{', '$', '…', '_', '<']))
    };
    let is_method = text.method.is_none() || text.method == route.method;
    is_method && said.len() == meant.len() && said.iter().zip(&meant).all(same)
}

/// Of what the glossary has other words for: whatever means nothing else anywhere.
const NOT_SAID: &[(&[&str], &str)] = &[
    // In two parts, so that this line is none of them.
    (&[concat!("an", "ew")], "again, or restart"),
    (&["looked", concat!("a", "t")], "verified, checked or read"),
    (&["to", "the", concat!("let", "ter")], "exactly, or verbatim"),
    (&["let", "go", concat!("o", "f")], "released"),
    (&["lets", concat!("g", "o")], "releases"),
    (&["in", "so", "many", concat!("wor", "ds")], "explicitly"),
    (&["TikTok", concat!("sa", "id")], "reported"),
    (&["TikTok", concat!("to", "ld")], "reported"),
];

#[test]
fn no_text_says_what_the_glossary_has_another_word_for() {
    let is_glossary = |place: &PathBuf| place.ends_with("docs/glossary.md");
    let sources = ["functions", "shared", "cli", "infra", "tests"].into_iter().flat_map(sources);
    let pages = pages().into_iter().map(|page| (workspace(&page), read(&page)));
    let mut seen = 0;
    for (place, text) in sources.chain(pages).filter(|(place, _)| !is_glossary(place)) {
        for (number, line) in text.lines().enumerate() {
            let words: Vec<_> = line.split(|c: char| !c.is_alphabetic()).collect();
            for (not, write) in NOT_SAID {
                let says_it = words.windows(not.len()).any(|said| said == *not);
                assert!(!says_it, "{}:{}: {not:?}; write {write}", place.display(), number + 1);
            }
        }
        seen += 1;
    }
    assert!(seen >= 500, "the texts are found: {seen}");
}

#[test]
fn a_route_is_found_however_it_is_written() {
    for (text, method, path) in [
        ("Send POST /v1/media/upload-url, then", Some("POST"), "/v1/media/upload-url"),
        ("curl \"$API/v1/media?limit=1\"", None, "/v1/media"),
        ("`DELETE\n/// /v1/invites/{id}`.", Some("DELETE"), "/v1/invites/{id}"),
        ("GET \\\n   /v1/media/{}/upload gives", Some("GET"), "/v1/media/{}/upload"),
        ("leads to /invite/{token}.", None, "/invite/{token}"),
    ] {
        let expected = Named { method: method.map(str::to_owned), path: path.to_owned() };
        assert_eq!(named_in(text), [expected], "{text}");
    }
    for text in ["below /v1/", "https://open.tiktokapis.com/v2/oauth/token", "{base}/invite/{token}"] {
        assert_eq!(named_in(text), [], "{text}");
    }
    let route = Named { method: Some("GET".to_owned()), path: "/v1/posts/{id}".to_owned() };
    for (method, path, is_it) in [
        (Some("GET"), "/v1/posts/{}", true),
        (None, "/v1/posts/post_…", true),
        (Some("PATCH"), "/v1/posts/{id}", false),
        (None, "/v1/posts/drafts", false),
        (None, "/v1/posts/{id}/publish", false),
    ] {
        let text = Named { method: method.map(str::to_owned), path: path.to_owned() };
        assert_eq!(names(&text, &route), is_it, "{text:?}");
    }
}

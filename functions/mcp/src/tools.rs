//! All tools, in the order in which an agent needs them.

mod accounts;
mod media;
mod posts;
mod workspace;

use crate::tool::Tool;

/// Every tool.
pub(crate) fn all() -> impl Iterator<Item = &'static Tool> {
    [accounts::TOOLS, media::TOOLS, posts::TOOLS, workspace::TOOLS].into_iter().flatten()
}

/// The tool of this name.
pub(crate) fn find(name: &str) -> Option<&'static Tool> {
    all().find(|tool| tool.name == name)
}

/// The tools whose routes a text of the API's names.
pub(crate) fn named_in(text: &str) -> impl Iterator<Item = &'static Tool> {
    all().filter(move |tool| {
        let route = tool.route.named();
        let ends = |at: usize| !text[at..].starts_with(|c: char| c.is_alphanumeric() || matches!(c, '/' | '-' | '{'));
        text.match_indices(&route).any(|(at, _)| ends(at + route.len()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tool::{Effect, Verb};

    #[test]
    fn names_are_unique_and_made_of_a_verb_and_a_noun() {
        let mut seen = std::collections::BTreeSet::new();
        for tool in all() {
            assert!(seen.insert(tool.name), "{} twice", tool.name);
            assert!(tool.name.contains('_') && tool.name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'));
            assert_eq!(tool.effect == Effect::Reads, tool.route.method == Verb::Get || tool.name == "validate_post");
            assert_eq!(tool.route.path.contains('{'), !tool.route.id.is_empty(), "{}", tool.name);
        }
    }

    #[test]
    fn a_route_in_a_text_is_found_and_not_one_that_begins_like_it() {
        let names = |text: &str| named_in(text).map(|tool| tool.name).collect::<Vec<_>>();
        assert_eq!(names("GET /v1/accounts lists them."), ["list_accounts"]);
        assert_eq!(names("POST /v1/accounts/connect"), ["connect_account"]);
        assert_eq!(names("see GET /v1/posts/{id}/timeline"), ["get_post_timeline"]);
        assert_eq!(names("GET /v1/accounts/x, DELETE /v1/accounts"), [""; 0]);
    }
}

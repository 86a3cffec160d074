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

/// The routes that a text of the API's names, each with its tool, if it has one. A hole of a route stands for any id.
pub(crate) fn named_in(text: &str) -> impl Iterator<Item = (String, Option<&'static Tool>)> {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '/' | '-' | '_' | '{' | '}');
    ["GET", "POST", "PATCH", "PUT", "DELETE"].into_iter().flat_map(move |method| {
        text.match_indices(method).filter_map(move |(at, _)| {
            let path = text[at + method.len()..].strip_prefix(' ')?;
            let path = &path[..path.find(|c| !is_part(c)).unwrap_or(path.len())];
            let tool = all().find(|tool| tool.route.method.name() == method && is_of(tool.route.path, path));
            path.starts_with("/v1/").then(|| (format!("{method} {path}"), tool))
        })
    })
}

/// Whether this path is one of the route's.
fn is_of(route: &str, path: &str) -> bool {
    let (mut route, mut path) = (route.split('/'), path.split('/'));
    loop {
        match (route.next(), path.next()) {
            (None, None) => return true,
            (Some(wanted), Some(is)) if wanted == is || (wanted == "{id}" && !is.is_empty()) => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use slipway_domain::schedule::CONSENT_WITHIN;

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
    fn how_long_a_link_is_good_is_what_agents_are_told() {
        let connect = all().find(|tool| tool.name == "connect_account").unwrap();
        assert_eq!((CONSENT_WITHIN.as_mins(), connect.about.contains("ten minutes")), (10, true));
    }

    #[test]
    fn a_route_in_a_text_is_found_with_its_tool_whatever_its_id() {
        let names = |text: &str| {
            named_in(text).map(|(route, tool)| tool.map_or(route, |tool| tool.name.to_owned())).collect::<Vec<_>>()
        };
        assert_eq!(names("GET /v1/accounts lists them."), ["list_accounts"]);
        assert_eq!(names("POST /v1/accounts/connect"), ["connect_account"]);
        assert_eq!(names("see GET /v1/posts/{id}/timeline"), ["get_post_timeline"]);
        assert_eq!(names("GET /v1/posts/post_01a2. Look there"), ["get_post"]);
        assert_eq!(names("POST /v1/posts/post_1/retry, once"), ["retry_post"]);
        assert_eq!(names("DELETE /v1/media/{id}"), ["DELETE /v1/media/{id}"], "it has no tool");
        assert_eq!(names("GET /v1/posts/validate"), ["get_post_rules"], "a name is not an id");
        assert_eq!(names("Send GET, or POST it to your own /v1/x"), [""; 0]);
    }
}

//! Which route answers a request, by API Gateway's rules for HTTP APIs.
//!
//! Of all routes that fit, the most specific path wins: compared segment by segment, a literal comes before a
//! `{variable}`, and that before a greedy `{variable+}`, which takes at least one character. For one path, the route of
//! the request's own method comes before `ANY`. `$default` answers what nothing else does. `/v1/media` and
//! `/v1/media/` are different paths.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::time::Duration;

/// A route and the function behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Route {
    /// As API Gateway writes it: `ANY /v1/posts/{proxy+}` or `$default`.
    pub(crate) key: String,
    /// The function's logical id.
    pub(crate) function: String,
    /// How long the function may take to answer.
    pub(crate) timeout: Duration,
}

/// All routes of an API.
#[derive(Debug, Default)]
pub(crate) struct Routes {
    /// The most specific first.
    paths: Vec<PathRoute>,
    default: Option<Route>,
}

#[derive(Debug)]
struct PathRoute {
    /// `None` stands for `ANY`.
    method: Option<String>,
    segments: Vec<Segment>,
    route: Route,
}

#[derive(Debug)]
enum Segment {
    Literal(String),
    Variable(String),
    Greedy(String),
}

impl Routes {
    pub(crate) fn new(routes: impl IntoIterator<Item = Route>) -> Self {
        let mut all = Self::default();
        for route in routes {
            match route.key.split_once(' ') {
                Some((method, path)) => all.paths.push(PathRoute {
                    method: (method != "ANY").then(|| method.to_owned()),
                    segments: path.trim_start_matches('/').split('/').map(Segment::parse).collect(),
                    route,
                }),
                None => all.default = Some(route),
            }
        }
        all.paths.sort_by(PathRoute::by_precedence);
        all
    }

    /// The route for a request and the values of its path variables. The path is the decoded one.
    pub(crate) fn find(&self, method: &str, path: &str) -> Option<(&Route, BTreeMap<String, String>)> {
        let mut fitting = self.paths.iter().filter(|route| route.method.as_deref().is_none_or(|own| own == method));
        fitting
            .find_map(|route| Some((&route.route, route.matches(path)?)))
            .or_else(|| self.default.as_ref().map(|route| (route, BTreeMap::new())))
    }
}

impl PathRoute {
    fn by_precedence(&self, other: &Self) -> Ordering {
        let kinds = |route: &Self| route.segments.iter().map(Segment::rank).collect::<Vec<_>>();
        kinds(self).cmp(&kinds(other)).then_with(|| self.method.is_none().cmp(&other.method.is_none()))
    }

    fn matches(&self, path: &str) -> Option<BTreeMap<String, String>> {
        let mut variables = BTreeMap::new();
        let mut rest = Some(path.strip_prefix('/')?);
        for segment in &self.segments {
            let remaining = rest?;
            let (head, tail) = match remaining.split_once('/') {
                Some((head, tail)) => (head, Some(tail)),
                None => (remaining, None),
            };
            match segment {
                Segment::Literal(text) if text == head => rest = tail,
                Segment::Variable(name) if !head.is_empty() => {
                    variables.insert(name.clone(), head.to_owned());
                    rest = tail;
                }
                Segment::Greedy(name) if !remaining.is_empty() => {
                    variables.insert(name.clone(), remaining.to_owned());
                    rest = None;
                }
                Segment::Literal(_) | Segment::Variable(_) | Segment::Greedy(_) => return None,
            }
        }
        rest.is_none().then_some(variables)
    }
}

impl Segment {
    fn parse(text: &str) -> Self {
        match text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            None => Self::Literal(text.to_owned()),
            Some(name) => match name.strip_suffix('+') {
                Some(name) => Self::Greedy(name.to_owned()),
                None => Self::Variable(name.to_owned()),
            },
        }
    }

    /// Lower is more specific.
    fn rank(&self) -> u8 {
        match self {
            Self::Literal(_) => 0,
            Self::Variable(_) => 1,
            Self::Greedy(_) => 2,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routes(keys: &[&str]) -> Routes {
        Routes::new(keys.iter().map(|key| Route {
            key: (*key).to_owned(),
            function: String::new(),
            timeout: Duration::ZERO,
        }))
    }

    #[track_caller]
    fn check(keys: &[&str], method: &str, path: &str, expected: Option<&str>) {
        // The order of declaration must not matter.
        for order in [keys.to_vec(), keys.iter().rev().copied().collect()] {
            let routes = routes(&order);
            assert_eq!(routes.find(method, path).map(|(route, _)| route.key.as_str()), expected, "{method} {path}");
        }
    }

    const PETS: [&str; 6] = [
        "GET /pets/dog/1",
        "GET /pets/dog/{id}",
        "GET /pets/{proxy+}",
        "ANY /pets/dog/{id}",
        "ANY /{proxy+}",
        "$default",
    ];

    #[test]
    fn the_most_specific_path_wins() {
        check(&PETS, "GET", "/pets/dog/1", Some("GET /pets/dog/1"));
        check(&PETS, "GET", "/pets/dog/2", Some("GET /pets/dog/{id}"));
        check(&PETS, "GET", "/pets/cat/1", Some("GET /pets/{proxy+}"));
        check(&PETS, "GET", "/pets/dog/2/photos", Some("GET /pets/{proxy+}"));
        check(&PETS, "GET", "/pets", Some("ANY /{proxy+}"));
    }

    #[test]
    fn the_own_method_comes_before_any_and_another_method_never_fits() {
        check(&PETS, "GET", "/pets/dog/2", Some("GET /pets/dog/{id}"));
        check(&PETS, "POST", "/pets/dog/2", Some("ANY /pets/dog/{id}"));
        check(&PETS, "POST", "/pets/dog/1", Some("ANY /pets/dog/{id}"));
        check(&["GET /a"], "POST", "/a", None);
    }

    #[test]
    fn default_answers_what_nothing_else_does() {
        check(&PETS, "GET", "/", Some("$default"));
        check(&["GET /a", "$default"], "POST", "/a", Some("$default"));
        check(&["GET /a"], "GET", "/b", None);
    }

    #[test]
    fn a_trailing_slash_makes_another_path_and_greedy_needs_a_character() {
        let keys = ["ANY /v1/media", "ANY /v1/media/{proxy+}"];
        check(&keys, "GET", "/v1/media", Some("ANY /v1/media"));
        check(&keys, "GET", "/v1/media/", None);
        check(&keys, "GET", "/v1/media/med_1", Some("ANY /v1/media/{proxy+}"));
        check(&keys, "GET", "/v1/media/med_1/", Some("ANY /v1/media/{proxy+}"));
        check(&["ANY /v1/media/"], "GET", "/v1/media", None);
        check(&["ANY /v1/media/"], "GET", "/v1/media/", Some("ANY /v1/media/"));
        check(&["ANY /v1/{id}"], "GET", "/v1/", None);
        check(&["ANY /v1/{id}"], "GET", "/v1/a/", None);
        check(&["ANY /"], "GET", "/", Some("ANY /"));
        check(&["ANY /"], "GET", "//", None);
    }

    #[test]
    fn variables_are_told() {
        let routes = routes(&["GET /v1/{kind}/{proxy+}"]);
        let (_, variables) = routes.find("GET", "/v1/posts/a/b/").unwrap();
        let expected = [("kind", "posts"), ("proxy", "a/b/")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(variables, BTreeMap::from(expected));
    }

    proptest::proptest! {
        #[test]
        fn a_greedy_variable_takes_all_that_is_left_and_only_if_something_is(rest in "[a-z/]{0,20}") {
            let routes = routes(&["ANY /v1/media", "ANY /v1/media/{proxy+}"]);
            let found = routes.find("GET", &format!("/v1/media/{rest}"));
            let taken = found.map(|(_, variables)| variables["proxy"].clone());
            proptest::prop_assert_eq!(taken, (!rest.is_empty()).then_some(rest));
        }
    }
}

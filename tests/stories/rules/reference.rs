//! The description of the API, `openapi.json`, says what the code does.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::pages::routes_on_the_api_page;
use super::template::paths_through_the_template;
use super::{product, read, routes};

/// The description as it is committed. That it is what the types say is a test of infra/openapi.
pub(crate) fn description() -> Value {
    serde_json::from_str(&read("openapi.json")).unwrap()
}

/// Method, path and text of each operation.
pub(crate) fn operations(description: &Value) -> Vec<(String, String, &Value)> {
    let mut found = Vec::new();
    for (path, methods) in description["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            found.push((method.to_uppercase(), path.clone(), operation));
        }
    }
    assert!(found.len() >= 60, "the operations are found");
    found
}

#[test]
fn routers_template_page_and_description_have_the_same_routes() {
    let description = description();
    let described: BTreeSet<_> = operations(&description).into_iter().map(|(method, path, _)| (method, path)).collect();
    let routed: BTreeSet<_> = routes().into_iter().map(|route| (route.method.unwrap(), route.path)).collect();
    let on_the_page = routes_on_the_api_page();
    let through_the_template = paths_through_the_template();
    let mut missing = Vec::new();
    for route in described.iter().chain(&routed).chain(&on_the_page).collect::<BTreeSet<_>>() {
        for (place, has_it) in [
            ("openapi.json (its operation is to be in infra/openapi/src/operations)", described.contains(route)),
            ("every router of functions", routed.contains(route)),
            ("the table \"All routes\" of docs/api.md", on_the_page.contains(route)),
            ("template.yaml, which leads to no function that answers it", through_the_template.contains(&route.1)),
        ] {
            if !has_it {
                missing.push(format!("{} {} is missing in {place}", route.0, route.1));
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
    assert!(routed.len() >= 60, "the routes are found: {routed:?}");
}

/// What the routers demand of a caller, read from where a route is added.
fn demanded() -> BTreeMap<(String, String), String> {
    let mut found = BTreeMap::new();
    for (_, source) in product("functions").into_iter().filter(|(path, _)| path.ends_with("src/lib.rs")) {
        for call in source.split(".route(").skip(1) {
            let (path, handlers) = call.split_once(',').unwrap();
            let path = path.trim().trim_matches('"').replace("callback::PATH", "/oauth/callback/tiktok");
            let handlers = handlers.split(".with_state").next().unwrap();
            for method in ["get", "post", "patch", "delete"] {
                for (at, _) in handlers.match_indices(&format!("{method}(")) {
                    let is_word = handlers[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':');
                    let first = handlers[at + method.len() + 1..].split([',', ')']).next().unwrap().trim();
                    if !is_word {
                        found.insert((method.to_uppercase(), path.clone()), said(first, &source));
                    }
                }
            }
        }
    }
    found
}

/// What stands for a demand in a router, in the words of the description.
fn said(demand: &str, source: &str) -> String {
    match demand {
        "NoKey" => "no key".to_owned(),
        "AnyKey" => "any key".to_owned(),
        "Unrestricted" => "a key without restrictions".to_owned(),
        scope if scope.starts_with("ApiScope::") => {
            // `PostsRead` is `posts:read`.
            let name = scope.trim_start_matches("ApiScope::");
            let end = name.rfind(char::is_uppercase).unwrap();
            format!("{}:{}", name[..end].to_lowercase(), name[end..].to_lowercase())
        }
        // `let (read, write) = (ApiScope::PostsRead, ApiScope::PostsWrite);`
        variable => source
            .split("let (")
            .skip(1)
            .filter_map(|rest| rest.split(';').next()?.split_once(") = ("))
            .find_map(|(names, values)| {
                let at = names.split(", ").position(|name| name == variable)?;
                values.trim_end_matches(')').split(", ").nth(at).filter(|value| value.starts_with("ApiScope::"))
            })
            .map_or_else(|| "TikTok's signature".to_owned(), |scope| said(scope, source)),
    }
}

#[test]
fn a_route_demands_the_key_that_the_description_says() {
    let (description, demanded) = (description(), demanded());
    for (method, path, operation) in operations(&description) {
        let Some(demand) = demanded.get(&(method.clone(), path.clone())) else { continue };
        assert_eq!(operation["x-needs"], demand.as_str(), "{method} {path}: the description (left) and the router");
        let scopes = operation["security"][0]["key"].as_array();
        let scope = scopes.and_then(|scopes| scopes.first()).and_then(Value::as_str);
        assert_eq!(scope, Some(demand.as_str()).filter(|demand| demand.contains(':')), "{method} {path}");
    }
    assert!(demanded.values().any(|demand| demand == "posts:write") && demanded.len() >= 60, "{demanded:?}");
}

/// Every name that some function reads out of a JSON object, by its sources.
pub(crate) fn read_names() -> BTreeSet<String> {
    const READS: [&str; 8] = ["value", "has", "text", "filled", "flag", "count", "object", "texts"];
    let mut found = BTreeSet::new();
    for (_, source) in ["functions", "shared"].into_iter().flat_map(product) {
        for read in READS.into_iter().chain(["objects"]) {
            let call = format!(".{read}(\"");
            let calls = source.split(&call).skip(1);
            found.extend(calls.filter_map(|rest| rest.split('"').next()).map(str::to_owned));
        }
    }
    assert!(found.len() >= 40, "the names are found: {found:?}");
    found
}

/// Every parameter of a query that some function knows, by its sources: what it does not declare there it tells of.
pub(crate) fn read_parameters() -> BTreeSet<String> {
    const DECLARED: [(&str, &str); 4] =
        [("filters: ", "}"), ("note_odd(", ";"), ("const FILTERS: ", "];"), ("const SEVERAL: ", "];")];
    let mut found = BTreeSet::from(["limit".to_owned(), "cursor".to_owned()]);
    for (_, source) in ["functions", "shared"].into_iter().flat_map(product) {
        for (begin, end) in DECLARED {
            for declared in source.split(begin).skip(1).filter_map(|rest| rest.split(end).next()) {
                let quoted = declared.split('"').skip(1).step_by(2);
                found.extend(quoted.filter(|name| !name.is_empty()).map(str::to_owned));
            }
        }
    }
    for known in ["mode", "dry_run", "filename", "action", "hidden", "state", "since"] {
        assert!(found.contains(known), "{known} is found: {found:?}");
    }
    found
}

//! The routes of a function, as its sources have them.

use std::collections::BTreeSet;
use std::path::Path;

/// The routes that the sources of a router name, each with its method. What can't be read here fails, so that it does not
/// stay unguarded.
pub(super) fn routes(folder: &Path) -> BTreeSet<(String, String)> {
    const OTHER_WAYS: [&str; 6] =
        [".route_service(", ".nest(", ".nest_service(", ".merge(", ".fallback(", ".fallback_service("];
    let mut found = BTreeSet::new();
    for source in sources(folder) {
        for way in OTHER_WAYS {
            assert!(!source.contains(way), "{}: {way} can't be read here", folder.display());
        }
        for call in source.split(".route(").skip(1) {
            let (path, handlers) = arguments(call).split_once(',').expect("a path and its handlers");
            let path = match path.trim().strip_prefix('"') {
                Some(path) => path.trim_end_matches('"').to_owned(),
                None => constant(folder, path.trim()),
            };
            let methods = methods(handlers);
            assert!(!methods.is_empty(), "{path}: no method is read from {handlers}");
            found.extend(methods.into_iter().map(|method| (method, path.clone())));
        }
    }
    assert!(!found.is_empty(), "no routes are read from {}", folder.display());
    found
}

/// Every source of the folder, without its comments.
fn sources(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else {
            let text = std::fs::read_to_string(&path).expect("a source");
            let is_code = |line: &&str| !line.trim_start().starts_with("//");
            found.push(text.lines().filter(is_code).collect::<Vec<_>>().join("\n"));
        }
    }
    found
}

/// What stands before the bracket that closes a call.
fn arguments(call: &str) -> &str {
    let mut depth = 1;
    for (index, character) in call.char_indices() {
        match character {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return &call[..index];
        }
    }
    panic!("a call has an end: {call}")
}

/// The text of a constant such as `callback::PATH`.
fn constant(folder: &Path, name: &str) -> String {
    let (module, name) = name.split_once("::").expect("a constant of a module");
    let text = std::fs::read_to_string(folder.join(module).with_extension("rs")).expect("the module's source");
    let (_, value) = text.split_once(&format!("const {name}: &str = \"")).expect("the constant");
    value.split('"').next().expect("its end").to_owned()
}

/// The methods of handlers such as `get(list).post(create)`.
fn methods(handlers: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (end, _) in handlers.match_indices('(') {
        let word = handlers[..end].rsplit(|c: char| !c.is_alphanumeric() && c != '_' && c != ':').next();
        match word.unwrap_or_default() {
            method @ ("get" | "post" | "put" | "patch" | "delete") => found.push(method.to_uppercase()),
            "layer" | "DefaultBodyLimit::max" | "reads_query" | "without_body" | "may_count_as" => {}
            other => panic!("{other}( can't be read here: {handlers}"),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_of_a_route_is_read_and_layers_are_not() {
        let of = |text: &str| methods(arguments(text));
        assert_eq!(of("get(items::list))"), ["GET"]);
        assert_eq!(of("get(list::list).post(create::create)) .route("), ["GET", "POST"]);
        assert_eq!(of("\n    post(upload::upload).layer(DefaultBodyLimit::max(upload::MAX_BODY)),\n)"), ["POST"]);
        assert_eq!(of("get(show).delete(delete::delete))"), ["GET", "DELETE"]);
    }

    #[test]
    #[should_panic(expected = "any( can't be read here")]
    fn a_way_of_routing_that_is_not_known_fails() {
        methods("any(all)");
    }
}

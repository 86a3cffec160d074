//! What the project's pages name must exist: a page that lies is worse than none.

use super::{read, sources, workspace};

const PAGES: [&str; 5] = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "cli/README.md", "docs/tokens.md"];

/// What stands between single backticks outside code blocks.
fn quoted(page: &str) -> Vec<String> {
    let text = read(page);
    let outside = text.split("```").step_by(2);
    outside.flat_map(|part| part.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>()).collect()
}

#[test]
fn every_place_that_the_pages_name_exists() {
    let rooms = ["cli/", "functions/", "shared/", "infra/", "tests/", "docs/", ".ci/", ".cargo/"];
    for page in PAGES {
        for place in quoted(page) {
            let is_place = rooms.iter().any(|room| place.starts_with(room)) && !place.contains(['<', '*', '{', ' ']);
            assert!(!is_place || workspace(&place).exists(), "{page} names {place}, which does not exist");
        }
    }
}

#[test]
fn every_test_that_the_architecture_names_exists() {
    let sources: Vec<_> = ["cli", "functions", "shared", "infra", "tests"].into_iter().flat_map(sources).collect();
    let is_test = |word: &str| {
        word.matches('_').count() >= 3 && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    let named: Vec<_> = quoted("ARCHITECTURE.md").into_iter().filter(|word| is_test(word)).collect();
    assert!(named.len() >= 8, "each promise names a test that holds it: {named:?}");
    for name in named {
        let head = format!("fn {name}(");
        assert!(
            sources.iter().any(|(_, text)| text.contains(&head)),
            "ARCHITECTURE.md names the test {name}, which does not exist"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sample_events_are_what_the_functions_take() {
    let world = crate::support::World::new().await;
    let event = |name: &str| serde_json::from_str(&read(format!("infra/sam/events/{name}.json"))).unwrap();
    let key = world.stack.invoke("WorkspaceFunction", event("create-key")).await.unwrap();
    assert!(key["raw_key"].as_str().is_some_and(|key| key.starts_with("slip_live_")), "{key}");
    let root = world.stack.invoke("WorkspaceFunction", event("root")).await.unwrap();
    assert_eq!(root["statusCode"], 200, "{root}");
}

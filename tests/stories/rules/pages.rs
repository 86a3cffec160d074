//! What the project's pages say must be so where a test can tell: a page that lies is worse than none.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use super::{read, sources, workspace};

/// The longest line of a page, in characters, outside tables.
const MARGIN: usize = 120;
/// The pages that name the tests which hold what they promise.
const WITH_TESTS: [&str; 3] = ["ARCHITECTURE.md", "docs/media.md", "docs/promises.md"];

/// Every page for people: those at the root, whatever is in `docs`, and the README of each package.
pub(super) fn pages() -> Vec<String> {
    let entries = |folder: &str| {
        let names = std::fs::read_dir(workspace(folder)).unwrap().map(|entry| entry.unwrap().file_name());
        names.map(|name| format!("{folder}/{}", name.to_str().unwrap())).collect::<Vec<_>>()
    };
    let is_page = |page: &String| workspace(page).extension().is_some_and(|ending| ending == "md");
    let docs: Vec<_> = entries("docs").into_iter().filter(is_page).collect();
    assert!(docs.len() >= 10, "the pages are found: {docs:?}");
    let packages = ["functions", "shared", "infra", "tests"].into_iter().flat_map(entries);
    let readmes = packages.map(|package| format!("{package}/README.md")).filter(|page| workspace(page).exists());
    let others =
        ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "cli/README.md", "infra/README.md", "tests/README.md"];
    others.map(str::to_owned).into_iter().chain(readmes).chain(docs).collect()
}

/// A page without its code blocks.
fn prose(page: &str) -> String {
    read(page).split("```").step_by(2).collect()
}

/// What stands between single backticks outside code blocks.
fn quoted(page: &str) -> Vec<String> {
    prose(page).split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Where the links of a page lead outside code blocks.
fn links(page: &str) -> Vec<String> {
    prose(page).split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(to, _)| to.to_owned()).collect()
}

/// The anchors of a page's headings.
fn anchors(page: &str) -> Vec<String> {
    let page = prose(page);
    let headings = page.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    let anchor = |heading: &str| -> String {
        let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        kept.map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() }).collect()
    };
    headings.map(anchor).collect()
}

#[test]
fn every_place_that_the_pages_name_exists() {
    let rooms = ["cli/", "functions/", "shared/", "infra/", "tests/", "docs/", ".ci/", ".cargo/"];
    for page in pages() {
        for place in quoted(&page) {
            let is_own = page.ends_with("/README.md") && place.starts_with("src/");
            let is_place = is_own || rooms.iter().any(|room| place.starts_with(room));
            if !is_place || place.contains(['<', '*', '{', ' ']) {
                continue;
            }
            // A crate's page names the crate's own files without the way to them.
            let folder = page.rsplit_once('/').filter(|_| is_own).map(|(folder, _)| format!("{folder}/"));
            let file = format!("{}{place}", folder.unwrap_or_default());
            assert!(workspace(&file).exists(), "{page} names {place}, which does not exist");
        }
    }
}

#[test]
fn every_link_of_the_pages_leads_to_a_file_and_a_heading() {
    let mut followed = 0;
    for page in pages() {
        for link in links(&page).into_iter().filter(|link| !link.starts_with("http")) {
            let (file, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let folder = page.rsplit_once('/').map(|(folder, _)| folder).unwrap_or_default();
            let to = if file.is_empty() { page.clone() } else { format!("{folder}/{file}") };
            let to = to.trim_start_matches('/').replace("docs/../", "");
            assert!(workspace(&to).exists(), "{page} links to {link}, which does not exist");
            let is_there = anchor.is_empty() || anchors(&to).iter().any(|known| known == anchor);
            assert!(is_there, "{page} links to {link}, but {to} has no such heading");
            followed += 1;
        }
    }
    assert!(followed >= 20, "the links are found");
}

#[test]
fn every_test_that_the_pages_name_exists() {
    let sources: Vec<_> = ["cli", "functions", "shared", "infra", "tests"].into_iter().flat_map(sources).collect();
    let is_test = |word: &str| {
        word.matches('_').count() >= 3 && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    for page in WITH_TESTS {
        for name in quoted(page).into_iter().filter(|word| is_test(word)) {
            let head = format!("fn {name}(");
            let exists = sources.iter().any(|(_, text)| text.contains(&head));
            assert!(exists, "{page} names the test {name}, which does not exist");
        }
    }
    let promises = read("docs/promises.md");
    let promises: Vec<_> = promises.split("\n## ").skip(1).collect();
    assert_eq!(promises.len(), 10, "ten promises");
    for promise in promises {
        assert!(promise.split('`').any(is_test), "each promise names a test that holds it: {promise}");
    }
}

#[test]
fn no_line_of_a_page_passes_the_margin() {
    for page in pages() {
        for (number, line) in read(&page).lines().enumerate() {
            let is_free = line.starts_with('|') && page != "README.md";
            assert!(is_free || line.chars().count() <= MARGIN, "{page}:{} is too long", number + 1);
        }
    }
}

/// Method and path of every route in the table of the API page.
pub(super) fn routes_on_the_api_page() -> BTreeSet<(String, String)> {
    let page = read("docs/api.md");
    let table = page.split("\n## All routes\n").nth(1).and_then(|rest| rest.split("\n## ").next()).unwrap();
    let mut named = BTreeSet::new();
    for cell in table.lines().filter_map(|row| row.strip_prefix("| `")?.split(" | ").next()) {
        // A path that several methods share is written once: `GET /v1/invites`, `POST`.
        let (first, others) = cell.trim_end_matches('`').split_once("`, `").unwrap_or((cell.trim_end_matches('`'), ""));
        let (method, path) = first.split_once(' ').unwrap();
        let methods = std::iter::once(method).chain(others.split("`, `").filter(|method| !method.is_empty()));
        named.extend(methods.map(|method| (method.to_owned(), path.to_owned())));
    }
    named
}

#[test]
fn every_parameter_is_on_the_deploying_page() {
    let (template, page) = (read("template.yaml"), read("docs/deploying.md"));
    let parameters = template.split_once("\nParameters:\n").unwrap().1.split("\n\n").next().unwrap();
    let names = parameters.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names: Vec<_> = names.map(|line| line.trim().trim_end_matches(':')).collect();
    assert!(names.len() >= 15, "the parameters are found: {names:?}");
    for name in names {
        assert!(page.contains(&format!("`{name}`")), "docs/deploying.md does not name {name}");
    }
}

/// The shell commands of a page, each in one line.
fn commands(page: &str) -> Vec<String> {
    let page = read(page);
    let blocks = page.split("```").skip(1).step_by(2).filter_map(|block| block.strip_prefix("sh\n"));
    let joined = blocks.map(|block| block.replace("\\\n", " "));
    let lines: Vec<_> = joined.flat_map(|block| block.lines().map(str::to_owned).collect::<Vec<_>>()).collect();
    lines.iter().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn the_command_that_deploys_asks_nothing_and_gives_what_is_demanded() {
    let template = read("template.yaml");
    let parameters = template.split_once("\nParameters:\n").unwrap().1.split("\nConditions:").next().unwrap();
    let blocks: Vec<_> = format!("\n{parameters}").split("\n  ").fold(Vec::new(), |mut blocks: Vec<String>, line| {
        match blocks.last_mut() {
            Some(block) if line.starts_with(' ') => block.push_str(line),
            _ => blocks.push(line.to_owned()),
        }
        blocks
    });
    let parameters = blocks.iter().filter_map(|block| block.split_once(':'));
    let demanded: Vec<_> =
        parameters.filter(|(_, block)| block.contains("Type:") && !block.contains("Default:")).collect();
    assert_eq!(demanded.len(), 2, "{demanded:?}");
    for page in ["README.md", "docs/deploying.md"] {
        let commands = commands(page);
        let deploy: Vec<_> = commands.iter().filter(|command| command.starts_with("sam deploy")).collect();
        let [deploy] = deploy[..] else { panic!("{page}: {deploy:?}") };
        for part in ["--stack-name slipway", "--resolve-s3", "--capabilities CAPABILITY_IAM"] {
            assert!(deploy.contains(part), "{page}: {part} is asked for: {deploy}");
        }
        assert!(!deploy.contains("--guided") && !deploy.contains("--confirm-changeset"), "{page}: {deploy}");
        let exported = commands.iter().find(|command| command.starts_with("export AWS_REGION=")).expect(page);
        for (name, _) in &demanded {
            let given = deploy.split_whitespace().find_map(|word| word.strip_prefix(&format!("{name}=\"$")));
            let variable =
                given.unwrap_or_else(|| panic!("{page}: {name} is not given: {deploy}")).trim_end_matches('"');
            assert!(exported.contains(&format!(" {variable}=")), "{page}: nothing sets {variable}");
        }
        let place = |start: &str| commands.iter().position(|command| command.starts_with(start)).expect(start);
        assert!(place("export AWS_REGION") < place("sam build") && place("sam build") < place("sam deploy"), "{page}");
        assert!(place("sam deploy") < place("slipway init"), "{page}: a key is the next thing");
    }
}

#[test]
fn what_is_no_quota_deploys_nothing() {
    for quota in ["None", "", "1e3"] {
        let asked = Command::new("bash").args([workspace("infra/sam/concurrency"), quota.into()]).output();
        let asked = asked.expect("bash starts");
        let printed = String::from_utf8(asked.stdout).unwrap();
        let (name, value) = printed.trim().split_once('=').expect("a parameter that CloudFormation refuses");
        assert_eq!((asked.status.success(), name, value.parse::<u32>().is_err()), (false, "TransferConcurrency", true));
    }
}

/// Lambda's developer guide, "Configuring reserved concurrency": 100 must be left to all that keeps none.
#[test]
fn what_is_deployed_fits_the_quota_and_leaves_the_api_a_fifth() {
    for (quota, has_kept, is_to_try) in [
        (10, false, true),
        (49, false, true),
        (50, false, false),
        (131, false, false),
        (132, true, false),
        (199, true, false),
        (200, true, false),
    ] {
        let printed =
            Command::new("bash").args([workspace("infra/sam/concurrency"), quota.to_string().into()]).output();
        let printed = String::from_utf8(printed.expect("bash starts").stdout).unwrap();
        let set: BTreeMap<_, u32> = printed
            .split_whitespace()
            .map(|set| set.split_once('=').expect("a parameter and its value"))
            .map(|(name, value)| (name, value.parse().unwrap()))
            .collect();
        // What `sam deploy` is not told stays as it was for another quota.
        let number = |name: &str| *set.get(name).unwrap_or_else(|| panic!("{quota}: {name} is not set"));
        // And one each for the three schedules and the log's stream.
        let workers = number("TransferConcurrency")
            + number("ImportConcurrency")
            + 2 * number("StatusConcurrency")
            + number("DeliveryConcurrency")
            + 4;
        assert!(is_to_try || workers * 5 <= quota * 4, "{quota}: {workers} of workers");
        let kept = number("WebhookIngressConcurrency");
        assert_eq!(kept > 0, has_kept, "{quota}: {printed}");
        let all_kept = kept + number("TransferConcurrency") + 2 * 3;
        assert!(kept == 0 || quota >= all_kept + 100, "{quota}: {all_kept} are kept");
        assert_eq!(set.len(), 7, "{printed}");
        let defaults: BTreeMap<_, _> = set.keys().map(|name| (*name, default_of(name))).collect();
        let of_all = set.iter().filter(|(name, _)| **name != "WebhookIngressConcurrency");
        assert!(quota < 200 || of_all.clone().all(|(name, value)| defaults[name] == *value), "{printed}: {defaults:?}");
    }
}

/// The default of a parameter of the template that is a number.
fn default_of(parameter: &str) -> u32 {
    let template = read("template.yaml");
    let block = template.split_once(&format!("\n  {parameter}:\n")).unwrap_or_else(|| panic!("no {parameter}")).1;
    block.split_once("Default: ").unwrap().1.lines().next().unwrap().parse().unwrap()
}

#[test]
fn the_readme_runs_the_tests_as_ci_does() {
    let command = "cargo test --workspace --locked";
    for page in ["README.md", ".ci/run"] {
        assert!(read(page).contains(command), "{page} has another command than {command}");
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

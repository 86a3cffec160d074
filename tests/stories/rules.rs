//! The rules of the workspace, read from cargo, the sources and the template. Whoever breaks one learns it here and
//! not in a review.

mod answers;
mod deployment;
mod pages;
mod template;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// What a room of ours may be built of. Dependencies go one way only, so every room can be read, tested and changed
/// without what is built on it.
const ROOMS: [(&str, &[&str]); 20] = [
    ("slipway-domain", &[]),
    ("slipway-fetch", &[]),
    ("slipway-runtime", &[]),
    ("slipway-contract", &["slipway-domain"]),
    ("slipway-video", &["slipway-domain"]),
    ("slipway-queue", &["slipway-domain"]),
    ("slipway-tiktok", &["slipway-domain"]),
    ("slipway-vault", &["slipway-domain"]),
    ("slipway-store", &["slipway-domain"]),
    ("slipway-worker", &["slipway-queue"]),
    ("slipway-http", &["slipway-domain", "slipway-contract", "slipway-store"]),
    (
        "slipway-tokens",
        &["slipway-domain", "slipway-contract", "slipway-tiktok", "slipway-vault", "slipway-store", "slipway-runtime"],
    ),
    ("slipway-media", &["slipway-domain", "slipway-video", "slipway-store", "slipway-runtime"]),
    // The stand-ins share no code with what is tested against them, so that they can't share its mistakes.
    // Among themselves they share how connections are accepted.
    ("serve", &[]),
    ("aws-stand-in", &["serve"]),
    ("tiktok-sim", &["serve"]),
    ("log-watch", &[]),
    ("slipway-local", &["serve", "aws-stand-in", "tiktok-sim"]),
    // What tests of a worker's step stand on; no function is among it.
    (
        "workbench",
        &[
            "slipway-domain",
            "slipway-queue",
            "slipway-runtime",
            "slipway-tiktok",
            "slipway-vault",
            "slipway-store",
            "slipway-tokens",
            "slipway-media",
            "slipway-http",
            "slipway-local",
            "aws-stand-in",
            "tiktok-sim",
            "log-watch",
        ],
    ),
    // The command-line program is a customer: it knows the public API and nothing of the inside.
    ("slipway", &[]),
];

/// The room through which each service of AWS is reached. Elsewhere its SDK may be used, too, as in tests.
const REACHES: [(&str, &str); 4] =
    [("slipway-store", "dynamodb"), ("slipway-vault", "kms"), ("slipway-media", "s3"), ("slipway-queue", "sqs")];

/// What no function may link: a second TLS or HTTP stack, and libraries whose work another one does already. By name
/// and the start of the version.
const BANNED: [(&str, &str); 9] = [
    ("ring", ""),
    ("rustls", "0.21."),
    ("hyper", "0.14."),
    ("h2", "0.3."),
    ("http", "0.2."),
    ("openssl", ""),
    ("openssl-sys", ""),
    ("native-tls", ""),
    ("chrono", ""),
];

/// A file or folder of the workspace.
fn workspace(path: impl AsRef<Path>) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join(path)
}

fn read(path: impl AsRef<Path>) -> String {
    let path = workspace(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn cargo(arguments: &[&str]) -> Output {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    Command::new(cargo).args(arguments).current_dir(workspace("")).output().expect("cargo starts")
}

/// What cargo prints, if it succeeds.
fn ask_cargo(arguments: &[&str]) -> String {
    let output = cargo(arguments);
    assert!(output.status.success(), "cargo {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A package of the workspace.
struct Package {
    name: String,
    folder: PathBuf,
    binaries: Vec<String>,
    /// Its dependencies outside tests; `true` where they are our own.
    dependencies: BTreeMap<String, bool>,
    /// Our own packages that its tests use.
    for_tests: BTreeSet<String>,
}

impl Package {
    fn is_function(&self) -> bool {
        self.folder.parent().is_some_and(|parent| parent.ends_with("functions"))
    }
}

fn packages() -> Vec<Package> {
    let metadata = ask_cargo(&["metadata", "--no-deps", "--offline", "--locked", "--format-version", "1"]);
    let metadata: Value = serde_json::from_str(&metadata).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let packages = metadata["packages"].as_array().unwrap().iter().map(|package| {
        let all = package["dependencies"].as_array().unwrap();
        let is_ours = |dependency: &Value| dependency["path"].is_string();
        Package {
            name: text(&package["name"]),
            folder: Path::new(package["manifest_path"].as_str().unwrap()).parent().unwrap().to_owned(),
            binaries: package["targets"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|target| target["kind"].as_array().unwrap().contains(&"bin".into()))
                .map(|target| text(&target["name"]))
                .collect(),
            dependencies: all
                .iter()
                .filter(|dependency| dependency["kind"] != "dev")
                .map(|dependency| (text(&dependency["name"]), is_ours(dependency)))
                .collect(),
            for_tests: all
                .iter()
                .filter(|dependency| dependency["kind"] == "dev" && is_ours(dependency))
                .map(|dependency| text(&dependency["name"]))
                .collect(),
        }
    });
    let packages: Vec<_> = packages.collect();
    assert!(packages.iter().filter(|package| package.is_function()).count() >= 8, "the functions are found");
    packages
}

/// Name and version of everything that is linked into a build of these packages, or runs to make it.
fn linked(selection: &[&str]) -> BTreeSet<(String, String)> {
    let fixed = ["tree", "--edges", "normal,build", "--prefix", "none", "--format", "{p}", "--offline", "--locked"];
    let tree = ask_cargo(&[&fixed, selection].concat());
    let crates = tree.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        Some((words.next()?.to_owned(), words.next()?.trim_start_matches('v').to_owned()))
    });
    crates.collect()
}

#[test]
fn no_function_links_a_second_tls_or_http_stack() {
    let packages = packages();
    let functions = packages.iter().filter(|package| package.is_function()).map(|package| package.name.as_str());
    // One question for all of them: cargo takes its time for each.
    let selection: Vec<_> = functions.clone().flat_map(|function| ["--package", function]).collect();
    let linked = linked(&selection);
    for function in functions {
        assert!(linked.iter().any(|(name, _)| name == function), "{function}: its tree is read");
    }
    assert!(linked.iter().any(|(name, _)| name == "tokio"), "dependencies are read");
    for (name, version) in BANNED {
        let found: Vec<_> = linked.iter().filter(|(n, v)| n == name && v.starts_with(version)).collect();
        assert!(found.is_empty(), "a function links {found:?}; find out which with: cargo tree -i {name}");
    }
}

#[test]
fn dependencies_go_one_way_only() {
    let packages = packages();
    let functions: BTreeSet<_> = packages.iter().filter(|package| package.is_function()).map(|p| &p.name).collect();
    let stand_ins = BTreeSet::from(["aws-stand-in", "tiktok-sim", "log-watch", "workbench"].map(str::to_owned));
    for package in &packages {
        let ours: BTreeSet<&str> =
            package.dependencies.iter().filter(|(_, ours)| **ours).map(|(name, _)| name.as_str()).collect();
        let allowed: BTreeSet<&str> = match ROOMS.iter().find(|(name, _)| *name == package.name) {
            Some((_, allowed)) => allowed.iter().copied().collect(),
            None if functions.contains(&package.name) => ROOMS
                .iter()
                .map(|(name, _)| *name)
                .filter(|name| name.starts_with("slipway-") && *name != "slipway-local")
                .collect(),
            // Stories see what a customer sees, and nothing of the inside.
            None if package.name == "stories" => {
                BTreeSet::from(["slipway-local", "aws-stand-in", "tiktok-sim", "log-watch"])
            }
            None => {
                panic!("{} has no place yet: add it to ROOMS, and to the code map in ARCHITECTURE.md", package.name)
            }
        };
        let beyond: Vec<_> = ours.difference(&allowed).collect();
        assert!(beyond.is_empty(), "{} may not be built on {beyond:?}", package.name);
        let mut for_tests = stand_ins.clone();
        if functions.contains(&package.name) {
            // A function's tests may look into the rooms that the function itself may be built of.
            for_tests.extend(allowed.iter().map(|room| (*room).to_owned()));
        }
        if package.name == "slipway" {
            // The program is tried against the whole local stack, as a customer would.
            for_tests.insert("slipway-local".to_owned());
        }
        let beyond: Vec<_> = package.for_tests.difference(&for_tests).collect();
        assert!(beyond.is_empty(), "{}'s tests may use {for_tests:?}, not {beyond:?}", package.name);
    }
}

#[test]
fn every_test_that_can_meet_a_secret_watches_what_is_logged() {
    let mut watched = 0;
    for package in packages().iter().filter(|package| !package.folder.starts_with(workspace("infra"))) {
        let Ok(tests) = std::fs::read_dir(package.folder.join("tests")) else { continue };
        for entry in tests {
            let place = entry.unwrap().path();
            let files = if place.is_dir() { sources(&place) } else { vec![(place.clone(), read(&place))] };
            let text: String = files.into_iter().map(|(_, text)| text).collect();
            if text.contains("aws_stand_in::") || text.contains("tiktok_sim::") {
                let start = "log_watch::start()";
                // The workbench calls it.
                let begins = text.contains(start) || text.contains("workbench::");
                assert!(begins, "{}: what sets a test up must call {start}", place.display());
                watched += 1;
            }
        }
    }
    assert!(watched >= 5, "the tests are found");
}

#[test]
fn the_domain_does_no_io_and_asks_no_clock() {
    let linked = linked(&["--package", "slipway-domain"]);
    let is_io = |name: &str| {
        ["tokio", "hyper", "http", "reqwest", "futures", "async", "aws", "lambda", "axum", "tracing"]
            .iter()
            .any(|part| name.starts_with(part))
    };
    let io: Vec<_> = linked.iter().filter(|(name, _)| is_io(name)).collect();
    assert!(io.is_empty(), "the domain links {io:?}");
    for (path, text) in sources("shared/domain/src") {
        for (number, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap();
            for word in ["async ", ".await", "std::fs", "std::net", "std::env", "std::process", "::now("] {
                assert!(!code.contains(word), "{}:{}: {word:?} in the domain", path.display(), number + 1);
            }
        }
    }
}

#[test]
fn a_main_only_wires() {
    let packages = packages();
    let mains: Vec<_> =
        packages.iter().map(|package| package.folder.join("src/main.rs")).filter(|main| main.is_file()).collect();
    assert!(mains.len() >= 8);
    for main in mains {
        let lines = std::fs::read_to_string(&main).unwrap().lines().count();
        assert!(lines <= 40, "{} has {lines} lines; what can be tested belongs into lib.rs", main.display());
    }
}

#[test]
fn every_package_keeps_the_workspaces_lints() {
    for package in packages() {
        let manifest = std::fs::read_to_string(package.folder.join("Cargo.toml")).unwrap();
        assert!(manifest.contains("[lints]\nworkspace = true\n"), "{} has lints of its own", package.name);
    }
}

/// The functions of the template: logical id and text.
fn declared() -> BTreeMap<String, String> {
    let mut blocks = resources();
    blocks.retain(|_, block| block.contains("Type: AWS::Serverless::Function"));
    assert!(blocks.len() >= 8, "the functions are found: {:?}", blocks.keys());
    blocks
}

/// The resources of the template: logical id and text. Read as text, because how they are written is the matter.
fn resources() -> BTreeMap<String, String> {
    let template = read("template.yaml");
    let resources = template.split_once("\nResources:\n").unwrap().1.split("\nOutputs:").next().unwrap();
    let mut blocks: BTreeMap<String, String> = BTreeMap::new();
    let mut current = String::new();
    for line in resources.lines() {
        let is_head = line.starts_with("  ") && !line.starts_with("   ") && !line.trim_start().starts_with('#');
        if is_head {
            line.trim().trim_end_matches(':').clone_into(&mut current);
        }
        let block = blocks.entry(current.clone()).or_default();
        block.push_str(line);
        block.push('\n');
    }
    blocks
}

fn binary(block: &str) -> &str {
    let name = block.split_once("Binary: ").expect("a function names its binary").1;
    name.split([' ', '}', '\n']).next().unwrap()
}

/// The AWS services that a function's role may call by itself.
fn granted(id: &str, block: &str) -> BTreeSet<String> {
    let mut services = BTreeSet::new();
    for statement in block.split("- Sid: ").skip(1) {
        let actions = statement.split_once("Action: ").expect("a statement names its actions").1;
        let actions = actions.lines().next().unwrap().trim_matches(['[', ']']);
        assert!(!actions.contains('*'), "{id}: {actions} is more than a function needs");
        assert!(!statement.contains("Resource: \"*\""), "{id}: a role is for named resources");
        // A key that S3 uses on the role's behalf is not called by the function.
        if !statement.contains("kms:ViaService") {
            services.extend(actions.split(", ").map(|action| action.split_once(':').unwrap().0.to_owned()));
        }
    }
    assert!(!services.is_empty(), "{id} has a role");
    services
}

#[test]
fn the_template_and_the_folders_name_the_same_functions() {
    let declared = declared();
    let declared: BTreeSet<&str> = declared.values().map(|block| binary(block)).collect();
    let packages = packages();
    let built: BTreeSet<&str> = packages
        .iter()
        .filter(|package| package.is_function())
        .map(|package| {
            assert_eq!(package.binaries, [package.name.as_str()], "one folder, one binary, one name");
            package.name.as_str()
        })
        .collect();
    assert_eq!(declared, built);
}

#[test]
fn a_role_may_call_what_its_function_calls_and_nothing_else() {
    let packages = packages();
    for (id, block) in declared() {
        let package = packages.iter().find(|package| package.name == binary(&block)).unwrap();
        // Tokens are sealed in the vault and kept in the store; a room of ours brings its services with it.
        let rooms = linked(&["--package", &package.name]);
        let called: BTreeSet<String> = REACHES
            .iter()
            .filter(|(room, _)| rooms.iter().any(|(name, _)| name == room))
            .map(|(_, service)| (*service).to_owned())
            .collect();
        assert_eq!(
            granted(&id, &block),
            called,
            "{id}: its policies against the rooms that {} is built of",
            package.name
        );
    }
}

#[test]
fn every_function_with_routes_has_a_table_of_who_may_call_them() {
    let packages = packages();
    let declared = declared();
    let with_routes: Vec<_> = declared.values().filter(|block| block.contains("Type: HttpApi")).collect();
    assert!(with_routes.len() >= 5, "the functions with routes are found");
    for name in with_routes.into_iter().map(|block| binary(block)) {
        let package = packages.iter().find(|package| package.name == name).unwrap();
        let tests: String = sources(package.folder.join("tests")).into_iter().map(|(_, text)| text).collect();
        // The table itself is compared with the sources by the first of these.
        assert!(tests.contains("assert_complete(&ROUTES"), "{name}: see workbench::routes");
        if tests.contains(" route(\"") {
            for guard in ["keys_are_demanded", "scopes_are_demanded", "strangers_find_nothing"] {
                assert!(tests.contains(&format!("assert_{guard}(")), "{name}: its tests do not call assert_{guard}");
            }
        }
    }
}

/// A story has cargo build the functions as they are; `cargo test` has just built them, for tests. If what only tests
/// depend on asks for another feature of a crate that the functions use, too, they are built twice, on every machine.
#[test]
fn a_dependency_of_tests_changes_no_feature_of_the_functions() {
    let features = |edges: &str| -> BTreeMap<String, String> {
        let tree = ["tree", "--workspace", "--offline", "--locked", "--prefix", "none"];
        let tree = ask_cargo(&[&tree[..], &["--format", "{p}\t{f}", "--edges", edges]].concat());
        // A crate's second line and all that follow end with a star.
        let crates = tree.lines().filter(|line| !line.ends_with("(*)")).filter_map(|line| line.split_once('\t'));
        crates.map(|(name, features)| (name.to_owned(), features.to_owned())).collect()
    };
    let of_tests = features("normal,build,dev");
    for (name, features) in features("normal,build") {
        assert_eq!(of_tests[&name], features, "{name}: give a package of tests/ the missing feature without dev-, too");
    }
}

#[test]
fn the_sources_are_formatted() {
    if !cargo(&["fmt", "--version"]).status.success() {
        eprintln!("rustfmt is not installed here, so nothing was checked; .ci/run has it");
        return;
    }
    let output = cargo(&["fmt", "--all", "--check"]);
    assert!(output.status.success(), "run cargo fmt --all\n{}", String::from_utf8_lossy(&output.stdout));
}

/// Every Rust source below a folder.
fn sources(folder: impl AsRef<Path>) -> Vec<(PathBuf, String)> {
    let (mut found, mut folders) = (Vec::new(), vec![workspace(&folder)]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    assert!(!found.is_empty(), "{} has sources", folder.as_ref().display());
    found
}

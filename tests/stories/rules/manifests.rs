//! What each package may be built of, read from the manifests, and what its role may call.

use std::collections::{BTreeMap, BTreeSet};

use super::{ask_cargo, binary, declared, linked, packages, workspace};

/// What a room of ours may be built of. Dependencies go one way only, so every room can be read, tested and changed
/// without what is built on it.
const ROOMS: [(&str, &[&str]); 22] = [
    ("slipway-domain", &[]),
    ("slipway-runtime", &[]),
    ("slipway-contract", &["slipway-domain"]),
    ("slipway-fetch", &["slipway-domain"]),
    ("slipway-video", &["slipway-domain"]),
    ("slipway-queue", &["slipway-domain", "slipway-runtime"]),
    ("slipway-tiktok", &["slipway-domain"]),
    ("slipway-vault", &["slipway-domain", "slipway-runtime"]),
    ("slipway-store", &["slipway-domain", "slipway-contract", "slipway-runtime"]),
    ("slipway-webhooks", &["slipway-domain", "slipway-fetch", "slipway-vault", "slipway-runtime"]),
    ("slipway-worker", &["slipway-queue", "slipway-runtime"]),
    ("slipway-http", &["slipway-domain", "slipway-contract", "slipway-store", "slipway-runtime"]),
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
    // It describes what callers see, and nothing that is deployed is built on it.
    ("openapi", &["slipway-contract", "slipway-domain"]),
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

/// The one function that is built of others: it is their routes, spoken in another protocol.
const BUILT_OF_FUNCTIONS: (&str, [&str; 5]) = ("mcp", ["accounts", "media", "posts", "webhooks", "workspace"]);

/// The room through which each service of AWS is reached. Elsewhere its SDK may be used, too, as in tests.
const REACHES: [(&str, &str); 4] =
    [("slipway-store", "dynamodb"), ("slipway-vault", "kms"), ("slipway-media", "s3"), ("slipway-queue", "sqs")];

/// What no function may link: a second TLS or HTTP stack, and libraries whose work another one does already. By name
/// and the start of the version.
const BANNED: [(&str, &str); 10] = [
    ("ring", ""),
    ("rustls", "0.21."),
    ("hyper", "0.14."),
    ("h2", "0.3."),
    ("http", "0.2."),
    ("openssl", ""),
    ("openssl-sys", ""),
    ("native-tls", ""),
    ("chrono", ""),
    // The schemas of answers are for the description of the API, which is made before anything is deployed.
    ("schemars", ""),
];

/// What the protocol's library takes along of these, for the one function that speaks it.
const TAKEN_ALONG: (&str, [&str; 2]) = ("mcp", ["chrono", "schemars"]);

#[test]
fn no_function_links_a_second_tls_or_http_stack() {
    let packages = packages();
    let functions = packages.iter().filter(|package| package.is_function()).map(|package| package.name.as_str());
    // One question for all of them: cargo takes its time for each. And one for the one that may link a little more.
    let (mcp, others): (Vec<_>, Vec<_>) = functions.partition(|function| *function == TAKEN_ALONG.0);
    for functions in [mcp, others] {
        let selection: Vec<_> = functions.iter().flat_map(|function| ["--package", function]).collect();
        let linked = linked(&selection);
        for function in &functions {
            assert!(linked.iter().any(|(name, _)| name == function), "{function}: its tree is read");
        }
        assert!(linked.iter().any(|(name, _)| name == "tokio"), "dependencies are read");
        for (name, version) in BANNED {
            let is_taken_along = functions == [TAKEN_ALONG.0] && TAKEN_ALONG.1.contains(&name);
            let found: Vec<_> = linked.iter().filter(|(n, v)| n == name && v.starts_with(version)).collect();
            let told = format!("a function links {found:?}; find out which with: cargo tree -i {name}");
            assert_eq!(found.is_empty(), !is_taken_along, "{told}");
        }
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
                .chain(BUILT_OF_FUNCTIONS.1.into_iter().filter(|_| package.name == BUILT_OF_FUNCTIONS.0))
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
        let unused: Vec<_> = allowed.difference(&ours).collect();
        let is_room = !functions.contains(&package.name);
        assert!(!is_room || unused.is_empty(), "{} is not built on {unused:?} any more: say so", package.name);
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
fn the_architectures_table_shows_the_rooms_as_they_are_held() {
    let page = std::fs::read_to_string(workspace("ARCHITECTURE.md")).unwrap();
    let table = page.split_once("| room | built of |").expect("the table is found").1;
    let rooms = |cell: &str| -> BTreeSet<String> {
        cell.split('`').skip(1).step_by(2).map(|room| format!("slipway-{room}")).collect()
    };
    let mut shown = BTreeMap::new();
    for line in table.lines().skip(2).take_while(|line| line.starts_with('|') && !line.starts_with("| a function")) {
        let cells: Vec<_> = line.split('|').collect();
        for room in rooms(cells[1]) {
            assert!(shown.insert(room.clone(), rooms(cells[2])).is_none(), "{room} stands there twice");
        }
    }
    let is_room = |name: &str| name.starts_with("slipway-") && name != "slipway-local";
    let held = ROOMS.iter().filter(|(name, _)| is_room(name));
    let held =
        held.map(|(name, built_of)| ((*name).to_owned(), built_of.iter().map(|name| (*name).to_owned()).collect()));
    assert_eq!(shown, held.collect::<BTreeMap<_, BTreeSet<_>>>());
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

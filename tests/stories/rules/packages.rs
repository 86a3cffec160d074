//! What must hold of every package, read from its sources.

use std::collections::BTreeSet;

use super::{binary, cargo, declared, linked, packages, read, sources, workspace};

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
fn only_the_runtime_reads_the_environment_and_nothing_deployed_prints() {
    for folder in ["functions", "shared"] {
        for (path, text) in sources(folder) {
            let within = path.strip_prefix(workspace("")).unwrap();
            if !within.components().any(|part| part.as_os_str() == "src") {
                continue;
            }
            for (number, line) in text.lines().enumerate() {
                let code = line.split("//").next().unwrap();
                let may_read = within.starts_with("shared/runtime");
                let place = || format!("{}:{}", path.display(), number + 1);
                assert!(may_read || !code.contains("std::env"), "{}: it belongs into `config!`", place());
                assert!(!["println!(", "print!(", "dbg!("].iter().any(|word| code.contains(word)), "{}", place());
            }
        }
    }
}

#[test]
fn routes_are_served_in_one_way() {
    let mut uses = 0;
    for (path, text) in sources("functions") {
        for line in text.lines().filter(|line| line.contains("lambda_http::")) {
            uses += 1;
            let mut words = line.split(|letter: char| !(letter.is_alphanumeric() || letter == '_'));
            let of_its_own = words.any(|word| word == "Adapter" || word.starts_with("run"));
            assert!(!of_its_own, "{}: `slipway_http` runs and adapts routers: {line}", path.display());
        }
    }
    assert!(uses > 8, "uses are found");
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

#[test]
fn every_function_with_routes_has_a_table_of_who_may_call_them() {
    let packages = packages();
    let declared = declared();
    let with_routes: Vec<_> = declared.values().filter(|block| block.contains("Type: HttpApi")).collect();
    assert!(with_routes.len() >= 5, "the functions with routes are found");
    for name in with_routes.into_iter().map(|block| binary(block)) {
        let package = packages.iter().find(|package| package.name == name).unwrap();
        let tests: String = sources(package.folder.join("tests")).into_iter().map(|(_, text)| text).collect();
        // The table itself is compared with the sources by either of these.
        let guarded = tests.contains("guard_tests! {") && tests.contains(" ROUTES of ");
        assert!(guarded || tests.contains("assert_complete(&ROUTES"), "{name}: see workbench::routes");
        if tests.contains(" route(\"") {
            assert!(guarded, "{name}: its tests do not have guard_tests!");
            let strangers = tests.contains("assert_strangers_find_nothing(");
            assert!(strangers, "{name}: its tests do not call assert_strangers_find_nothing");
        }
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

/// What does not fit a terminal's line beside its result is not read.
#[test]
fn a_test_has_a_name_that_can_be_read_at_a_glance() {
    for folder in ["functions", "shared", "infra", "cli", "tests"] {
        for (path, text) in sources(folder) {
            for name in text.split("fn ").skip(1).filter_map(|rest| rest.split('(').next()) {
                assert!(name.len() <= 70 || name.contains(' '), "{}: {name}", path.display());
            }
        }
    }
}

#[test]
fn what_is_used_is_named_module_by_module() {
    for folder in ["functions", "shared", "infra", "cli", "tests"] {
        for (path, text) in sources(folder) {
            for (at, _) in text.match_indices("use ").filter(|(at, _)| *at == 0 || text.as_bytes()[at - 1] == b'\n') {
                let used = text[at..].split(';').next().unwrap();
                let within = used.split_once('{').map_or("", |(_, within)| within);
                assert!(!within.contains("::"), "{}: a line for each module: {used}", path.display());
            }
        }
    }
}

#[test]
fn the_tests_of_a_crate_beside_its_sources_are_called_it() {
    for package in packages() {
        let Ok(tests) = std::fs::read_dir(package.folder.join("tests")) else { continue };
        for folder in tests.map(|entry| entry.unwrap().path()).filter(|path| path.join("main.rs").is_file()) {
            // The others need something that not everybody has, or are no stand-ins'.
            let is_known = ["it", "ffmpeg", "target_states"].iter().any(|name| folder.ends_with(name));
            assert!(is_known, "{}: call it `it`", folder.display());
        }
    }
}

/// In the folder `tests` of a package cargo takes every file for a test of its own, but not `mod.rs`.
#[test]
fn a_module_with_parts_is_a_file_beside_its_folder() {
    for folder in ["functions", "shared", "infra", "cli", "tests"] {
        for (path, _) in sources(folder) {
            let within = path.strip_prefix(workspace("")).unwrap();
            let is_test = within.components().any(|part| part.as_os_str() == "tests");
            assert!(is_test || !path.ends_with("mod.rs"), "{}: call it by its folder's name", path.display());
        }
    }
}

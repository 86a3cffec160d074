//! The rules of the workspace, read from cargo, the sources and the template. Whoever breaks one learns it here and
//! not in a review.

mod answers;
mod deployment;
mod manifests;
mod packages;
mod pages;
mod reference;
mod template;
mod texts;

pub(crate) use self::reference::{description, operations, read_names, read_parameters};
pub(crate) use self::texts::routes;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use slipway_local::TEMPLATE;
use slipway_local::template::{Names, Template};

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

/// The template with these parameters, all others at their defaults, and the names that it is resolved by.
fn template(parameters: &[(&str, &str)]) -> (Template, Names) {
    let required = ["TikTokClientKey", "TikTokClientSecret"].map(|name| (name, "x"));
    let parameters = required.iter().chain(parameters).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let template = Template::read(TEMPLATE.as_ref(), &parameters.collect()).unwrap();
    let mut names =
        Names { region: "eu-central-1".to_owned(), api_url: "http://api".to_owned(), queue_urls: BTreeMap::new() };
    let queues = template.queues(&names).unwrap();
    names.queue_urls =
        queues.iter().map(|queue| (queue.logical_id.clone(), format!("http://sqs/{}", queue.name))).collect();
    (template, names)
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

/// Every Rust source of the product below a folder, without its tests.
fn product(folder: impl AsRef<Path>) -> Vec<(PathBuf, String)> {
    let is_product = |path: &Path| {
        let mut parts = path.components().map(std::path::Component::as_os_str);
        parts.any(|part| part == "src") && parts.all(|part| part != "tests" && part != "tests.rs")
    };
    let found: Vec<_> = sources(folder)
        .into_iter()
        .filter(|(path, _)| is_product(path.strip_prefix(workspace("")).unwrap()))
        .map(|(path, text)| (path, without_tests(&text)))
        .collect();
    assert!(found.len() > 20, "the sources are found");
    found
}

/// A source without what is compiled for tests alone. Code that follows stays: it is as much code as any other.
fn without_tests(source: &str) -> String {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut lines = source.lines();
    let mut kept = String::new();
    while let Some(line) = lines.next() {
        if line.trim() != "#[cfg(test)]" {
            kept += line;
            kept.push('\n');
            continue;
        }
        let at = indent(line);
        // An item ends at its own depth: with its semicolon, or with the brace that closes it.
        lines.by_ref().find(|line| indent(line) == at && line.ends_with([';', '}']));
    }
    kept
}

#[test]
fn only_what_is_for_tests_is_cut_out_of_a_source() {
    let source = "fn a() {}\n#[cfg(test)]\nuse x;\nfn b() {\n    #[cfg(test)]\n    c();\n    d();\n}\n#[cfg(test)]\nmod t {\n    \
                  fn e() {}\n}\nfn f() {}\n#[cfg(test)]\nmod tests;\n";
    assert_eq!(without_tests(source), "fn a() {}\nfn b() {\n    d();\n}\nfn f() {}\n");
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

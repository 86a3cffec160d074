//! Every command that we print as a cure is run on the very file that it was printed for.

use std::path::Path;
use std::process::{Command, Stdio};

use slipway_video::{Verdict, refusal, verdict};

use crate::{files, made, probe};

/// What is wrong with a file, refusals first: codes with their cures.
fn reasons(path: &Path) -> Vec<(String, String)> {
    let size = std::fs::metadata(path).unwrap().len();
    match probe(path) {
        Ok(found) => {
            let Verdict { refusals, warnings } = verdict(&found, size);
            let reasons = refusals.into_iter().chain(warnings);
            reasons.map(|reason| (reason.code().as_str().to_owned(), reason.cure)).collect()
        }
        Err(error) => match &refusal(&error, size)[..] {
            [] => vec![(error.code().as_str().to_owned(), error.cure().to_owned())],
            found => found.iter().map(|reason| (reason.code().as_str().to_owned(), reason.cure.clone())).collect(),
        },
    }
}

/// The command in a cure.
fn command(cure: &str) -> Option<&str> {
    cure.split('`').nth(1)
}

fn is_installed(command: &str) -> bool {
    let program = command.split(' ').next().unwrap();
    Command::new("sh").args(["-c", &format!("command -v {program}")]).stdout(Stdio::null()).status().unwrap().success()
}

/// Follows one cure after the other until there is none left; how many there were.
fn cured(name: &str, path: &Path) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let mut file = folder.path().join("file");
    std::fs::copy(path, &file).unwrap();
    for round in 0.. {
        assert!(round < 5, "{name}: still {:?}", reasons(&file));
        let found = reasons(&file);
        let Some((code, command)) = found.iter().find_map(|(code, cure)| Some((code, command(cure)?))) else {
            let left: Vec<_> =
                found.iter().map(|(code, _)| code.as_str()).filter(|code| !NO_COMMAND.contains(code)).collect();
            assert_eq!(left, Vec::<&str>::new(), "{name}: ready in the end");
            return round;
        };
        if !is_installed(command) {
            eprintln!("{name}: {command} is not installed here, so this cure was not tried");
            return round;
        }
        // The command names the files as it likes.
        let words: Vec<_> = command.split([' ', '>']).collect();
        let input = words.iter().find(|word| **word == "in" || word.starts_with("in.")).unwrap();
        let output = words.iter().rev().find(|word| word.starts_with("out.")).unwrap();
        let place = folder.path().join(format!("round{round}"));
        std::fs::create_dir(&place).unwrap();
        std::fs::copy(&file, place.join(input)).unwrap();
        let run = Command::new("sh").args(["-c", command]).current_dir(&place).stdin(Stdio::null()).output().unwrap();
        assert!(run.status.success(), "{name}: {command}\n{}", String::from_utf8_lossy(&run.stderr));
        file = place.join(output);
        let left = reasons(&file);
        assert!(!left.iter().any(|(left, _)| left == code), "{name}: {command} leaves {left:?}");
    }
    0
}

/// What no command can mend.
const NO_COMMAND: [&str; 2] = ["duration_out_of_range", "not_media"];

#[test]
#[ignore = "needs ffmpeg, see CONTRIBUTING.md"]
fn every_cure_works_on_the_very_file_that_it_is_printed_for() {
    let Some(folder) = made() else { return };
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let folders = [folder.to_owned(), fixtures.clone(), fixtures.join("cases"), fixtures.join("photos")];
    let media = folders
        .iter()
        .flat_map(|folder| files(folder))
        .filter(|(name, _)| !name.contains(".sh") && !name.contains(".tsv"));
    let cures: usize = media.map(|(name, path)| cured(&name, &path)).sum();
    assert!(cures >= 40, "only {cures} cures were tried");
}

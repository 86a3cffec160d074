//! The corpus of the fuzz targets, run through the same checks as there.

use crate::fuzzed;

/// Every file of a target's corpus.
fn run(target: &str, check: fn(&[u8])) {
    let folder = crate::folder().join("../fuzz/corpus").join(target);
    let mut count = 0;
    for entry in std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        let found = std::panic::catch_unwind(|| check(&bytes));
        assert!(found.is_ok(), "{} breaks a rule of fuzz/src/lib.rs, see above", path.display());
        count += 1;
    }
    assert!(count >= 20, "only {count} files in {}", folder.display());
}

#[test]
fn the_corpus_of_mp4_holds() {
    run("mp4", fuzzed::mp4);
}

#[test]
fn the_corpus_of_webm_holds() {
    run("webm", fuzzed::webm);
}

#[test]
fn the_corpus_of_photos_holds() {
    run("photo", fuzzed::photo);
}

#[test]
fn the_corpus_of_failing_storage_and_large_files_holds() {
    run("probe", fuzzed::probe);
}

/// The seeds: each real file as its kind, and as any file.
#[test]
fn the_fixtures_hold() {
    let folders = ["", "cases", "photos"].map(|name| crate::folder().join(name));
    for entry in folders.iter().flat_map(|folder| std::fs::read_dir(folder).unwrap()) {
        let path = entry.unwrap().path();
        if path.is_dir() {
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("mp4" | "mov") => fuzzed::mp4(&bytes),
            Some("webm" | "mkv") => fuzzed::webm(&bytes),
            Some("jpg" | "webp") => fuzzed::photo(&bytes),
            _ => {}
        }
        fuzzed::probe(&[&[0; 8], &bytes[..]].concat());
    }
}

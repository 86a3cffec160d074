//! Probing whole files: real ones, cut ones, hostile ones, and what each costs.

#![expect(clippy::unwrap_used, clippy::panic, reason = "all of this crate is tests, its helpers too")]

mod budget;
mod cases;
mod corpus;
mod cut;
mod hostile;
mod make;
mod mutated;
mod photos;
mod real;
mod second_opinion;
mod sparse;
mod tracks;

/// What must hold for any bytes, as the fuzz targets say it.
#[expect(unreachable_pub, reason = "it is a library of its own there")]
#[path = "../../fuzz/src/lib.rs"]
mod fuzzed;

use std::path::PathBuf;

use bytes::Bytes;
use slipway_video::{Probe, ProbeError};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// A file of the fixtures.
fn fixture(name: &str) -> Bytes {
    let path = folder().join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())).into()
}

/// Runs a probe to its end.
fn block_on<T>(probe: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(probe)
}

fn probe(file: impl Into<Bytes>) -> Result<Probe, ProbeError> {
    let file = file.into();
    block_on(slipway_video::probe(&file))
}

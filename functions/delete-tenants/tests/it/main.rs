//! The step on the workbench.
#![expect(clippy::unwrap_used, reason = "all of this crate is tests, its helpers too")]

mod brands;
mod brands_keys;
mod brands_media;
mod busy;
mod pages;
mod races;
mod support;

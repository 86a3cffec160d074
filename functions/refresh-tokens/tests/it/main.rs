//! The renewal of tokens on the workbench.

#![expect(clippy::unwrap_used, reason = "all of this crate is tests, its helpers too")]

mod races;
mod run;
mod support;

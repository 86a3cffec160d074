//! The endpoint over the stand-ins: who may call, what is spoken, what it costs.

#![expect(clippy::unwrap_used, reason = "all of this crate is tests, its helpers too")]

mod costs;
mod dry_runs;
mod guards;
mod protocol;
mod support;
mod tools;

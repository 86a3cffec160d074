//! The sweep's step over all that the template declares: every state of targets and media whose time has come.

#![expect(clippy::unwrap_used, reason = "all of this crate is tests, its helpers too")]

mod ahead;
mod bucket;
mod media;
mod races;
mod support;
mod targets;

//! Deliveries on the workbench.

#![expect(clippy::unwrap_used, reason = "all of this crate is tests, its helpers too")]

mod deadline;
mod support;

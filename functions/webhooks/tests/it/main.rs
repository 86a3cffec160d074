//! Endpoints, deliveries and the log over the stand-ins.

#![expect(clippy::unwrap_used, reason = "all of this crate is tests, its helpers too")]

mod endpoints;
mod guards;
mod support;

//! Endpoints, deliveries and the log over the stand-ins.

#![expect(clippy::unwrap_used, reason = "all of this crate is tests, its helpers too")]

mod costs;
mod endpoints;
mod guards;
mod listen;
mod log;
mod support;

//! The accounts function on the workbench.
#![expect(clippy::unwrap_used, clippy::panic, reason = "what a test can not set up fails the test")]

mod brands;
mod callback;
mod caps;
mod connect;
mod costs;
mod deaths;
mod events;
mod exchange;
mod guards;
mod invites;
mod redirect_uris;
mod refreshes;
mod repeats;
mod routes;
mod support;
mod synced;
mod tokens;
mod waiting;

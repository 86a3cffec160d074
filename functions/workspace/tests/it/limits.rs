//! How many requests a tenant may make in a minute.

mod processes;
mod routes;

/// How many a tenant without accounts may make.
const LIMIT: u64 = 60;

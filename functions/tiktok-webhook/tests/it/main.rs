//! The tiktok-webhook function's routes over stand-ins: what is answered, and what stands in the queue.
#![expect(clippy::unwrap_used, reason = "what a test can't set up fails the test")]

mod events;
mod guards;
mod refused;
mod routes;
mod support;

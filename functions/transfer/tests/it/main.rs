//! The transfer worker's step over the stand-ins. No other function runs, so that nothing mends what the step leaves out.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what a test can't set up fails the test")]

mod awaited;
mod chunks;
mod claims;
mod dead_url;
mod deadline;
mod init;
mod line;
mod pull;
mod standing;
mod states;
mod support;
mod upload_host;
mod whole_object;

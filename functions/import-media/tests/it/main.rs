//! The import worker's step over the stand-ins. No other function runs, so that nothing mends what the step leaves out.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what a test can't set up fails the test")]

mod claims;
mod messages;
mod predecessors;
mod server;
mod storage;
mod support;
mod tries;
mod turns;
mod waiting;

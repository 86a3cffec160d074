//! The publish-status function's step over stand-ins: one message, and what it wrote, sent and asked.
#![expect(clippy::unwrap_used, reason = "what a test can't set up fails the test")]

mod adopt;
mod answers;
mod former;
mod looks;
mod messages;
mod outcomes;
mod races;
mod removals;
mod support;
mod trouble;
mod unconfirmed;
mod unknown;
mod webhooks;

//! The program itself, against the whole local stack and a simulated TikTok, as people and scripts use it.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a story fails by panicking")]

mod door;
mod ends;
mod hooks;
mod init;
mod posts;
mod program;
mod publish;
mod tenant;
mod upload;
mod world;

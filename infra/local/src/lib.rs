#![doc = include_str!("../README.md")]

mod build;
mod deployment;
mod error;
mod gateway;
mod lambda;
mod logs;
mod mappings;
mod schedules;
mod stack;
mod streams;
pub mod template;

pub use build::BuildError;
pub use deployment::{Deployment, PULL_DOMAIN, TEMPLATE, tiktok_parameters};
pub use error::StartError;
pub use lambda::{InvokeError, PAYLOAD_LIMIT};
pub use logs::{LogLine, LogSink, LogSource};
pub use stack::{Stack, StackOptions};

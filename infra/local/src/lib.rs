//! The local stack: one program that runs what template.yaml declares, on loopback only.
//!
//! [`Stack::start`] reads the SAM template, starts the stand-ins for S3, DynamoDB, SQS and KMS, creates what the
//! template declares, and runs each function's real binary in processes of its own against a local Lambda Runtime API.
//! Requests reach them through a stand-in for API Gateway, messages through event source mappings, times through
//! schedules. What runs here is what `sam deploy` deploys: the same binaries, wired by the same template.

mod build;
mod deployment;
mod gateway;
mod lambda;
mod logs;
mod mappings;
mod schedules;
mod stack;
pub mod template;

pub use build::BuildError;
pub use deployment::{Deployment, TEMPLATE, tiktok_parameters};
pub use lambda::{InvokeError, PAYLOAD_LIMIT};
pub use logs::{LogLine, LogSink, LogSource};
pub use stack::{Stack, StackOptions, StartError};

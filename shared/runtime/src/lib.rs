//! What every function stands on: configuration, AWS clients, the API-key guard, error answers, SQS batches.

pub mod api_key;
pub mod aws;
pub mod config;
pub mod cursor;
pub mod guard;
pub mod http;
pub mod logging;
pub mod media;
pub mod paging;
pub mod publishing;
pub mod queue;
pub mod tokens;
pub mod unknown;

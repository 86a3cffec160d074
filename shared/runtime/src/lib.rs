//! What every function stands on: configuration, AWS clients, the API-key guard, error answers, SQS batches.

pub mod media;
pub mod tokens;

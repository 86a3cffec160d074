//! The accounts function against stand-ins: DynamoDB, KMS and TikTok, all on loopback.

mod callback;
mod connect;
mod exchange;
mod routes;
mod support;
mod tokens;

//! The media routes, on stand-ins for S3 and DynamoDB.

#![expect(clippy::unwrap_used, clippy::panic, reason = "all of this crate is tests, its helpers too")]

mod costs;
mod delete;
mod direct;
mod guards;
mod in_parts;
mod items;
mod quota;
mod repeats;
mod service;
mod upload_url;

//! The media table on DynamoDB's stand-in.

#![expect(clippy::unwrap_used, clippy::panic, reason = "all of this crate is tests, its helpers too")]

mod imports;
mod list;
mod removal;
mod table;
mod usage;
mod uses;
mod verdicts;

#![doc = include_str!("../README.md")]

pub mod accounts;
mod batch;
mod clock;
mod conflicts;
mod epoch;
mod erase;
pub mod error;
pub mod events;
pub mod guards;
mod item;
pub mod media;
mod pages;
pub mod posts;
pub mod quota;
mod shards;
pub mod slots;
pub mod tenants;
mod transact;
mod update;
pub mod webhooks;
mod write;

pub use aws_sdk_dynamodb::Client;
use aws_types::SdkConfig;
pub use clock::{Day, Hour, Minute};
pub use epoch::Epoch;
pub use erase::Erased;
pub use error::StoreError;
pub use write::{Conflict, NotThere, Stale, Write};

/// A client of `DynamoDB`. Calls nobody.
pub fn client(aws: &SdkConfig) -> Client {
    Client::new(aws)
}

//! DynamoDB: keys, records, one module an aggregate.

pub mod accounts;
pub mod error;
pub mod events;
pub mod media;
pub mod posts;
pub mod tenants;
mod transact;

pub use error::StoreError;

//! DynamoDB: keys, records, one module an aggregate.

pub mod accounts;
pub mod error;
pub mod events;
pub mod media;
pub mod posts;
pub mod tenants;
mod transact;

use aws_types::SdkConfig;
pub use error::StoreError;

/// A client of `DynamoDB`. Calls nobody.
pub fn client(aws: &SdkConfig) -> aws_sdk_dynamodb::Client {
    aws_sdk_dynamodb::Client::new(aws)
}

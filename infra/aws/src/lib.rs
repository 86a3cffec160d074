//! Stand-ins for S3, DynamoDB, SQS and KMS on one loopback endpoint, for development and tests.
//!
//! Start an [`AwsStandIn`], set `AWS_ENDPOINT_URL` to its [`endpoint`](AwsStandIn::endpoint) together with its
//! region and credentials, and every AWS SDK in every process talks to it. One HTTP endpoint serves all four
//! services: the AWS JSON services are told apart by their `x-amz-target` header, everything else is S3.
//!
//! Whoever holds the root key may do everything. A [`principal`](AwsStandIn::principal) has keys of its own and may do
//! what its policy allows, as with IAM.
//!
//! Each service refuses what AWS refuses, so that a limit is met in development and not in production. With a
//! data directory everything survives a kill at any moment; without one nothing survives.
//!
//! | service  | made of                                                    |
//! |----------|------------------------------------------------------------|
//! | S3       | `s3s` for protocol and signatures, files and an `SQLite` index of our own below it |
//! | DynamoDB | `dynoxide`, in this process                                |
//! | SQS, KMS | our own code over `SQLite`                                   |

mod aws_json;
mod crash;
mod credentials;
mod dynamodb;
mod endpoint;
mod iam;
mod kms;
mod ledger;
mod meanwhile;
mod s3;
mod signature;
mod sqlite;
mod sqs;
mod stand_in;

pub use crash::{Crash, Moment};
pub use credentials::Credentials;
pub use iam::{Denial, Grant, Statement, Use};
pub use ledger::Fault;
pub use meanwhile::Meanwhile;
pub use s3::CorsRule;
pub use sqs::{
    Depth, MessageAttribute, NewMessage, QueueAddress, QueueSpec, Received, Redrive, Sent, Sqs, SqsError, Waiting,
};
pub use stand_in::{AwsStandIn, Options, StandInError, StartError};

/// The region every stand-in claims to be in.
pub const REGION: &str = "us-east-1";

/// The account every queue, table and key belongs to.
pub const ACCOUNT_ID: &str = "000000000000";

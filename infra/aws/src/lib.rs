#![doc = include_str!("../README.md")]

mod aws_json;
mod crash;
mod credentials;
mod dynamodb;
mod endpoint;
mod error;
mod iam;
mod kms;
mod ledger;
mod meanwhile;
mod s3;
mod services;
mod signature;
mod sqlite;
mod sqs;
mod stand_in;

pub use crash::{Crash, Moment, PRESIGNED};
pub use credentials::Credentials;
pub use dynamodb::StreamRecord;
pub use error::{StandInError, StartError};
pub use iam::{Denial, Grant, Statement, Use};
pub use ledger::Fault;
pub use meanwhile::Meanwhile;
pub use s3::CorsRule;
pub use sqs::{
    Depth, MessageAttribute, NewMessage, QueueAddress, QueueSpec, Received, Redrive, Sent, Sqs, SqsError, Waiting,
};
pub use stand_in::{AwsStandIn, Options};

/// The region every stand-in claims to be in.
pub const REGION: &str = "us-east-1";

/// The account every queue, table and key belongs to.
pub const ACCOUNT_ID: &str = "000000000000";

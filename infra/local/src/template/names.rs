use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

/// The account all local resources belong to.
pub const ACCOUNT_ID: &str = "000000000000";

/// What the outside gives the template: the places that `!Ref`, `!GetAtt` and the pseudo parameters point at.
#[derive(Clone, Debug)]
pub struct Names {
    /// `AWS::Region`, and the region in all ARNs.
    pub region: String,
    /// The base URL of the HTTP API, without a trailing slash: an API's `ApiEndpoint`.
    pub api_url: String,
    /// The URLs of the queues made so far, by logical id. A queue's URL is known only once it is made.
    pub queue_urls: BTreeMap<String, String>,
}

/// The kinds of resources that the local stack runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Function,
    HttpApi,
    Queue,
    Table,
    Bucket,
    Key,
    /// What a CDN serves. Only its name is known here; see [`Deployment`](crate::Deployment) for what stands in.
    Distribution,
}

impl Kind {
    pub(super) fn of(resource_type: &str) -> Option<Self> {
        Some(match resource_type {
            "AWS::Serverless::Function" => Self::Function,
            "AWS::Serverless::HttpApi" => Self::HttpApi,
            "AWS::SQS::Queue" => Self::Queue,
            "AWS::DynamoDB::Table" => Self::Table,
            "AWS::S3::Bucket" => Self::Bucket,
            "AWS::KMS::Key" => Self::Key,
            "AWS::CloudFront::Distribution" | "AWS::CloudFront::OriginAccessControl" => Self::Distribution,
            _ => return None,
        })
    }

    /// The property by which a template may fix the physical name.
    pub(super) fn name_property(self) -> Option<&'static str> {
        match self {
            Self::Function => Some("FunctionName"),
            Self::Queue => Some("QueueName"),
            Self::Table => Some("TableName"),
            Self::Bucket => Some("BucketName"),
            Self::HttpApi | Self::Key | Self::Distribution => None,
        }
    }

    /// The physical name where the template fixes none. The same at each start, so that kept data is found again.
    pub(super) fn default_name(self, logical_id: &str) -> String {
        match self {
            Self::Bucket => format!("slipway-{}", logical_id.to_lowercase()),
            Self::Key => key_id(logical_id),
            Self::Function | Self::HttpApi | Self::Queue | Self::Table | Self::Distribution => logical_id.to_owned(),
        }
    }

    pub(super) fn arn(self, region: &str, name: &str) -> String {
        match self {
            Self::Function => function_arn(region, name),
            Self::HttpApi => format!("arn:aws:apigateway:{region}::/apis/{name}"),
            Self::Queue => queue_arn(region, name),
            Self::Table => format!("arn:aws:dynamodb:{region}:{ACCOUNT_ID}:table/{name}"),
            Self::Bucket => format!("arn:aws:s3:::{name}"),
            Self::Key => format!("arn:aws:kms:{region}:{ACCOUNT_ID}:key/{name}"),
            Self::Distribution => format!("arn:aws:cloudfront::{ACCOUNT_ID}:distribution/{name}"),
        }
    }
}

/// The ARN of a function.
pub(crate) fn function_arn(region: &str, name: &str) -> String {
    format!("arn:aws:lambda:{region}:{ACCOUNT_ID}:function:{name}")
}

/// The ARN of a queue.
pub(crate) fn queue_arn(region: &str, name: &str) -> String {
    format!("arn:aws:sqs:{region}:{ACCOUNT_ID}:{name}")
}

/// A key id in the form of a UUID, as KMS gives, made from the logical id.
fn key_id(logical_id: &str) -> String {
    let digest = Sha256::digest(logical_id.as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
}

//! Stand-ins for S3, DynamoDB, SQS and KMS on loopback, for development and tests.

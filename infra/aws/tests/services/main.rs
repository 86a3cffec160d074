//! The stand-in as its callers see it: through the AWS SDKs, over HTTP.

mod dynamodb;
mod endpoint;
mod kms;
mod multipart;
mod objects;
mod persistence;
mod presigned;
mod queues;
mod queues_in_process;
mod support;

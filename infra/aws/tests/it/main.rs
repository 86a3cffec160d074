//! The stand-in as its callers see it: through the AWS SDKs, over HTTP.
//!
//! Every module is marked as test code, so that what tests share may unwrap as they do.

#[cfg(test)]
mod dynamodb;
#[cfg(test)]
mod endpoint;
#[cfg(test)]
mod kms;
#[cfg(test)]
mod multipart;
#[cfg(test)]
mod objects;
#[cfg(test)]
mod persistence;
#[cfg(test)]
mod presigned;
#[cfg(test)]
mod principals;
#[cfg(test)]
mod queues;
#[cfg(test)]
mod queues_in_process;
#[cfg(test)]
mod support;

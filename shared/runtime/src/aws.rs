//! AWS clients, each built once before the first invocation. Nothing here calls out: region and credentials come
//! from Lambda's environment.

use aws_config::BehaviorVersion;
pub use aws_config::SdkConfig;

/// The shared configuration of all clients.
pub async fn config() -> SdkConfig {
    aws_config::defaults(BehaviorVersion::latest()).load().await
}

/// S3. Answers' checksums are checked only where S3 demands it: a checked body loses its exact length, and a
/// multipart object's checksum can't be checked over a range anyway. We compare ETag and length instead.
pub fn s3(config: &SdkConfig) -> aws_sdk_s3::Client {
    let config = aws_sdk_s3::config::Builder::from(config)
        .response_checksum_validation(aws_sdk_s3::config::ResponseChecksumValidation::WhenRequired)
        .request_checksum_calculation(aws_sdk_s3::config::RequestChecksumCalculation::WhenRequired)
        .build();
    aws_sdk_s3::Client::from_conf(config)
}

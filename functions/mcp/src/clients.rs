//! One pool of connections for everything in AWS: but for that of the tables, the functions that are linked here have
//! clients of their own each, and would greet KMS, S3 and SQS once for each of them.

use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use slipway_runtime::aws::SdkConfig;

/// The same configuration, whose clients share their connections.
pub(crate) fn sharing_connections(aws: &SdkConfig) -> SdkConfig {
    let client = Builder::new().tls_provider(Provider::Rustls(CryptoMode::AwsLc)).build_https();
    aws.to_builder().http_client(client).build()
}

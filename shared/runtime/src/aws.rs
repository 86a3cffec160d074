//! What AWS clients are made of, built once before the first invocation. Nothing here calls out: region and credentials
//! come from Lambda's environment. Each client is made in the room that uses it.

use aws_config::BehaviorVersion;
pub use aws_config::SdkConfig;
use aws_config::environment::{EnvironmentVariableCredentialsProvider, EnvironmentVariableRegionProvider};
use aws_config::identity::IdentityCache;
use aws_config::meta::region::ProvideRegion as _;
use aws_config::retry::RetryConfig;
use aws_types::sdk_config::SharedCredentialsProvider;

/// The shared configuration of all clients.
///
/// Not `aws_config::defaults`: it also looks for credentials where Lambda has none, in profiles, roles and metadata
/// services, and all that would be 0.6 MB of every function.
pub async fn config() -> SdkConfig {
    let mut config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(EnvironmentVariableRegionProvider::new().region().await)
        .credentials_provider(SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new()))
        .identity_cache(IdentityCache::lazy().build())
        .retry_config(RetryConfig::standard());
    // Lambda does not set it: it leads to the stand-ins.
    config.set_endpoint_url(std::env::var("AWS_ENDPOINT_URL").ok().filter(|url| !url.is_empty()));
    config.build()
}

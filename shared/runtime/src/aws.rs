//! What AWS clients are made of, built once before the first invocation. Nothing here calls out: region and credentials
//! come from Lambda's environment. Each client is made in the room that uses it.

use aws_config::BehaviorVersion;
pub use aws_config::SdkConfig;

/// The shared configuration of all clients.
pub async fn config() -> SdkConfig {
    aws_config::defaults(BehaviorVersion::latest()).load().await
}

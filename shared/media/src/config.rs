//! What functions need to be told of media.

use std::num::{NonZeroU16, ParseIntError};
use std::str::FromStr;

use aws_types::SdkConfig;
use jiff::SignedDuration;
use slipway_domain::Plans;
use slipway_runtime::config;
use slipway_runtime::config::Name;
use slipway_store::Client;
use slipway_store::events::Events;
use slipway_store::media::{Lifetimes, Media, MediaRules};

use crate::Bucket;

config! {
    /// Where media is kept, and what holds for it.
    pub struct MediaConfig {
        /// The media table.
        pub table: Name = "MEDIA_TABLE",
        /// The media bucket.
        pub bucket: Name = "MEDIA_BUCKET",
        /// What the operator decides about media.
        pub rules: MediaRulesConfig,
    }
}

impl MediaConfig {
    /// The media table, under the operator's rules, which records in `events` what media was found to be; and the bucket.
    /// Calls nobody.
    pub fn wired(self, aws: &SdkConfig, dynamodb: &Client, events: Name) -> (Media, Bucket) {
        let events = Events::new(dynamodb.clone(), events.into_string());
        let media = Media::new(dynamodb.clone(), self.table.into_string());
        (media.ruled_by(self.rules.into()).recording(events), Bucket::new(aws, self.bucket.into_string()))
    }
}

config! {
    /// What the operator decides about media.
    pub struct MediaRulesConfig {
        /// The plans of the deployment.
        pub plans: Plans = "PLANS",
        /// How long media is kept after its last post ended.
        pub after_last_post: Days = "MEDIA_RETENTION_DAYS",
        /// How long media is kept that no post was made of.
        pub unused: Days = "UNUSED_MEDIA_DAYS",
    }
}

/// A number of whole days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Days(SignedDuration);

impl FromStr for Days {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        text.parse::<NonZeroU16>().map(|days| Self(SignedDuration::from_hours(24 * i64::from(days.get()))))
    }
}

impl From<MediaRulesConfig> for MediaRules {
    fn from(config: MediaRulesConfig) -> Self {
        let lifetimes = Lifetimes { after_last_post: config.after_last_post.0, unused: config.unused.0 };
        Self { plans: config.plans, lifetimes }
    }
}

#![doc = include_str!("../README.md")]

mod decide;
mod deliver;
mod fresh;
mod hand_out;
mod settle;

use aws_lambda_events::event::sqs::SqsBatchResponse;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use slipway_fetch::{BuildError, TrustedOrigins};
use slipway_queue::Queue;
use slipway_runtime::aws::SdkConfig;
use slipway_runtime::config;
use slipway_runtime::config::Name;
use slipway_store::accounts::Accounts;
use slipway_store::events::Events;
use slipway_store::webhooks::Webhooks;
use slipway_vault::Vault;
use slipway_webhooks::Caller;
use slipway_worker::comes_again;

config! {
    /// What template.yaml tells this function.
    pub struct Config {
        /// The webhooks table.
        pub webhooks_table: Name = "WEBHOOKS_TABLE",
        /// The events table.
        pub events_table: Name = "EVENTS_TABLE",
        /// The accounts table, for the brands of accounts.
        pub accounts_table: Name = "ACCOUNTS_TABLE",
        /// The key of the vault that holds the secrets.
        pub kms_key: Name = "KMS_KEY_ID",
        /// Where the messages come from.
        pub deliveries: Name = "DELIVERIES_QUEUE_URL",
        /// What may be called although it is not public.
        pub trusted_origins: TrustedOrigins = "WEBHOOK_TRUSTED_ORIGINS",
    }
}

/// Everything that is needed. Built once a process.
#[derive(Clone)]
pub struct Deliver {
    /// Endpoints and deliveries.
    pub webhooks: Webhooks,
    /// The accounts, of which brands are known.
    pub accounts: Accounts,
    /// The vault that holds the secrets.
    pub vault: Vault,
    /// The queue that the messages come from.
    pub deliveries: Queue,
    /// Calls endpoints.
    pub caller: Caller,
}

/// What sets the function off is neither a batch of messages nor changes of the log.
#[derive(Debug, thiserror::Error)]
#[error("the event does not read: {0}")]
pub struct Unreadable(#[from] serde_json::Error);

impl Deliver {
    /// Builds all clients. Calls nobody.
    pub fn new(aws: &SdkConfig, config: Config) -> Result<Self, BuildError> {
        let dynamodb = slipway_store::client(aws);
        let events = Events::new(dynamodb.clone(), config.events_table.into_string());
        Ok(Self {
            webhooks: Webhooks::new(dynamodb.clone(), config.webhooks_table.into_string(), events),
            accounts: Accounts::new(dynamodb, config.accounts_table.into_string()),
            vault: Vault::new(slipway_vault::client(aws), config.kms_key.into_string()),
            deliveries: Queue::new(slipway_queue::client(aws), config.deliveries.into_string()),
            caller: Caller::new(config.trusted_origins)?,
        })
    }

    /// Works on what set the function off: changes of the log, or a batch of messages. Answers what is to come again.
    pub async fn handle(&self, event: Value, now: Timestamp) -> Result<SqsBatchResponse, Unreadable> {
        let again = if Records::deserialize(&event)?.are_of_a_stream() {
            self.hand_out(serde_json::from_value(event)?, now).await
        } else {
            self.deliver(serde_json::from_value(event)?, now).await
        };
        Ok(comes_again(again))
    }
}

/// What tells changes of the log from messages.
#[derive(Deserialize)]
struct Records<'a> {
    #[serde(rename = "Records", borrow)]
    records: Vec<Source<'a>>,
}

#[derive(Deserialize)]
struct Source<'a> {
    #[serde(rename = "eventSource")]
    name: Option<&'a str>,
}

impl Records<'_> {
    fn are_of_a_stream(&self) -> bool {
        self.records.first().is_some_and(|source| source.name == Some("aws:dynamodb"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_gives_what_is_read_and_nothing_else() {
        workbench::reads_what_it_is_given::<Config>("DeliverFunction");
    }
}

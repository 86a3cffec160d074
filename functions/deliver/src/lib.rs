#![doc = include_str!("../README.md")]

mod decide;
mod deliver;
mod fresh;
mod hand_out;
mod settle;

pub use hand_out::Changes;
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_gives_what_is_read_and_nothing_else() {
        workbench::reads_what_it_is_given::<Config>("DeliverFunction");
    }
}

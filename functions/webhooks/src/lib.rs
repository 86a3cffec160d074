#![doc = include_str!("../README.md")]

mod catalogue;
mod create;
mod deliveries;
mod endpoints;
mod entries;
mod fields;
mod listen;
mod log;
mod retries;
mod rotate;
mod trial;
mod view;

use std::sync::Arc;

use axum::Router;
use jiff::Timestamp;
use secrecy::ExposeSecret as _;
use slipway_domain::webhook::ATTEMPT_COUNTS_AS;
use slipway_domain::{ApiScope, Plans, Sealed, TenantId, WebhookId};
use slipway_fetch::{BuildError, TrustedOrigins};
use slipway_http::routes::{AnyKey, Routes, get, post};
use slipway_http::{ErrorResponse, Keyring, RateLimits, serve};
use slipway_queue::Queue;
use slipway_runtime::aws::SdkConfig;
use slipway_runtime::config;
use slipway_runtime::config::{Name, Secret};
use slipway_store::Client;
use slipway_store::accounts::Accounts;
use slipway_store::events::Events;
use slipway_store::tenants::Tenants;
use slipway_store::webhooks::{WebhookRecord, Webhooks};
use slipway_vault::{Context, Vault};
use slipway_webhooks::{Caller as Endpoints, Secret as EndpointSecret};

config! {
    /// What template.yaml tells this function.
    pub struct Config {
        /// The tenants table.
        pub tenants_table: Name = "TENANTS_TABLE",
        /// What cursors of lists are checked by: a secret that callers do not know.
        pub cursor_secret: Secret = "CURSOR_SECRET",
        /// How many requests tenants may make.
        pub rate_limits: RateLimits = "RATE_LIMIT_PERCENT",
        /// The plans of the deployment.
        pub plans: Plans = "PLANS",
        /// The accounts table.
        pub accounts_table: Name = "ACCOUNTS_TABLE",
        /// The events table.
        pub events_table: Name = "EVENTS_TABLE",
        /// The webhooks table.
        pub webhooks_table: Name = "WEBHOOKS_TABLE",
        /// The key of the vault that holds the secrets.
        pub kms_key: Name = "KMS_KEY_ID",
        /// Where deliveries are handed over that are to be made again.
        pub deliveries: Name = "DELIVERIES_QUEUE_URL",
        /// What may be called although it is not public.
        pub trusted_origins: TrustedOrigins = "WEBHOOK_TRUSTED_ORIGINS",
    }
}

/// What the handlers work with.
#[derive(Clone)]
pub struct App {
    /// API keys.
    pub tenants: Tenants,
    /// What cursors of lists are checked by.
    pub keyring: Keyring,
    /// How many requests tenants may make.
    pub rate_limits: RateLimits,
    /// The plans of the deployment.
    pub plans: Plans,
    /// The accounts that endpoints may be restricted to.
    pub accounts: Accounts,
    /// Endpoints and deliveries, and the log.
    pub webhooks: Webhooks,
    /// The vault that holds the secrets.
    pub vault: Vault,
    /// Where deliveries are handed over that are to be made again.
    pub deliveries: Queue,
    /// Calls endpoints.
    pub endpoints: Endpoints,
}

impl App {
    /// Builds all clients but that of the tables, of which a process has one. Calls nobody.
    pub fn new(aws: &SdkConfig, dynamodb: &Client, config: Config) -> Result<Self, BuildError> {
        let events = Events::new(dynamodb.clone(), config.events_table.into_string());
        Ok(Self {
            tenants: Tenants::new(dynamodb.clone(), config.tenants_table.into_string()),
            keyring: Keyring::of(config.cursor_secret.0.expose_secret()),
            rate_limits: config.rate_limits,
            plans: config.plans,
            accounts: Accounts::new(dynamodb.clone(), config.accounts_table.into_string()),
            webhooks: Webhooks::new(dynamodb.clone(), config.webhooks_table.into_string(), events),
            vault: Vault::new(slipway_vault::client(aws), config.kms_key.into_string()),
            deliveries: Queue::new(slipway_queue::client(aws), config.deliveries.into_string()),
            endpoints: Endpoints::new(config.trusted_origins)?,
        })
    }

    /// What an endpoint's deliveries are signed with at this time.
    async fn secrets_of(&self, webhook: &WebhookRecord, now: Timestamp) -> Result<Vec<EndpointSecret>, ErrorResponse> {
        let context = Context::of_webhook(&webhook.tenant, &webhook.id);
        let opened = EndpointSecret::opened(&self.vault, &context, webhook.secrets_at(now)).await;
        opened.map_err(|error| ErrorResponse::internal(&error))
    }

    /// An endpoint's new secret, as it is stored.
    async fn sealed(
        &self,
        tenant: &TenantId,
        webhook: &WebhookId,
        secret: &EndpointSecret,
    ) -> Result<Sealed, ErrorResponse> {
        let context = Context::of_webhook(tenant, webhook);
        self.vault.seal(&context, secret.text()).await.map_err(|error| ErrorResponse::internal(&error))
    }
}

/// The routes.
pub fn router(app: App) -> Router {
    let (manage, read) = (ApiScope::WebhooksManage, ApiScope::AnalyticsRead);
    let routes = Routes::new(app.tenants.clone(), app.keyring.clone(), app.rate_limits)
        .route(
            "/v1/webhooks",
            post(manage, create::create).may_count_as(ATTEMPT_COUNTS_AS).get(manage, endpoints::list).reads_query(),
        )
        .route("/v1/webhooks/events", get(AnyKey, catalogue::list))
        .route("/v1/webhooks/listen", get(manage, listen::listen).reads_query())
        .route(
            "/v1/webhooks/{id}",
            get(manage, endpoints::show)
                .patch(manage, endpoints::change)
                .may_count_as(ATTEMPT_COUNTS_AS)
                .delete(manage, endpoints::delete),
        )
        .route("/v1/webhooks/{id}/rotate-secret", post(manage, rotate::rotate))
        .route("/v1/webhooks/{id}/test", post(manage, trial::test).may_count_as(ATTEMPT_COUNTS_AS))
        .route("/v1/webhooks/{id}/replay", post(manage, retries::replay).reads_query().without_body())
        .route("/v1/webhooks/{id}/deliveries", get(manage, deliveries::list).reads_query())
        .route("/v1/webhooks/{id}/deliveries/{delivery}", get(manage, deliveries::show))
        .route("/v1/webhooks/{id}/deliveries/{delivery}/retry", post(manage, retries::retry).without_body())
        .route("/v1/events", get(read, log::list).reads_query())
        .route("/v1/events/summary", get(read, log::summary).reads_query());
    serve(routes.with_state(Arc::new(app)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_gives_what_is_read_and_nothing_else() {
        workbench::reads_what_it_is_given::<Config>("WebhooksFunction");
    }
}

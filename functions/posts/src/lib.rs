#![doc = include_str!("../README.md")]

mod act;
mod answer;
mod at_once;
mod brands;
mod cancel;
mod check;
mod constraints;
mod create;
mod delete;
mod fields;
mod found;
mod import;
mod line;
mod list;
mod metrics;
mod patch;
mod places;
mod plan;
mod preflight;
mod publish;
mod records;
mod refusal;
mod repeat;
pub mod request;
mod resolve;
mod retry;
mod rewrite;
mod show;
pub mod standing;
mod stored;
mod timeline;
mod unpublish;
mod validate;
mod write;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::handler::Handler as _;
use axum::middleware::from_fn_with_state;
use secrecy::ExposeSecret as _;
use slipway_domain::limits::FORM_MAX_BYTES;
use slipway_domain::{ApiScope, PaceLimits};
use slipway_fetch::TrustedOrigins;
use slipway_http::routes::{Routes, get, post};
use slipway_http::{Keyring, RateLimits, serve};
use slipway_media::{Bucket, MediaConfig, PullDomain};
use slipway_queue::Queue;
use slipway_runtime::aws::SdkConfig;
use slipway_runtime::config;
use slipway_runtime::config::{Name, Secret};
use slipway_store::Client;
use slipway_store::accounts::Accounts;
use slipway_store::events::Events;
use slipway_store::media::Media;
use slipway_store::posts::{Posts, view};
use slipway_store::tenants::Tenants;
use slipway_tokens::{PaceConfig, Tokens, TokensConfig};

config! {
    /// What template.yaml tells this function.
    pub struct Config {
        /// The tenants table.
        pub tenants_table: Name = "TENANTS_TABLE",
        /// What cursors of lists are checked by: a secret that callers do not know.
        pub cursor_secret: Secret = "CURSOR_SECRET",
        /// How many requests tenants may make.
        pub rate_limits: RateLimits = "RATE_LIMIT_PERCENT",
        /// Accounts, their tokens, and TikTok.
        pub tokens: TokensConfig,
        /// The media table and bucket.
        pub media: MediaConfig,
        /// How many posts of an account may begin.
        pub pace: PaceConfig,
        /// The posts table.
        pub posts_table: Name = "POSTS_TABLE",
        /// Where accepted posts are handed over.
        pub transfers: Name = "TRANSFERS_QUEUE_URL",
        /// Where their imports are.
        pub imports: Name = "IMPORTS_QUEUE_URL",
        /// What may be imported from although it is not public.
        pub trusted_origins: TrustedOrigins = "IMPORT_TRUSTED_ORIGINS",
        /// From where TikTok may fetch media.
        pub pull_domain: PullDomain = "PULL_DOMAIN",
    }
}

/// Everything the routes need. Built once a process.
#[derive(Debug, Clone)]
pub struct App {
    /// The tenants table, for keys.
    pub tenants: Tenants,
    /// What cursors of lists are checked by.
    pub keyring: Keyring,
    /// How many requests tenants may make.
    pub rate_limits: RateLimits,
    /// The accounts table.
    pub accounts: Accounts,
    /// The media table.
    pub media: Media,
    /// The posts table.
    pub posts: Posts,
    /// How many posts of an account may begin.
    pub limits: PaceLimits,
    /// Access tokens that are always fresh.
    pub tokens: Tokens,
    /// The media bucket, to verify media that nobody has verified yet.
    pub bucket: Bucket,
    /// Where accepted posts are handed over.
    pub transfers: Queue,
    /// Where their imports are.
    pub imports: Queue,
    /// What may be imported from although it is not public.
    pub trusted_origins: TrustedOrigins,
    /// From where TikTok may fetch media.
    pub pull_domain: PullDomain,
}

impl App {
    /// Builds all clients but that of the tables, of which a process has one. Calls nobody.
    pub fn new(aws: &SdkConfig, dynamodb: &Client, config: Config) -> Result<Self, slipway_tiktok::BuildError> {
        // What happens to posts and media is recorded where lost accounts are.
        let sqs = slipway_queue::client(aws);
        let events_table = config.tokens.events_table.clone();
        let events = Events::new(dynamodb.clone(), events_table.clone().into_string());
        let tokens = Tokens::wired(aws, dynamodb, config.tokens)?;
        let (media, bucket) = config.media.wired(aws, dynamodb, events_table);
        Ok(Self {
            tenants: Tenants::new(dynamodb.clone(), config.tenants_table.into_string()),
            keyring: Keyring::of(config.cursor_secret.0.expose_secret()),
            rate_limits: config.rate_limits,
            accounts: tokens.accounts().clone(),
            media,
            posts: Posts::new(dynamodb.clone(), config.posts_table.into_string()).recording(events),
            limits: config.pace.into(),
            tokens,
            bucket,
            transfers: Queue::new(sqs.clone(), config.transfers.into_string()),
            imports: Queue::new(sqs, config.imports.into_string()),
            trusted_origins: config.trusted_origins,
            pull_domain: config.pull_domain,
        })
    }
}

/// The routes.
pub fn router(app: App) -> Router {
    let app = Arc::new(app);
    serve(
        Routes::new(app.tenants.clone(), app.keyring.clone(), app.rate_limits)
            .route(
                "/v1/posts",
                get(ApiScope::PostsRead, list::list).reads_query().post(ApiScope::PostsWrite, create::create),
            )
            .route(
                "/v1/posts/validate",
                get(ApiScope::PostsRead, constraints::constraints)
                    .reads_query()
                    .post(ApiScope::PostsWrite, validate::validate),
            )
            .route(
                "/v1/posts/import",
                post(ApiScope::PostsWrite, import::import.layer(DefaultBodyLimit::max(FORM_MAX_BYTES))).reads_query(),
            )
            .route(
                "/v1/posts/{id}",
                get(ApiScope::PostsRead, show::show)
                    .patch(ApiScope::PostsWrite, patch::patch)
                    .delete(ApiScope::PostsWrite, delete::delete),
            )
            .route("/v1/posts/{id}/publish", post(ApiScope::PostsWrite, publish::publish))
            .route("/v1/posts/{id}/retry", post(ApiScope::PostsWrite, retry::retry))
            .route("/v1/posts/{id}/cancel", post(ApiScope::PostsWrite, cancel::cancel))
            .route("/v1/posts/{id}/resolve", post(ApiScope::PostsWrite, resolve::resolve))
            .route("/v1/posts/{id}/unpublish", post(ApiScope::PostsWrite, unpublish::unpublish))
            .route("/v1/posts/{id}/metrics", get(ApiScope::PostsRead, metrics::metrics))
            .route("/v1/posts/{id}/timeline", get(ApiScope::PostsRead, timeline::timeline).reads_query())
            .with_state(app.clone())
            .layer(from_fn_with_state(app, plan::tell)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_gives_what_is_read_and_nothing_else() {
        workbench::reads_what_it_is_given::<Config>("PostsFunction");
    }

    #[test]
    fn where_the_operator_changes_nothing_the_limits_are_those_of_the_domain() {
        let config = workbench::configuration_of::<Config>("PostsFunction");
        assert_eq!(PaceLimits::from(config.pace), PaceLimits::default());
    }
}

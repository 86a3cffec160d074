#![doc = include_str!("../README.md")]

mod accounts;
mod asked_scopes;
mod begun;
mod brand_routes;
mod brands;
mod callback;
mod connect;
mod creator;
mod disconnect;
mod exchange;
mod fields;
mod invites;
mod link;
mod navigation;
mod page;
mod platform;
mod redirect_uris;
mod return_url;
mod view;

use std::sync::Arc;

use axum::Router;
use secrecy::ExposeSecret as _;
use slipway_domain::{ApiScope, PaceLimits, Plans};
use slipway_http::routes::{NoKey, Routes, Unrestricted, delete, get, patch, post};
use slipway_http::{Keyring, PublicBase, RateLimits, serve};
use slipway_runtime::aws::SdkConfig;
use slipway_runtime::config;
use slipway_runtime::config::{Name, Secret};
use slipway_store::Client;
use slipway_store::accounts::Accounts;
use slipway_store::events::Events;
use slipway_store::posts::Posts;
use slipway_store::tenants::Tenants;
use slipway_tokens::{PaceConfig, Tokens, TokensConfig};

pub use crate::asked_scopes::AskedScopes;

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
        /// The posts table.
        pub posts_table: Name = "POSTS_TABLE",
        /// How many posts of an account may begin.
        pub pace: PaceConfig,
        /// The plans of the deployment.
        pub plans: Plans = "PLANS",
        /// The API's own address.
        pub base: PublicBase = "PUBLIC_BASE_URL",
        /// What creators are asked to grant.
        pub asked_scopes: AskedScopes = "TIKTOK_SCOPES",
    }
}

/// What the routes work with.
#[derive(Debug, Clone)]
pub struct App {
    /// Where API keys are looked up.
    pub tenants: Tenants,
    /// What cursors of lists are checked by.
    pub keyring: Keyring,
    /// How many requests tenants may make.
    pub rate_limits: RateLimits,
    /// The connected accounts.
    pub accounts: Accounts,
    /// The posts, some of which wait for an account that is disconnected.
    pub posts: Posts,
    /// Calls to TikTok.
    pub tokens: Tokens,
    /// How many posts of an account may begin.
    pub limits: PaceLimits,
    /// The plans of the deployment.
    pub plans: Plans,
    /// Our own address, for the redirect URI that TikTok is given.
    pub base: PublicBase,
    /// What creators are asked to grant.
    pub asked_scopes: AskedScopes,
}

impl App {
    /// Builds all clients but that of the tables, of which a process has one. Calls nobody.
    pub fn new(aws: &SdkConfig, dynamodb: &Client, config: Config) -> Result<Self, slipway_tiktok::BuildError> {
        let events = Events::new(dynamodb.clone(), config.tokens.events_table.clone().into_string());
        let tokens = Tokens::wired(aws, dynamodb, config.tokens)?;
        Ok(Self {
            tenants: Tenants::new(dynamodb.clone(), config.tenants_table.clone().into_string()),
            keyring: Keyring::of(config.cursor_secret.0.expose_secret()),
            rate_limits: config.rate_limits,
            accounts: tokens.accounts().clone().counted_in(config.tenants_table.into_string()),
            posts: Posts::new(dynamodb.clone(), config.posts_table.into_string()).recording(events),
            tokens,
            limits: config.pace.into(),
            plans: config.plans,
            base: config.base,
            asked_scopes: config.asked_scopes,
        })
    }
}

/// The routes.
pub fn router(app: App) -> Router {
    let (read, manage) = (ApiScope::AccountsRead, ApiScope::AccountsManage);
    let routes = Routes::new(app.tenants.clone(), app.keyring.clone(), app.rate_limits)
        .route("/v1/accounts/connect", post(manage, connect::connect))
        .route("/v1/accounts", get(read, accounts::list).reads_query())
        .route("/v1/accounts/{id}", get(read, accounts::show).delete(manage, disconnect::disconnect))
        .route("/v1/accounts/{id}/creator-info", get(read, creator::creator_info))
        .route("/v1/accounts/{id}/limits", get(read, creator::limits))
        .route("/v1/brands", get(read, brand_routes::list).reads_query().post(Unrestricted, brand_routes::create))
        .route("/v1/brands/{id}", patch(Unrestricted, brand_routes::rename).delete(Unrestricted, brand_routes::delete))
        .route("/v1/oauth/exchange", post(manage, exchange::exchange))
        .route(
            "/v1/oauth/redirect-uris",
            get(read, redirect_uris::list).reads_query().post(manage, redirect_uris::register),
        )
        .route("/v1/oauth/redirect-uris/{id}", delete(manage, redirect_uris::forget))
        .route("/v1/invites", get(read, invites::list).reads_query().post(manage, invites::create))
        .route("/v1/invites/{id}", delete(manage, invites::revoke))
        .route("/invite/{token}", get(NoKey, invites::follow))
        .route("/v1/platforms/tiktok/accounts/{id}/summary", get(read, platform::summary))
        .route("/v1/platforms/tiktok/accounts/{id}/sync", post(manage, platform::sync).without_body())
        .route(callback::PATH, get(NoKey, callback::callback).reads_query())
        .not_supported(&["accounts", "platforms"])
        .with_state(Arc::new(app));
    serve(routes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_gives_what_is_read_and_nothing_else() {
        workbench::reads_what_it_is_given::<Config>("AccountsFunction");
    }
}

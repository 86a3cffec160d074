#![doc = include_str!("../README.md")]

mod email;
mod export;
mod fields;
mod keys;
mod mint;
pub mod operator;
mod reference;
mod rotate;
mod signup;
mod test_mode;
mod trigger;
mod users;
mod view;

use std::sync::Arc;

use axum::Router;
use http::StatusCode;
use secrecy::ExposeSecret as _;
use slipway_contract::service::Welcome;
use slipway_domain::Plans;
use slipway_http::routes::{AnyKey, NoKey, Routes, Unrestricted, get, patch, post};
use slipway_http::{Keyring, RateLimits, json, serve};
use slipway_runtime::config;
use slipway_runtime::config::{Name, Secret};
use slipway_store::Client;
use slipway_store::accounts::Accounts;
use slipway_store::events::Events;
use slipway_store::media::Media;
use slipway_store::posts::Posts;
use slipway_store::tenants::Tenants;
use slipway_store::webhooks::Webhooks;

pub use signup::SignUp;
pub use trigger::handle;

config! {
    /// What template.yaml tells this function.
    pub struct Config {
        /// The tenants table.
        pub tenants_table: Name = "TENANTS_TABLE",
        /// The accounts table, which has the brands, too.
        pub accounts_table: Name = "ACCOUNTS_TABLE",
        /// The posts table, which counts posts, too.
        pub posts_table: Name = "POSTS_TABLE",
        /// The media table.
        pub media_table: Name = "MEDIA_TABLE",
        /// The webhooks table.
        pub webhooks_table: Name = "WEBHOOKS_TABLE",
        /// The plans of the deployment.
        pub plans: Plans = "PLANS",
        /// Whether strangers may sign up.
        pub sign_up: SignUp = "SIGN_UP",
        /// The events table.
        pub events_table: Name = "EVENTS_TABLE",
        /// What cursors of lists are checked by: a secret that callers do not know.
        pub cursor_secret: Secret = "CURSOR_SECRET",
        /// How many requests tenants may make.
        pub rate_limits: RateLimits = "RATE_LIMIT_PERCENT",
    }
}

/// What the routes work with.
#[derive(Debug, Clone)]
pub struct App {
    /// Tenants and their keys.
    pub tenants: Tenants,
    /// The accounts, and their brands.
    pub accounts: Accounts,
    /// The posts, and how many there are.
    pub posts: Posts,
    /// The media.
    pub media: Media,
    /// The endpoints, and the log.
    pub webhooks: Webhooks,
    /// The plans of the deployment.
    pub plans: Plans,
    /// Whether strangers may sign up.
    pub sign_up: SignUp,
    /// What cursors of lists are checked by.
    pub keyring: Keyring,
    /// How many requests tenants may make.
    pub rate_limits: RateLimits,
}

impl App {
    /// Over the tables that this client reaches. Calls nobody.
    pub fn new(dynamodb: &Client, config: Config) -> Self {
        let events = Events::new(dynamodb.clone(), config.events_table.into_string());
        Self {
            accounts: Accounts::new(dynamodb.clone(), config.accounts_table.into_string()),
            posts: Posts::new(dynamodb.clone(), config.posts_table.into_string()),
            media: Media::new(dynamodb.clone(), config.media_table.into_string()),
            webhooks: Webhooks::new(dynamodb.clone(), config.webhooks_table.into_string(), events.clone()),
            plans: config.plans,
            sign_up: config.sign_up,
            tenants: Tenants::new(dynamodb.clone(), config.tenants_table.into_string())
                .recording(events)
                .under(config.plans),
            keyring: Keyring::of(config.cursor_secret.0.expose_secret()),
            rate_limits: config.rate_limits,
        }
    }
}

/// The routes.
pub fn router(app: App) -> Router {
    let routes = Routes::new(app.tenants.clone(), app.keyring.clone(), app.rate_limits)
        .route("/", get(NoKey, root))
        .route("/docs", get(NoKey, reference::page))
        .route("/docs/reference.css", get(NoKey, reference::style))
        .route("/docs/reference.js", get(NoKey, reference::script))
        .route("/llms.txt", get(NoKey, reference::llms))
        .route("/v1/openapi.json", get(NoKey, reference::openapi))
        .route("/v1/signup", post(NoKey, signup::sign_up))
        .route("/v1/keys", get(Unrestricted, keys::list).reads_query().post(Unrestricted, keys::create))
        .route("/v1/keys/scopes", get(AnyKey, keys::scopes))
        .route("/v1/keys/{id}", patch(Unrestricted, keys::change).delete(Unrestricted, keys::revoke))
        .route("/v1/keys/{id}/rotate", post(Unrestricted, rotate::rotate))
        .route(
            "/v1/users/me",
            get(AnyKey, users::show).patch(AnyKey, users::change).delete(Unrestricted, users::delete),
        )
        .route("/v1/users/me/export", get(Unrestricted, export::export).reads_query())
        .route("/v1/usage", get(AnyKey, users::usage))
        .route("/v1/billing/plans", get(AnyKey, users::plans))
        .route("/v1/test/outcomes", get(AnyKey, test_mode::outcomes));
    serve(routes.not_supported(&["exports", "inbox"]).with_state(Arc::new(app)))
}

/// A word for who opens the base URL in a browser.
async fn root() -> axum::response::Response {
    json(
        StatusCode::OK,
        &Welcome {
            name: "Slipway",
            version: env!("CARGO_PKG_VERSION"),
            message: "This is a TikTok publishing API. Send `Authorization: Bearer <your API key>` to the routes under /v1. \
                      The reference is at /docs, for programs at /v1/openapi.json.",
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_gives_what_is_read_and_nothing_else() {
        workbench::reads_what_it_is_given::<Config>("WorkspaceFunction");
    }
}

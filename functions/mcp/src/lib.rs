#![doc = include_str!("../README.md")]

mod address;
mod arguments;
mod call;
mod clients;
mod endpoint;
mod inside;
mod prompts;
mod refusal;
mod resources;
mod schemas;
mod server;
mod tool;
mod tools;
mod wait;

use axum::Router;
use axum::middleware::map_response;
use axum::response::Response;
use http::header::WWW_AUTHENTICATE;
use http::{HeaderValue, StatusCode};
use lambda_http::Error;
use secrecy::ExposeSecret as _;
use slipway_http::routes::{AnyKey, Routes, post};
use slipway_http::{Keyring, PublicBase, RateLimits, serve};
use slipway_runtime::aws::SdkConfig;
use slipway_runtime::config;
use slipway_store::tenants::Tenants;

pub use address::{AllowedHosts, NoHost};
pub use inside::Inside;

config! {
    /// What template.yaml tells this function: what it tells each of those whose routes the tools reach, and more.
    pub struct Config {
        /// The accounts' routes.
        pub accounts: accounts::Config,
        /// The media's routes.
        pub media: media::Config,
        /// The posts' routes.
        pub posts: posts::Config,
        /// The webhooks' routes.
        pub webhooks: webhooks::Config,
        /// The workspace's routes.
        pub workspace: workspace::Config,
        /// Under which names the endpoint may be called, besides its own ones.
        pub allowed_hosts: AllowedHosts = "MCP_ALLOWED_HOSTS",
    }
}

/// What the endpoint works with.
#[derive(Clone)]
pub struct App {
    /// Where API keys are looked up.
    pub tenants: Tenants,
    /// What cursors of lists are checked by.
    pub keyring: Keyring,
    /// How many requests tenants may make.
    pub rate_limits: RateLimits,
    /// The API's own address.
    pub base: PublicBase,
    /// Under which names the endpoint may be called, besides its own ones.
    pub allowed_hosts: AllowedHosts,
    /// The routes that the tools reach.
    pub inside: Inside,
}

impl App {
    /// Builds all clients. Calls nobody.
    pub fn new(aws: &SdkConfig, config: Config) -> Result<Self, Error> {
        let aws = &clients::sharing_connections(aws);
        let dynamodb = slipway_store::client(aws);
        let tenants_table = config.workspace.tenants_table.clone().into_string();
        Ok(Self {
            tenants: Tenants::new(dynamodb.clone(), tenants_table),
            keyring: Keyring::of(config.workspace.cursor_secret.0.expose_secret()),
            rate_limits: config.workspace.rate_limits,
            base: config.accounts.base.clone(),
            allowed_hosts: config.allowed_hosts.clone(),
            inside: Inside::new(aws, &dynamodb, config)?,
        })
    }
}

/// The routes.
pub fn router(app: App) -> Router {
    // Any key: what it may do is asked by the routes that its tools reach.
    let routes = Routes::new(app.tenants.clone(), app.keyring.clone(), app.rate_limits)
        .route("/mcp", post(AnyKey, endpoint::mcp).reads_query());
    let state = endpoint::Endpoint::new(app);
    serve(routes.with_state(state).layer(map_response(with_challenge)))
}

/// Says to whom no key was good how one is sent.
async fn with_challenge(mut response: Response) -> Response {
    if response.status() == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"slipway\""));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_gives_what_is_read_and_nothing_else() {
        workbench::reads_what_it_is_given::<Config>("McpFunction");
    }
}

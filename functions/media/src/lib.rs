#![doc = include_str!("../README.md")]

mod announced;
mod delete;
mod import;
mod in_parts;
mod items;
mod links;
mod multipart;
mod put_url;
mod quota;
mod upload;
mod upload_url;
mod verify;
mod view;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::handler::Handler as _;
use axum::middleware::from_fn_with_state;
use secrecy::ExposeSecret as _;
use slipway_contract::{ApiError, Cause, ErrorCode};
use slipway_domain::limits::FORM_MAX_BYTES;
use slipway_domain::{ApiScope, MediaId};
use slipway_fetch::TrustedOrigins;
use slipway_http::routes::{Routes, get, post};
use slipway_http::{ErrorResponse, Keyring, PublicBase, RateLimits, serve};
use slipway_media::{Bucket, MEDIA_PATH, MediaConfig};
use slipway_queue::Queue;
use slipway_runtime::aws::SdkConfig;
use slipway_runtime::config;
use slipway_runtime::config::{Name, Secret};
use slipway_store::Client;
use slipway_store::media::Media;
use slipway_store::posts::Posts;
use slipway_store::tenants::Tenants;

config! {
    /// What template.yaml tells this function.
    pub struct Config {
        /// The tenants table.
        pub tenants_table: Name = "TENANTS_TABLE",
        /// What cursors of lists are checked by: a secret that callers do not know.
        pub cursor_secret: Secret = "CURSOR_SECRET",
        /// How many requests tenants may make.
        pub rate_limits: RateLimits = "RATE_LIMIT_PERCENT",
        /// The events table.
        pub events_table: Name = "EVENTS_TABLE",
        /// The media table and bucket.
        pub media: MediaConfig,
        /// The posts table.
        pub posts_table: Name = "POSTS_TABLE",
        /// Where imports are handed over.
        pub imports: Name = "IMPORTS_QUEUE_URL",
        /// What may be imported from although it is not public.
        pub trusted_origins: TrustedOrigins = "IMPORT_TRUSTED_ORIGINS",
        /// The API's own address.
        pub base: PublicBase = "PUBLIC_BASE_URL",
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
    /// The media records.
    pub media: Media,
    /// The posts, which may need media.
    pub posts: Posts,
    /// The media bucket.
    pub bucket: Bucket,
    /// Where imports are handed over.
    pub imports: Queue,
    /// What may be imported from although it is not public.
    pub trusted_origins: TrustedOrigins,
    /// The API's own address, for links in answers.
    pub base: PublicBase,
}

impl App {
    /// Builds all clients but that of the tables, of which a process has one. Calls nobody.
    pub fn new(aws: &SdkConfig, dynamodb: &Client, config: Config) -> Self {
        let (media, bucket) = config.media.wired(aws, dynamodb, config.events_table);
        Self {
            tenants: Tenants::new(dynamodb.clone(), config.tenants_table.into_string()),
            keyring: Keyring::of(config.cursor_secret.0.expose_secret()),
            rate_limits: config.rate_limits,
            media,
            posts: Posts::new(dynamodb.clone(), config.posts_table.into_string()),
            bucket,
            imports: Queue::new(slipway_queue::client(aws), config.imports.into_string()),
            trusted_origins: config.trusted_origins,
            base: config.base,
        }
    }
}

/// The routes.
pub fn router(app: App) -> Router {
    let app = Arc::new(app);
    let (read, write) = (ApiScope::MediaRead, ApiScope::MediaWrite);
    let routes = Routes::new(app.tenants.clone(), app.keyring.clone(), app.rate_limits)
        .route("/v1/media", get(read, items::list).reads_query())
        .route("/v1/media/storage", get(read, items::storage))
        .route("/v1/media/import", post(write, import::import))
        .route("/v1/media/upload", post(write, upload::upload.layer(DefaultBodyLimit::max(FORM_MAX_BYTES))))
        .route("/v1/media/upload-url", get(write, upload_url::by_query).reads_query().post(write, upload_url::by_body))
        .route("/v1/media/{id}", get(read, items::show).delete(write, delete::delete))
        .route("/v1/media/{id}/verify", post(write, verify::verify).without_body())
        // It gives out what lets one write, so reading rights are not enough.
        .route("/v1/media/{id}/upload", get(write, in_parts::resume))
        .route("/v1/media/{id}/complete", post(write, in_parts::complete).without_body())
        .route("/v1/media/{id}/abort", post(write, in_parts::abort).without_body())
        .with_state(Arc::clone(&app));
    serve(routes.layer(from_fn_with_state(app, quota::tell)))
}

/// Media of a path, by its id: what is none is no media of anybody.
fn named(id: &str) -> Result<MediaId, ErrorResponse> {
    id.parse().map_err(|_| not_found())
}

fn not_found() -> ErrorResponse {
    let error = ApiError::no_such(ErrorCode::MediaNotFound, "item of media", MEDIA_PATH);
    ErrorResponse(error.with_field("id").with_cause(Cause::Caller))
}

/// The media is not in the state that the request needs; `next_step` leads on.
fn conflict(message: &str, next_step: &str) -> ErrorResponse {
    let error = ApiError::new(ErrorCode::Conflict, message).with_field("id").with_cause(Cause::Caller);
    ErrorResponse(error.with_retryable(true).with_next_step(next_step))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_gives_what_is_read_and_nothing_else() {
        workbench::reads_what_it_is_given::<Config>("MediaFunction");
    }
}

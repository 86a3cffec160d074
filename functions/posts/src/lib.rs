//! The posts routes: validate everything, create, show.

mod brands;
mod check;
mod create;
pub mod layers;
mod list;
mod refusal;
mod repeat;
pub mod request;
mod show;
mod view;

use axum::Router;
use axum::extract::FromRef;
use axum::routing::get;
use slipway_fetch::TrustedOrigins;
use slipway_runtime::http::serve;
use slipway_runtime::queue::Queue;
use slipway_runtime::tokens::Tokens;
use slipway_store::accounts::Accounts;
use slipway_store::media::Media;
use slipway_store::posts::Posts;
use slipway_store::tenants::Tenants;

/// Everything the routes need. Built once a process.
#[derive(Debug, Clone)]
pub struct Service {
    /// The tenants table, for keys.
    pub tenants: Tenants,
    /// The accounts table.
    pub accounts: Accounts,
    /// The media table.
    pub media: Media,
    /// The posts table.
    pub posts: Posts,
    /// Access tokens that are always fresh.
    pub tokens: Tokens,
    /// S3, to verify media that nobody has verified yet.
    pub s3: aws_sdk_s3::Client,
    /// The media bucket's name.
    pub bucket: String,
    /// Where accepted posts are handed over.
    pub transfers: Queue,
    /// Where their imports are.
    pub imports: Queue,
    /// What may be imported from although it is not public.
    pub trusted_origins: TrustedOrigins,
}

impl FromRef<Service> for Tenants {
    fn from_ref(service: &Service) -> Self {
        service.tenants.clone()
    }
}

/// The routes.
pub fn router(service: Service) -> Router {
    serve(
        Router::new()
            .route("/v1/posts", get(list::list).post(create::create))
            .route("/v1/posts/{id}", get(show::show))
            .with_state(service),
    )
}

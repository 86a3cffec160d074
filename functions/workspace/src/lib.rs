#![doc = include_str!("../README.md")]

pub mod operator;

use axum::Router;
use http::StatusCode;
use slipway_contract::service::Welcome;
use slipway_http::routes::{NoKey, Routes, get};
use slipway_http::{Keyring, json, serve};
use slipway_runtime::config;
use slipway_runtime::config::{Name, Secret};
use slipway_store::tenants::Tenants;

config! {
    /// What template.yaml tells this function.
    pub struct Config {
        /// The tenants table.
        pub tenants_table: Name = "TENANTS_TABLE",
        /// What cursors of lists are checked by: a secret that callers do not know.
        pub cursor_secret: Secret = "CURSOR_SECRET",
    }
}

/// The routes.
pub fn router(tenants: Tenants, keyring: Keyring) -> Router {
    let routes = Routes::new(tenants, keyring).route("/", get(NoKey, root));
    serve(routes.not_supported(&["exports", "inbox"]).with_state(()))
}

/// A word for who opens the base URL in a browser.
async fn root() -> axum::response::Response {
    json(
        StatusCode::OK,
        &Welcome {
            name: "Slipway",
            version: env!("CARGO_PKG_VERSION"),
            message: "This is a TikTok publishing API. Send `Authorization: Bearer <your API key>` to the routes under /v1.",
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

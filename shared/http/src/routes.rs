//! Routes that say what a caller needs for them.

use std::sync::Arc;

use axum::Router;
use axum::handler::Handler;
use axum::middleware::from_fn_with_state;
use axum::routing::MethodRouter;
use slipway_store::tenants::Tenants;

use crate::auth::{Demand, demand};
use crate::limits::{Limiter, RateLimits};
use crate::met_keys::MetKeys;
use crate::query::{Reads, unread};
use crate::{Keyring, not_supported};

pub use crate::needs::{AnyKey, Needs, NoKey, Unrestricted};

/// A function's routes. Each of them names the scope that a key needs for it, or says that it needs an unrestricted key,
/// any key or none; a route that says nothing of it does not compile:
///
/// ```
/// use slipway_domain::ApiScope;
/// use slipway_http::routes::{NoKey, Routes, get};
/// use slipway_http::{Keyring, RateLimits};
///
/// fn routes(tenants: slipway_store::tenants::Tenants, keyring: Keyring) -> Routes<()> {
///     Routes::new(tenants, keyring, RateLimits::OFF)
///         .route("/v1/posts", get(ApiScope::PostsRead, async || "shown to callers"))
///         .route("/invite/{token}", get(NoKey, async || "shown to everybody"))
/// }
/// ```
///
/// ```compile_fail,E0308
/// use slipway_http::routes::Routes;
/// use slipway_http::{Keyring, RateLimits};
///
/// fn routes(tenants: slipway_store::tenants::Tenants, keyring: Keyring) -> Routes<()> {
///     let routes = Routes::new(tenants, keyring, RateLimits::OFF);
///     routes.route("/v1/posts", axum::routing::get(async || "shown to everybody"))
/// }
/// ```
#[derive(Debug)]
pub struct Routes<S> {
    tenants: Tenants,
    keyring: Keyring,
    limiter: Limiter,
    met_keys: MetKeys,
    router: Router<S>,
}

/// The methods of one path.
#[derive(Debug)]
pub struct Methods<S>(Vec<Method<S>>);

#[derive(Debug)]
struct Method<S> {
    needs: Needs,
    may_count_as: u64,
    router: MethodRouter<S>,
    reads: Reads,
}

impl<S: Clone + Send + Sync + 'static> Routes<S> {
    /// No routes yet. Keys are looked up in this table, cursors of lists are checked by the keyring, and whoever has a key
    /// may make so many requests a minute.
    pub fn new(tenants: Tenants, keyring: Keyring, limits: RateLimits) -> Self {
        Self { tenants, keyring, limiter: Limiter::new(limits), met_keys: MetKeys::default(), router: Router::new() }
    }

    /// Adds a path.
    #[must_use]
    pub fn route(self, path: &str, Methods(methods): Methods<S>) -> Self {
        let guarded = methods.into_iter().map(|Method { needs, may_count_as, router, reads }| {
            // Inside of the demand for a key: who has none learns nothing.
            let router = match reads {
                Reads { query: true, body: true } => router,
                reads => router.route_layer(from_fn_with_state(reads, unread)),
            };
            if needs == Needs::NoKey {
                return router;
            }
            let demanded = Demand {
                tenants: self.tenants.clone(),
                keyring: self.keyring.clone(),
                limiter: self.limiter.clone(),
                met_keys: self.met_keys.clone(),
                needs,
                may_count_as,
            };
            router.route_layer(from_fn_with_state(Arc::new(demanded), demand))
        });
        let router = self.router.route(path, guarded.fold(MethodRouter::new(), MethodRouter::merge));
        Self { router, ..self }
    }

    /// Adds the calls of these parts of the API that clients know and TikTok has nothing for: 501 for whoever has a key.
    #[must_use]
    pub fn not_supported(self, parts: &[&str]) -> Self {
        not_supported::calls(parts).fold(self, |routes, (path, methods)| {
            let router = axum::routing::on(methods, not_supported::refuse);
            let reads = Reads { query: true, body: true };
            routes.route(&path, Methods(vec![Method::new(Needs::AnyKey, router, reads)]))
        })
    }

    /// The router, with what the handlers work with.
    pub fn with_state(self, state: S) -> Router {
        self.router.with_state(state)
    }
}

impl<S> Method<S> {
    fn new(needs: Needs, router: MethodRouter<S>, reads: Reads) -> Self {
        Self { needs, may_count_as: 1, router, reads }
    }
}

impl<S> Methods<S> {
    /// Says that the handler of the method that was named last reads the query, and names what it does not know.
    /// Without this, all that is in the query of a method is named as ignored, or refused.
    #[must_use]
    pub fn reads_query(mut self) -> Self {
        if let Some(last) = self.0.last_mut() {
            last.reads.query = true;
        }
        self
    }

    /// Says that a request of the method that was named last may count as so many: see
    /// [`Meter::count_as`](crate::limits::Meter::count_as). Who has no room for all of them is refused before anything is
    /// done.
    #[must_use]
    pub fn may_count_as(mut self, requests: u64) -> Self {
        if let Some(last) = self.0.last_mut() {
            last.may_count_as = requests;
        }
        self
    }

    /// Says that the handler of the method that was named last reads no body, although its method may have one. All that
    /// is in one is named as ignored, or refused.
    #[must_use]
    pub fn without_body(mut self) -> Self {
        if let Some(last) = self.0.last_mut() {
            last.reads.body = false;
        }
        self
    }
}

macro_rules! methods {
    ($($(#[$doc:meta])* $method:ident $reads_body:literal),+) => {
        $(
            $(#[$doc])*
            pub fn $method<H, T, S>(needs: impl Into<Needs>, handler: H) -> Methods<S>
            where
                H: Handler<T, S>,
                T: 'static,
                S: Clone + Send + Sync + 'static,
            {
                let reads = Reads { query: false, body: $reads_body };
                Methods(vec![Method::new(needs.into(), axum::routing::$method(handler), reads)])
            }
        )+

        impl<S: Clone + Send + Sync + 'static> Methods<S> {
            $(
                $(#[$doc])*
                #[must_use]
                pub fn $method<H, T>(mut self, needs: impl Into<Needs>, handler: H) -> Self
                where
                    H: Handler<T, S>,
                    T: 'static,
                {
                    let reads = Reads { query: false, body: $reads_body };
                    self.0.push(Method::new(needs.into(), axum::routing::$method(handler), reads));
                    self
                }
            )+
        }
    };
}

methods! {
    /// GET, and what a caller needs for it.
    get false,
    /// POST, and what a caller needs for it.
    post true,
    /// PATCH, and what a caller needs for it.
    patch true,
    /// DELETE, and what a caller needs for it.
    delete false
}

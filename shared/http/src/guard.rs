//! The API-key guard: who is calling, and what they may do.

use std::sync::{Arc, OnceLock};

use axum::extract::{FromRef, FromRequestParts};
use http::header::AUTHORIZATION;
use http::request::Parts;
use slipway_contract::{ApiError, ErrorCode};
use slipway_domain::{BrandId, KeyId, TenantId};
use slipway_store::tenants::Tenants;

use crate::Failure;
use crate::api_key::RawKey;

/// The caller of a request. Taking one as a handler's argument is what demands a key.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Whose key it is: nothing of another tenant is visible.
    pub tenant: TenantId,
    /// Which key.
    pub key: KeyId,
    /// What it may do; empty means everything.
    pub scopes: Vec<String>,
    /// Which brands it may touch; empty means all.
    pub brand_ids: Vec<BrandId>,
}

/// Where the guard tells a layer around the routes whose key it was. The layer puts one into the request.
#[derive(Debug, Clone, Default)]
pub struct Told(Arc<OnceLock<TenantId>>);

impl Told {
    /// The tenant, if the key was good.
    pub fn tenant(&self) -> Option<&TenantId> {
        self.0.get()
    }
}

impl Caller {
    /// Refuses a key without the scope, such as `posts:write`.
    pub fn must(&self, scope: &str) -> Result<(), Failure> {
        if self.scopes.is_empty() || self.scopes.iter().any(|own| own == scope) {
            return Ok(());
        }
        let message = format!("This key lacks the scope {scope}. Use a key that has it, or one without restrictions.");
        Err(Failure(ApiError::new(ErrorCode::InsufficientScope, message).with("required_scope", scope)))
    }

    /// Whether the key may touch something of this brand.
    pub fn may_touch(&self, brand: Option<&BrandId>) -> bool {
        self.brand_ids.is_empty() || brand.is_some_and(|brand| self.brand_ids.contains(brand))
    }
}

impl<S> FromRequestParts<S> for Caller
where
    Tenants: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        const HOW: &str = "Send `Authorization: Bearer <your API key>`.";
        let header = parts.headers.get(AUTHORIZATION).ok_or_else(|| {
            Failure(
                ApiError::new(ErrorCode::MissingHeader, format!("The Authorization header is missing. {HOW}"))
                    .with("field", "Authorization"),
            )
        })?;
        let token = header.to_str().unwrap_or_default().trim();
        let token = token.strip_prefix("Bearer").or_else(|| token.strip_prefix("bearer")).unwrap_or(token).trim();
        if token.is_empty() {
            let message = format!("The Authorization header holds no key. {HOW}");
            return Err(Failure(ApiError::new(ErrorCode::EmptyToken, message).with("field", "Authorization")));
        }
        let invalid = || {
            let message = format!("This is not a valid API key: mistyped, revoked, or of another deployment. {HOW}");
            Failure(ApiError::new(ErrorCode::InvalidKey, message).with("field", "Authorization"))
        };
        let key = RawKey::parse(token).map_err(|_| invalid())?;
        let record =
            Tenants::from_ref(state).key(&key.hash()).await?.filter(|key| key.is_active).ok_or_else(invalid)?;
        if let Some(Told(whose)) = parts.extensions.get() {
            // Whoever was first said the same: a request has one key.
            let _ = whose.set(record.tenant.clone());
        }
        tracing::debug!(tenant.id = %record.tenant, key.id = %record.id, "authenticated");
        Ok(Self { tenant: record.tenant, key: record.id, scopes: record.scopes, brand_ids: record.brand_ids })
    }
}

//! Headers that say how much of its plan a tenant has used.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderName, HeaderValue};
use slipway_domain::{Plan, TenantId};
use slipway_store::StoreError;

use crate::auth::TenantSlot;

/// A layer around routes: says on every answer to a known caller what `read` knows of the caller's space and its tenant's
/// own plan, which is nothing where the plan has no limit. An answer does not depend on it.
pub async fn tell<R>(mut request: Request, next: Next, read: R) -> Response
where
    R: AsyncFnOnce(&TenantId, Option<Plan>) -> Result<Option<[(HeaderName, u64); 2]>, StoreError>,
{
    let slot = TenantSlot::default();
    request.extensions_mut().insert(slot.clone());
    let mut response = next.run(request).await;
    let Some(space) = slot.tenant() else { return response };
    match read(space, slot.plan()).await {
        Ok(found) => {
            for (name, value) in found.into_iter().flatten() {
                response.headers_mut().insert(name, HeaderValue::from(value));
            }
        }
        Err(error) => tracing::warn!(%error, "the answer goes without the headers about the plan"),
    }
    response
}

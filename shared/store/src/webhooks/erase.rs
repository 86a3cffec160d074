//! The endpoints of a tenant that is being deleted, and what they were told.

use std::time::Instant;

use aws_sdk_dynamodb::types::ReturnValue;
use slipway_domain::{TenantId, WebhookId};

use super::{Webhooks, deliveries_pk, endpoint_key, tenant_pk};
use crate::erase::{self, Erased};
use crate::item::flag;
use crate::update::Update;
use crate::{Stale, StoreError, Write};

impl Webhooks {
    /// Has the endpoint told nothing any more. Safe to repeat. Refused if it is gone.
    pub async fn switch_off(&self, space: &TenantId, webhook: &WebhookId) -> Result<Write<(), Stale>, StoreError> {
        let update = Update::of(&self.table, endpoint_key(space, webhook))
            .set("is_active", flag(false))
            .increment("version")
            .when("attribute_exists(pk)");
        Ok(update.send(&self.client, ReturnValue::None).await?.bare())
    }

    /// Erases what the endpoint was told. Begins no page after `until`.
    pub async fn erase_told(&self, webhook: &WebhookId, until: Instant) -> Result<Erased, StoreError> {
        erase::partition(&self.client, &self.table, &deliveries_pk(webhook), &[], until).await
    }

    /// Erases the endpoints of a space, which lead to what they were told. Begins no page after `until`.
    pub async fn erase_endpoints(&self, space: &TenantId, until: Instant) -> Result<Erased, StoreError> {
        erase::partition(&self.client, &self.table, &tenant_pk(space), &[], until).await
    }
}

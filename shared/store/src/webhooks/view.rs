//! How endpoints look to callers.

use slipway_contract::webhook::WebhookView;

use super::WebhookRecord;

/// The endpoint, without its secret.
pub fn webhook(webhook: &WebhookRecord) -> WebhookView {
    WebhookView {
        id: webhook.id.clone(),
        url: webhook.url.clone(),
        events: webhook.events.clone(),
        account_ids: webhook.accounts.clone(),
        brand_ids: webhook.brands.clone(),
        is_active: webhook.is_active,
        created_at: webhook.created_at.into(),
        warnings: Vec::new(),
    }
}

//! The webhooks table: endpoints, and what each was told.
//!
//! | item | pk | sk | indexes |
//! |---|---|---|---|
//! | endpoint | `TENANT#{tenant}` | `WEBHOOK#{webhook}` | |
//! | how many endpoints there are | `TENANT#{tenant}` | `COUNT` | |
//! | guard against a repeated request | `GUARD#{what}` | `GUARD` | |
//! | delivery | `WEBHOOK#{webhook}` | `{delivery}` | `due`: `due_shard`, `due_at` |
//! | how deliveries ended in an hour | `WEBHOOK#{webhook}` | `HOUR#{hours since 1970}#{shard}` | |
//!
//! What is told stands in the events table: a delivery names its place there. A delivery's id follows from event and
//! endpoint, so that whoever hands an event over twice makes one delivery of it.

mod deliveries;
mod due;
mod endpoints;
mod erase;
mod probe;
mod read;
mod record;
mod results;
mod stats;
pub mod view;

use aws_sdk_dynamodb::Client;
use slipway_domain::{DeliveryId, TenantId, WebhookId};

pub use deliveries::DeliveryPage;
pub use due::DueDelivery;
pub use endpoints::EndpointNotAdded;
pub use read::{Found, Wanted};
pub use record::{AttemptRecord, DeliveryRecord, EventRef, PreviousSecret, WebhookRecord, wants};
pub use results::{Health, Settled};
pub use stats::Stats;

use crate::events::Events;
use crate::guards::Guards;
use crate::item::{Item, TENANT, key, tenant_pk};

/// The webhooks table.
#[derive(Debug, Clone)]
pub struct Webhooks {
    client: Client,
    table: String,
    events: Events,
}

impl Webhooks {
    /// The table by its physical name, and the one that holds what is told.
    pub fn new(client: Client, table: String, events: Events) -> Self {
        Self { client, table, events }
    }

    /// The events that deliveries tell of.
    pub const fn events(&self) -> &Events {
        &self.events
    }

    /// The guards against making the same endpoint twice.
    pub fn guards(&self) -> Guards {
        Guards::of(&self.client, &self.table)
    }
}

const WEBHOOK: &str = "WEBHOOK#";

fn deliveries_pk(webhook: &WebhookId) -> String {
    format!("{WEBHOOK}{webhook}")
}

fn endpoint_key(tenant: &TenantId, webhook: &WebhookId) -> Item {
    key(tenant_pk(tenant), format!("{WEBHOOK}{webhook}"))
}

fn delivery_key(webhook: &WebhookId, delivery: &DeliveryId) -> Item {
    key(deliveries_pk(webhook), delivery.as_str())
}

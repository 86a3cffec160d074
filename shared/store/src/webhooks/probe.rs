//! An endpoint that has let time run out is called by one at a time, until it answers.

use aws_sdk_dynamodb::types::ReturnValue;
use jiff::Timestamp;

use super::{WebhookRecord, Webhooks, endpoint_key};
use crate::item::{number, text};
use crate::update::Update;
use crate::{Stale, StoreError, Write};

impl Webhooks {
    /// Notes that the endpoint is being called, so that all others leave it alone until then, unless somebody has noted so
    /// since it was read. What comes of the call says when it is left alone further, and not before it has ended.
    pub async fn probe(&self, read: &WebhookRecord, until: Timestamp) -> Result<Write<(), Stale>, StoreError> {
        let update = Update::of(&self.table, endpoint_key(&read.tenant, &read.id))
            .set("rests_until", text(until.to_string()))
            .with(":version", number(read.version));
        let update = match read.rests_until {
            Some(at) => update.when("#version = :version AND #rests_until = :read").with(":read", text(at.to_string())),
            None => update.when("#version = :version AND attribute_not_exists(#rests_until)"),
        };
        Ok(update.send(&self.client, ReturnValue::None).await?.bare())
    }
}

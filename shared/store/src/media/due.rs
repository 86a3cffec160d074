//! The `due` index: all media, by the time at which the sweep looks whether it is still needed.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use slipway_domain::{MediaId, PostId, TenantId};

use super::{Item, Media, MediaRecord, key, number, text};
use crate::StoreError;
use crate::posts::Epoch;

/// How many partitions the index is spread over. One partition takes 1,000 writes a second; more shards make each
/// sweep dearer by one query.
const SHARDS: u8 = 4;

/// The shard of media: a spread over the id's last characters, which are random.
pub(super) fn shard(media: &MediaId) -> String {
    let sum = media.as_str().bytes().rev().take(4).fold(0_u8, u8::wrapping_add);
    format!("due-{}", sum % SHARDS)
}

impl Media {
    /// Media that is due by `now`, the oldest of each shard first, at most `most` a shard. The index lags: read the
    /// media itself before acting.
    pub async fn due(&self, now: Timestamp, most: i32) -> Result<Vec<(TenantId, MediaId)>, StoreError> {
        let mut found = Vec::new();
        for shard in 0..SHARDS {
            let page = self
                .client
                .query()
                .table_name(&self.table)
                .index_name("due")
                .key_condition_expression("due_shard = :shard AND due_at <= :now")
                .expression_attribute_values(":shard", text(format!("due-{shard}")))
                .expression_attribute_values(":now", number(Epoch::from(now).0))
                .limit(most)
                .send()
                .await?;
            found.extend(page.items.unwrap_or_default().iter().filter_map(key_of));
        }
        Ok(found)
    }

    /// Notes that these posts no longer need the media, and that the last of them ended at `ended`; the sweep looks
    /// again at `due`. Nothing happens if the media changed since it was read.
    ///
    /// Answers the media as it then is, or nothing if it changed.
    pub async fn released(
        &self,
        record: &MediaRecord,
        by: &[PostId],
        ended: Option<Timestamp>,
        due: Timestamp,
    ) -> Result<Option<MediaRecord>, StoreError> {
        let mut next = record.clone();
        next.version = record.version.saturating_add(1);
        next.due_at = Epoch::from(due);
        next.last_use_ended_at = record.last_use_ended_at.max(ended);
        next.posts.retain(|post| !by.contains(post));
        let mut expression = "SET version = :version, due_at = :due".to_owned();
        let mut update = self.client.update_item().table_name(&self.table);
        if let Some(at) = next.last_use_ended_at {
            expression.push_str(", last_use_ended_at = :ended");
            update = update.expression_attribute_values(":ended", text(at.to_string()));
        }
        if !by.is_empty() {
            expression.push_str(" DELETE posts :posts");
            let posts = by.iter().map(ToString::to_string).collect();
            update = update.expression_attribute_values(":posts", AttributeValue::Ss(posts));
        }
        let sent = update
            .set_key(Some(key(&record.tenant, &record.id)))
            .update_expression(expression)
            .condition_expression("version = :seen AND attribute_not_exists(deleting_since)")
            .expression_attribute_values(":seen", number(record.version))
            .expression_attribute_values(":version", number(next.version))
            .expression_attribute_values(":due", number(next.due_at.0))
            .send()
            .await;
        match sent {
            Ok(_) => Ok(Some(next)),
            Err(error) if did_not_hold(error.as_service_error()) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Lets the sweep look at it at `until` only, whatever it is: what can't be dealt with now must not stand in the
    /// way of the rest.
    pub async fn put_off(&self, tenant: &TenantId, id: &MediaId, until: Timestamp) -> Result<(), StoreError> {
        let sent = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key(tenant, id)))
            .update_expression("SET due_at = :until")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":until", number(Epoch::from(until).0))
            .send()
            .await;
        match sent {
            Err(error) if !did_not_hold(error.as_service_error()) => Err(error.into()),
            _ => Ok(()),
        }
    }
}

fn did_not_hold(error: Option<&UpdateItemError>) -> bool {
    error.is_some_and(UpdateItemError::is_conditional_check_failed_exception)
}

/// Reads the tenant and the media out of a key.
fn key_of(item: &Item) -> Option<(TenantId, MediaId)> {
    let part = |name: &str, prefix: &str| item.get(name)?.as_s().ok()?.strip_prefix(prefix);
    Some((part("pk", "TENANT#")?.parse().ok()?, part("sk", "MED#")?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_spreads_over_all_shards() {
        let shards: std::collections::BTreeSet<String> =
            (0..200).map(|n| shard(&format!("med_{n}").parse().unwrap())).collect();
        assert_eq!(shards.len(), usize::from(SHARDS));
    }
}

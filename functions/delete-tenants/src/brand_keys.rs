//! The keys that are restricted to a brand that goes: a key of this brand alone is revoked, one of several loses it.

use jiff::Timestamp;
use slipway_domain::EventType;
use slipway_store::StoreError;
use slipway_store::accounts::GoingBrand;
use slipway_store::tenants::KeyRecord;

use crate::DeleteTenants;
use crate::PAGE;
use crate::pass::Pass;

impl DeleteTenants {
    /// Takes the brand from the keys of its own space. Those of the other one can't name it: a key names brands of the
    /// space that it opens. Keys of this brand count as found.
    pub(crate) async fn keys_of_brand_go(&self, going: &GoingBrand, now: Timestamp, pass: &mut Pass) {
        let mut after = None;
        while !pass.is_over() {
            let (keys, more) = match self.tenants.keys(&going.tenant, after.as_ref(), PAGE).await {
                Ok(page) => page,
                Err(error) => return pass.failed("keys", &error),
            };
            after = keys.last().map(|last| last.id.clone());
            for key in keys.into_iter().filter(|key| key.brand_ids.contains(&going.brand)) {
                if key.hash.is_none() {
                    // Of an earlier version, and not used since: nobody can change it before it is.
                    tracing::error!(key.id = %key.id, "a key of a deleted brand does not say its hash, and stays");
                    continue;
                }
                pass.found += 1;
                match self.key_of_brand_goes(key, going, now).await {
                    // Its owner changed it at this moment.
                    Ok(is_done) => pass.is_whole &= is_done,
                    Err(error) => pass.failed("a key", &error),
                }
            }
            if !more {
                return;
            }
        }
    }

    /// Answers whether it was done: not if the key is another one than was read.
    async fn key_of_brand_goes(&self, key: KeyRecord, going: &GoingBrand, now: Timestamp) -> Result<bool, StoreError> {
        let brand_ids: Vec<_> = key.brand_ids.iter().filter(|brand| **brand != going.brand).cloned().collect();
        // A key without any brand would be one without restrictions.
        if brand_ids.is_empty() {
            let entry = self.tenants.key_changed(&key, EventType::KeyRevoked, now)?;
            return Ok(self.tenants.remove_key(&key, Some(&entry)).await?.is_done());
        }
        let next = KeyRecord { brand_ids, version: key.version + 1, ..key };
        let entry = self.tenants.key_changed(&next, EventType::KeyUpdated, now)?;
        Ok(self.tenants.replace_key(&next, Some(&entry), now).await?.is_done())
    }
}

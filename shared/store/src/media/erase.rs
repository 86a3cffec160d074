//! The media of a tenant that is being deleted, and what else stands beside it.

use std::time::Instant;

use slipway_domain::{MediaId, Reach, TenantId};

use super::{MEDIA, Media, MediaRecord, key, tenant_pk};
use crate::erase::{self, Erased};
use crate::error::unrestricted;
use crate::item::read;
use crate::pages::first_items;
use crate::{StoreError, slots};

impl Media {
    /// Up to `limit` media behind `after`, in the order in which it was made, also what is being deleted, and whether there
    /// is more.
    pub async fn all_behind(
        &self,
        reach: &Reach,
        after: Option<&MediaId>,
        limit: usize,
    ) -> Result<(Vec<MediaRecord>, bool), StoreError> {
        let space = unrestricted(reach)?;
        let (items, more) = first_items(self.query(space), after.map(|after| key(space, after)), limit).await?;
        Ok((items.into_iter().map(read).collect::<Result<_, _>>()?, more))
    }

    /// Erases what else this table holds about a space than its media: counts, and places in lines. Begins no page after
    /// `until`.
    pub async fn erase_rest(&self, space: &TenantId, until: Instant) -> Result<Erased, StoreError> {
        let line = slots::pk_of(&slots::imports_of(space));
        let line = erase::partition(&self.client, &self.table, &line, &[], until).await?;
        Ok(line.and(erase::partition(&self.client, &self.table, &tenant_pk(space), &[MEDIA], until).await?))
    }
}

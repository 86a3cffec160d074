//! Media leaves a brand that is deleted.

use aws_sdk_dynamodb::types::ReturnValue;
use serde_dynamo::to_attribute_value;
use slipway_domain::BrandId;

use super::{Media, MediaRecord};
use crate::item::{number, read};
use crate::{Conflict, StoreError, Write};

impl Media {
    /// Takes the brand from media of several, if it is still as `record` says. Media of this brand alone is refused: of
    /// no brand it would be the whole tenant's.
    pub async fn leave_brand(&self, record: &MediaRecord, brand: &BrandId) -> Result<Write<MediaRecord>, StoreError> {
        let brands = record.brands_without(brand);
        if brands.is_empty() {
            return Ok(Write::Refused(Conflict::Changed(Box::new(record.clone()))));
        }
        let update = self
            .update_unchanged(record)
            .set("brands", to_attribute_value(&brands)?)
            .set("version", number(record.version.saturating_add(1)));
        match update.send(&self.client, ReturnValue::AllNew).await? {
            Write::Done(item) => read(item).map(Write::Done),
            Write::Refused(met) => Ok(Write::Refused(met.map(read::<MediaRecord>).transpose()?.into())),
        }
    }
}

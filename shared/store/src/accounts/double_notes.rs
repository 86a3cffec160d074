//! What the double of TikTok keeps in mind of a test space.
//!
//! A note that nobody has changed for [`DOUBLE_NOTE`] is forgotten: whatever it is about has long been over.

use aws_sdk_dynamodb::types::ReturnValue;
use jiff::Timestamp;
use slipway_domain::TenantId;
use slipway_domain::lifetimes::DOUBLE_NOTE;

use super::Accounts;
use crate::item::{EXPIRES_AT, Item, get, key, seconds, text, text_of};
use crate::update::Update;
use crate::{Stale, StoreError, Write};

impl Accounts {
    /// The double's note of this name.
    pub async fn double_note(&self, space: &TenantId, name: &str) -> Result<Option<String>, StoreError> {
        let item = get(&self.client, &self.table, note_key(space, name)).await?;
        Ok(item.as_ref().and_then(|item| text_of(item, "note")).map(str::to_owned))
    }

    /// Puts a note in the place of the one that was read, if that still stands there.
    pub async fn replace_double_note(
        &self,
        space: &TenantId,
        name: &str,
        (before, after): (Option<&str>, &str),
        now: Timestamp,
    ) -> Result<Write<(), Stale>, StoreError> {
        let update = Update::of(&self.table, note_key(space, name))
            .set("note", text(after))
            .set(EXPIRES_AT, seconds(now + DOUBLE_NOTE));
        let update = match before {
            Some(before) => update.when("#note = :read").with(":read", text(before)),
            None => update.when("attribute_not_exists(#note)"),
        };
        Ok(update.send(&self.client, ReturnValue::None).await?.bare())
    }
}

fn note_key(space: &TenantId, name: &str) -> Item {
    key(notes_pk(space), name)
}

/// The partition of a space's notes.
pub(super) fn notes_pk(space: &TenantId) -> String {
    format!("DOUBLE#{space}")
}

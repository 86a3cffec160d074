//! Where the double of TikTok remembers: beside the accounts.

use jiff::Timestamp;
use slipway_domain::TenantId;
use slipway_store::accounts::Accounts;
use slipway_tiktok::{Memory, Remembered};

/// The accounts table, as the double's memory.
#[derive(Debug)]
pub(crate) struct BesideAccounts(pub(crate) Accounts);

impl Memory for BesideAccounts {
    fn recall<'a>(&'a self, space: &'a TenantId, name: &'a str) -> Remembered<'a, Option<String>> {
        Box::pin(async move { Ok(self.0.double_note(space, name).await?) })
    }

    fn replace<'a>(
        &'a self,
        space: &'a TenantId,
        name: &'a str,
        before: Option<&'a str>,
        after: &'a str,
    ) -> Remembered<'a, bool> {
        Box::pin(async move {
            Ok(self.0.replace_double_note(space, name, (before, after), Timestamp::now()).await?.is_done())
        })
    }
}

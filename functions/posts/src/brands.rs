//! What a key that is restricted to some brands may see: posts whose accounts are all of these brands.

use std::collections::BTreeSet;

use slipway_domain::{AccountId, BrandId};
use slipway_http::ErrorResponse;
use slipway_http::auth::Caller;
use slipway_store::posts::PostWithTargets;

use crate::Service;

/// The accounts whose posts may be seen.
#[derive(Debug)]
pub(crate) enum Visible {
    /// Every account of the tenant, also those that are gone by now.
    All,
    /// Only these.
    These(BTreeSet<AccountId>),
}

impl Visible {
    /// What the caller may see of these brands, or of all of the caller's if none is named.
    pub(crate) async fn to(service: &Service, caller: &Caller, brand: Option<&BrandId>) -> Result<Self, ErrorResponse> {
        let brands = match brand {
            Some(brand) if caller.may_touch(Some(brand)) => std::slice::from_ref(brand),
            Some(_) => return Ok(Self::These(BTreeSet::new())),
            None if caller.brand_ids.is_empty() => return Ok(Self::All),
            None => &caller.brand_ids,
        };
        let (mut accounts, mut after) = (BTreeSet::new(), None);
        loop {
            let page = service.accounts.list(&caller.tenant, brands, after.as_ref(), 100).await?;
            accounts.extend(page.accounts.into_iter().map(|account| account.id));
            after = page.next;
            if after.is_none() {
                return Ok(Self::These(accounts));
            }
        }
    }

    /// Whether this post may be seen.
    pub(crate) fn shows(&self, post: &PostWithTargets) -> bool {
        match self {
            Self::All => true,
            Self::These(accounts) => post.targets.iter().all(|target| accounts.contains(&target.account)),
        }
    }
}

//! What a key that is restricted to some brands may see: posts whose accounts are all of these brands.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::try_join_all;
use slipway_domain::{AccountId, BrandId};
use slipway_http::ErrorResponse;
use slipway_http::auth::Caller;
use slipway_http::filters::Only;
use slipway_store::posts::PostWithTargets;

use crate::App;

/// How many accounts are read at once.
const AT_ONCE: usize = 25;

/// The accounts whose posts may be seen.
#[derive(Debug)]
pub(crate) enum Visible {
    /// Every account of the tenant, also those that are gone by now.
    All,
    /// Only those of these brands. Of each account that was asked about it is known whether it is one of them: a tenant
    /// has many accounts, and the posts at hand have few.
    Of(Vec<BrandId>, BTreeMap<AccountId, bool>),
}

impl Visible {
    /// What the caller may see of these brands, or of all of the caller's if none is named.
    pub(crate) fn to(caller: &Caller, brands: &Only<BrandId>) -> Self {
        match brands {
            Only::These(brands) => {
                let seen = brands.iter().filter(|brand| caller.may_touch(Some(brand)));
                Self::Of(seen.cloned().collect(), BTreeMap::new())
            }
            Only::All if caller.brand_ids.is_empty() => Self::All,
            Only::All => Self::Of(caller.brand_ids.clone(), BTreeMap::new()),
        }
    }

    /// Asks about the accounts of these posts, each once.
    pub(crate) async fn look_at(
        &mut self,
        app: &App,
        caller: &Caller,
        posts: impl Iterator<Item = &PostWithTargets>,
    ) -> Result<(), ErrorResponse> {
        let Self::Of(brands, known) = self else { return Ok(()) };
        if brands.is_empty() {
            return Ok(());
        }
        let accounts = posts.flat_map(|post| &post.targets).map(|target| &target.account);
        let unknown: BTreeSet<_> = accounts.filter(|account| !known.contains_key(*account)).collect();
        let unknown: Vec<_> = unknown.into_iter().collect();
        for some in unknown.chunks(AT_ONCE) {
            let found = try_join_all(some.iter().map(|id| app.accounts.get(&caller.tenant, id))).await?;
            known.extend(some.iter().zip(found).map(|(id, account)| {
                let brand = account.map(|account| account.brand_or_default());
                ((*id).clone(), brand.is_some_and(|brand| brands.contains(&brand)))
            }));
        }
        Ok(())
    }

    /// Whether this post, which was read, may be seen.
    pub(crate) fn shows(&self, post: &PostWithTargets) -> bool {
        match self {
            Self::All => true,
            Self::Of(_, known) => post.targets.iter().all(|target| known.get(&target.account) == Some(&true)),
        }
    }
}

//! The posts that a key reaches: of one that is limited to brands, those whose accounts are all of these brands.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::try_join_all;
use slipway_domain::{AccountId, PostId, Reach, TenantId};
use slipway_http::ErrorResponse;
use slipway_http::auth::Caller;
use slipway_store::posts::PostWithTargets;

use crate::App;

/// How many accounts are read at once.
const AT_ONCE: usize = 25;

/// The posts within a reach.
#[derive(Debug)]
pub(crate) struct Visible {
    reach: Reach,
    /// Of each account that was asked about, whether it is within reach: a tenant has many accounts, and the posts at hand
    /// have few.
    known: BTreeMap<AccountId, bool>,
}

impl Visible {
    /// What this reach has.
    pub(crate) fn to(reach: &Reach) -> Self {
        Self { reach: reach.clone(), known: BTreeMap::new() }
    }

    /// Whose.
    pub(crate) const fn tenant(&self) -> &TenantId {
        self.reach.tenant()
    }

    /// Whether it is every post of the tenant, also with accounts that are gone by now.
    pub(crate) const fn is_all(&self) -> bool {
        self.reach.is_whole()
    }

    /// Reads posts, each if it is there and within reach. The account of several is asked about once.
    pub(crate) async fn read(
        &mut self,
        app: &App,
        ids: impl IntoIterator<Item = &PostId>,
    ) -> Result<Vec<Option<PostWithTargets>>, ErrorResponse> {
        let everything = Reach::whole(self.tenant());
        let mut posts = try_join_all(ids.into_iter().map(|id| app.posts.get(&everything, id))).await?;
        if self.is_all() {
            return Ok(posts);
        }
        self.look_at(app, posts.iter().flatten()).await?;
        for post in &mut posts {
            post.take_if(|post| !post.targets.iter().all(|target| self.known.get(&target.account) == Some(&true)));
        }
        Ok(posts)
    }

    /// Asks about the accounts of these posts, each once.
    async fn look_at(&mut self, app: &App, posts: impl Iterator<Item = &PostWithTargets>) -> Result<(), ErrorResponse> {
        let accounts = posts.flat_map(|post| &post.targets).map(|target| &target.account);
        let unknown: BTreeSet<_> = accounts.filter(|account| !self.known.contains_key(*account)).collect();
        let unknown: Vec<_> = unknown.into_iter().collect();
        for some in unknown.chunks(AT_ONCE) {
            let found = try_join_all(some.iter().map(|id| app.accounts.get(&self.reach, id))).await?;
            self.known.extend(some.iter().zip(found).map(|(id, account)| ((*id).clone(), account.is_some())));
        }
        Ok(())
    }
}

/// Whether the caller's tenant has this post still, whosever brand's it is. Of the post itself nobody learns.
pub(crate) async fn is_there(app: &App, caller: &Caller, id: &PostId) -> Result<bool, ErrorResponse> {
    Ok(app.posts.get(&Reach::whole(caller.tenant()), id).await?.is_some())
}

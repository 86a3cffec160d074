//! The accounts: nothing begins for them, TikTok takes their authorizations back, and they are forgotten with their tokens.

use futures_util::{StreamExt as _, stream};
use jiff::SignedDuration;
use slipway_domain::lifetimes::REVOCATION_TRIED;
use slipway_domain::{Reach, TenantId};
use slipway_tokens::Untold;

use crate::DeleteTenants;
use crate::pass::Pass;

/// How many accounts are worked on at once.
const AT_ONCE: usize = 8;
/// How many are read at once.
const PAGE: usize = 50;

impl DeleteTenants {
    /// Nothing begins for them from now on.
    pub(crate) async fn accounts_are_closed(&self, space: &TenantId, pass: &mut Pass) {
        match self.accounts.close_all(space, pass.until).await {
            Ok(is_all) => pass.is_whole &= is_all,
            Err(error) => pass.failed("marks of accounts", &error),
        }
    }

    /// They go, but for those through which something is on its way.
    pub(crate) async fn accounts_go(&self, space: &TenantId, pass: &mut Pass) {
        if !pass.knows_posts {
            pass.is_whole = false;
            return;
        }
        let untold = untold(pass.age);
        let mut after = None;
        while !pass.is_over() {
            let page = match self.accounts.list(&Reach::whole(space), after.as_ref(), PAGE).await {
                Ok(page) => page,
                Err(error) => return pass.failed("accounts", &error),
            };
            let (busy, free): (Vec<_>, Vec<_>) =
                page.accounts.into_iter().partition(|account| pass.busy.contains(&account.id));
            pass.waits += busy.len();
            pass.found += free.len();
            let until = pass.until;
            let gone = stream::iter(free).map(async |account| {
                if std::time::Instant::now() >= until {
                    return None;
                }
                Some(self.tokens.disconnect(&self.accounts, account, untold).await)
            });
            let gone: Vec<_> = gone.buffer_unordered(AT_ONCE).collect().await;
            for gone in gone {
                match gone {
                    Some(Ok(())) => {}
                    Some(Err(error)) => pass.failed("an account", &error),
                    None => pass.is_whole = false,
                }
            }
            after = page.next;
            if after.is_none() {
                return;
            }
        }
    }
}

/// What is done where TikTok can't be told, in a deletion that is as old as this.
pub(crate) fn untold(age: SignedDuration) -> Untold {
    if age < REVOCATION_TRIED { Untold::Keep } else { Untold::Forget }
}

//! Endpoints, and everything that needs no more than to be erased.

use slipway_domain::{Reach, TenantId};
use slipway_store::tenants::DeletionRecord;
use slipway_store::{Stale, StoreError, Write};

use crate::DeleteTenants;
use crate::pass::Pass;

/// How many invites are read at once.
const INVITES: usize = 50;

impl DeleteTenants {
    /// First of all, so that nobody is told what becomes of the tenant's posts and accounts. The endpoints themselves stay
    /// to the end: a delivery that was under way is found through them.
    pub(crate) async fn endpoints_are_told_nothing(&self, space: &TenantId, pass: &mut Pass) {
        let endpoints = match self.webhooks.list(&Reach::whole(space)).await {
            Ok(endpoints) => endpoints,
            Err(error) => return pass.failed("endpoints", &error),
        };
        for endpoint in endpoints {
            if endpoint.is_active {
                match self.webhooks.switch_off(space, &endpoint.id).await {
                    // One that is gone is told nothing.
                    Ok(Write::Done(()) | Write::Refused(Stale)) => {}
                    Err(error) => pass.failed("an endpoint", &error),
                }
            }
            pass.step("deliveries", self.webhooks.erase_told(&endpoint.id, pass.until).await);
        }
    }

    /// What stands beside accounts and media, and the log, in which all of the others leave their entries.
    pub(crate) async fn all_else_goes(&self, space: &TenantId, pass: &mut Pass) {
        self.invites_go(&Reach::whole(space), pass).await;
        pass.step("brands", self.accounts.erase_rest(space, pass.until).await);
        pass.step("counts of requests", self.tenants.erase_rest(space, pass.until).await);
        pass.step("log", self.events.erase(space, pass.until).await);
    }

    /// The invites.
    pub(crate) async fn invites_go(&self, reach: &Reach, pass: &mut Pass) {
        let mut after = None;
        while !pass.is_over() {
            let (invites, next) = match self.accounts.invites(reach, after.as_ref(), INVITES).await {
                Ok(page) => page,
                Err(error) => return pass.failed("invites", &error),
            };
            pass.found += invites.len();
            for invite in invites {
                if let Err(error) = self.accounts.forget_invite(&invite).await {
                    pass.failed("an invite", &error);
                }
            }
            after = next;
            if after.is_none() {
                return;
            }
        }
    }

    /// The endpoints, which go with the tenant. Answers whether all of them are gone.
    pub(crate) async fn rest(&self, deletion: &DeletionRecord, until: std::time::Instant) -> Result<bool, StoreError> {
        let mut is_all = true;
        for space in deletion.tenant.spaces() {
            is_all &= self.webhooks.erase_endpoints(&space, until).await?.is_all;
        }
        Ok(is_all)
    }
}

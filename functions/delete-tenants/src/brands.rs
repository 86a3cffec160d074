//! Brands that were deleted: what the request had no time for, and what only this job does.

use std::time::Instant;

use jiff::Timestamp;
use slipway_domain::schedule::{DELETION_CLAIM, DELETION_COMES_BACK, REQUEST_TAKES};
use slipway_domain::{EventType, Reach};
use slipway_store::StoreError;
use slipway_store::accounts::GoingBrand;
use slipway_store::webhooks::{WebhookRecord, view};
use slipway_tokens::BrandAccounts;
use slipway_worker::in_turns;

use crate::accounts::untold;
use crate::pass::Pass;
use crate::{DeleteTenants, Ran};

impl DeleteTenants {
    /// Goes on with every brand that is due and that nobody else is at, the tenants in turns. Begins nothing after `until`.
    pub(crate) async fn brands_go(&self, now: Timestamp, until: Instant) -> Result<Ran, StoreError> {
        let mut ran = Ran::default();
        for going in in_turns(self.accounts.going_brands(now).await?, |going| going.tenant.clone()) {
            if Instant::now() >= until {
                break;
            }
            let noted = going.accounts.clone();
            let Some(held) = self.accounts.note_going(&going, noted, now + DELETION_CLAIM).await?.done() else {
                continue;
            };
            ran.worked_on += 1;
            match self.brand_goes(held, now, until).await {
                Ok(has_ended) => ran.ended += usize::from(has_ended),
                // Whoever comes when this claim is over tries again.
                Err(error) => tracing::error!(%error, brand.id = %going.brand, "a brand could not be deleted yet"),
            }
        }
        Ok(ran)
    }

    /// Answers whether that was the end. What is noted and refused is a twin's by now, which goes on from its own notes.
    async fn brand_goes(&self, going: GoingBrand, now: Timestamp, until: Instant) -> Result<bool, StoreError> {
        let age = now.duration_since(going.began_at);
        let mut pass = Pass::until(until, age);
        // First of all, so that nothing more is made with them.
        self.keys_of_brand_go(&going, now, &mut pass).await;
        // A request that knew the brand, or a key of it, may yet make something of it.
        let quiet_at = if pass.found > 0 { now } else { going.began_at } + REQUEST_TAKES;
        let untold = untold(age);
        let going = match self.tokens.brand_accounts_go(&self.counted, &self.posts, going, untold, until).await? {
            BrandAccounts::Gone(going) => going,
            BrandAccounts::OfAnother => return Ok(false),
            BrandAccounts::Left(going) => {
                // What there was no time for goes on in the next run; what failed waits. Where a note is refused, here and
                // below, a twin has the brand by now.
                let due_at = if Instant::now() >= until { now } else { now + DELETION_COMES_BACK };
                let due_at = if pass.found > 0 { due_at.max(quiet_at) } else { due_at };
                self.accounts.note_going(&going, going.accounts.clone(), due_at).await?.either_way();
                return Ok(false);
            }
        };
        let (tenant, brand) = (&going.tenant, &going.brand);
        // Where an account counts that nobody sees, one is joining: the next run finds it.
        self.accounts.forget_brand(tenant, brand).await?.either_way();
        self.invites_go(&going.reach(), &mut pass).await;
        self.endpoints_of_brand_go(&going, now, &mut pass).await?;
        if !pass.is_whole {
            self.accounts.note_going(&going, going.accounts.clone(), now + DELETION_COMES_BACK).await?.either_way();
            return Ok(false);
        }
        if now < quiet_at {
            self.accounts.note_going(&going, going.accounts.clone(), quiet_at).await?.either_way();
            return Ok(false);
        }
        if !self.media_of_brand_goes(&going, now, until).await? {
            return Ok(false);
        }
        let has_ended = self.accounts.end_going(&going).await?.is_done();
        if has_ended {
            tracing::info!(brand.id = %brand, tenant.id = %tenant, "a brand is deleted");
        }
        Ok(has_ended)
    }

    /// An endpoint that was told of this brand alone goes; one that was told of others, too, is told of those.
    async fn endpoints_of_brand_go(
        &self,
        going: &GoingBrand,
        now: Timestamp,
        pass: &mut Pass,
    ) -> Result<(), StoreError> {
        for webhook in self.webhooks.list(&Reach::whole(&going.tenant)).await? {
            if !webhook.brands.contains(&going.brand) {
                continue;
            }
            let brands: Vec<_> = webhook.brands.iter().filter(|brand| **brand != going.brand).cloned().collect();
            let written = if brands.is_empty() {
                self.webhooks.remove(&webhook, &view::changed(&webhook, EventType::WebhookDeleted, now)?).await?
            } else {
                let next =
                    WebhookRecord { version: webhook.version + 1, updated_at: now, ..webhook }.with_brands(brands, now);
                self.webhooks.replace(&next, false, &view::changed(&next, EventType::WebhookUpdated, now)?).await?
            };
            // Its owner changed it at this moment.
            pass.is_whole &= written.is_done();
        }
        Ok(())
    }
}

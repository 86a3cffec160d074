#![doc = include_str!("../README.md")]

mod accounts;
mod brand_keys;
mod brand_media;
mod brands;
mod media;
mod pass;
mod posts;
mod rest;

use std::time::Instant;

use jiff::Timestamp;
use slipway_domain::schedule::{self, DELETION_CLAIM, DELETION_COMES_BACK};
use slipway_media::{Bucket, MediaConfig};
use slipway_runtime::aws::SdkConfig;
use slipway_runtime::config;
use slipway_runtime::config::Name;
use slipway_store::StoreError;
use slipway_store::accounts::Accounts;
use slipway_store::events::Events;
use slipway_store::media::Media;
use slipway_store::posts::Posts;
use slipway_store::tenants::{DeletionRecord, Tenants};
use slipway_store::webhooks::Webhooks;
use slipway_tokens::{Tokens, TokensConfig};

use crate::pass::Pass;

/// How many posts, or media, are worked on at once.
const AT_ONCE: usize = 16;
/// How many of them, or of keys, are read at once.
const PAGE: usize = 100;

config! {
    /// What template.yaml tells this function.
    pub struct Config {
        /// The tenants table.
        pub tenants_table: Name = "TENANTS_TABLE",
        /// Accounts, their tokens, and TikTok.
        pub tokens: TokensConfig,
        /// The posts table.
        pub posts_table: Name = "POSTS_TABLE",
        /// The media table and bucket.
        pub media: MediaConfig,
        /// The webhooks table.
        pub webhooks_table: Name = "WEBHOOKS_TABLE",
    }
}

/// Everything a run needs. Built once a process.
#[derive(Debug, Clone)]
pub struct DeleteTenants {
    /// Tenants, their keys, and which of them are being deleted.
    pub tenants: Tenants,
    /// The connected accounts.
    pub accounts: Accounts,
    /// The same, counting those that leave a tenant who stays.
    pub counted: Accounts,
    /// Calls to TikTok.
    pub tokens: Tokens,
    /// The posts.
    pub posts: Posts,
    /// The media table.
    pub media: Media,
    /// The media bucket.
    pub bucket: Bucket,
    /// Endpoints and deliveries.
    pub webhooks: Webhooks,
    /// The log.
    pub events: Events,
}

/// What a run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ran {
    /// How many deletions it went on with.
    pub worked_on: usize,
    /// How many of these have come to their end.
    pub ended: usize,
}

impl DeleteTenants {
    /// Builds all clients. Calls nobody.
    pub fn new(aws: &SdkConfig, config: Config) -> Result<Self, slipway_tiktok::BuildError> {
        let dynamodb = slipway_store::client(aws);
        let events_table = config.tokens.events_table.clone();
        let events = Events::new(dynamodb.clone(), events_table.clone().into_string());
        let tokens = Tokens::wired(aws, &dynamodb, config.tokens)?;
        let plans = config.media.rules.plans;
        let (media, bucket) = config.media.wired(aws, &dynamodb, events_table);
        Ok(Self {
            // Whoever goes has no use for a count of its accounts.
            accounts: tokens.accounts().clone(),
            counted: tokens.accounts().clone().counted_in(config.tenants_table.clone().into_string()),
            tenants: Tenants::new(dynamodb.clone(), config.tenants_table.into_string())
                .recording(events.clone())
                .under(plans),
            tokens,
            posts: Posts::new(dynamodb.clone(), config.posts_table.into_string()).recording(events.clone()),
            media,
            bucket,
            webhooks: Webhooks::new(dynamodb, config.webhooks_table.into_string(), events.clone()),
            events,
        })
    }

    /// Goes on with every deletion that is due and that nobody else is at. Begins nothing after `until`.
    pub async fn run(&self, now: Timestamp, until: Instant) -> Result<Ran, StoreError> {
        // Behind the brands: those of a tenant who goes are then among what is left. Brands have half of the time: who
        // makes and deletes one after the other keeps nobody's deletion from its turn.
        let half = until.saturating_duration_since(Instant::now()) / 2;
        let mut ran = self.brands_go(now, Instant::now() + half).await?;
        for deletion in self.tenants.due_deletions(now).await? {
            if Instant::now() >= until {
                break;
            }
            // Of two runs one goes on. If it dies, the time that it has written is the net, and whatever it has deleted by
            // then was found now.
            let Some(held) = self.tenants.note_deletion(&deletion, now, now + DELETION_CLAIM).await?.done() else {
                continue;
            };
            ran.worked_on += 1;
            ran.ended += usize::from(self.go_on(&held, deletion.found_at, now, until).await?);
        }
        Ok(ran)
    }

    /// Answers whether that was the end. `found_at` is when something was found before this run.
    async fn go_on(
        &self,
        deletion: &DeletionRecord,
        found_at: Timestamp,
        now: Timestamp,
        until: Instant,
    ) -> Result<bool, StoreError> {
        let pass = self.pass(deletion, now, until).await;
        let tenant = &deletion.tenant;
        let Pass { found, waits, is_whole, .. } = pass;
        tracing::info!(tenant.id = %tenant, found, waits, is_whole, "went over what a tenant that goes has left");
        if is_whole && found == 0 && waits == 0 && now.duration_since(found_at) >= schedule::QUIET {
            let ended = self.rest(deletion, until).await? && self.tenants.end_deletion(deletion).await?.is_done();
            if ended {
                tracing::info!(tenant.id = %tenant, "a tenant is deleted");
                return Ok(true);
            }
        }
        let found_at = if found > 0 { now } else { found_at };
        // What there was no time for goes on in the next run.
        let due_at = if is_whole || found == 0 { now + DELETION_COMES_BACK } else { now };
        // Refused, it is a twin's by now, which notes what it finds.
        self.tenants.note_deletion(deletion, found_at, due_at).await?.either_way();
        Ok(false)
    }

    /// Goes over everything once. A step that fails keeps no other from its turn.
    async fn pass(&self, deletion: &DeletionRecord, now: Timestamp, until: Instant) -> Pass {
        let mut pass = Pass::until(until, now.duration_since(deletion.began_at));
        let spaces = deletion.tenant.spaces();
        for space in &spaces {
            pass.step("keys", self.tenants.erase_keys(space, until).await);
        }
        for space in spaces {
            self.endpoints_are_told_nothing(&space, &mut pass).await;
            self.accounts_are_closed(&space, &mut pass).await;
            self.posts_go(&space, &mut pass).await;
            self.media_goes(&space, now, &mut pass).await;
            // Behind the posts: what is on its way to TikTok needs its account until it has ended.
            self.accounts_go(&space, &mut pass).await;
            self.all_else_goes(&space, &mut pass).await;
        }
        pass
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_gives_what_is_read_and_nothing_else() {
        workbench::reads_what_it_is_given::<Config>("DeleteTenantsFunction");
    }
}

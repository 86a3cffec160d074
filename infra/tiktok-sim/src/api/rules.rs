//! Caps, audit and privacy: whether this creator may post through this app now, and like this.

use std::collections::BTreeSet;
use std::time::Duration;

use super::Caller;
use crate::answer::Refusal;
use crate::clock::Moment;
use crate::ledger::{Mode, PublishRecord};
use crate::user::{Privacy, User};
use crate::world::World;

const DAY: Duration = Duration::from_hours(24);
/// Users for whom an unaudited app may post in 24 hours.
const UNAUDITED_USER_CAP: usize = 5;
/// Drafts of the last 24 hours that the user has not posted.
const PENDING_DRAFT_CAP: usize = 5;

impl World {
    /// Bans, the app's cap of users, the creator's daily cap, in this order; creator info asks the same.
    pub(super) fn may_post_directly(&self, caller: &Caller, now: Moment) -> Result<(), Refusal> {
        let user = self.not_banned(caller)?;
        let recent: Vec<&PublishRecord> = self.recent(Mode::Direct, now).collect();
        let users: BTreeSet<&str> = recent.iter().map(|record| record.open_id.as_str()).collect();
        let is_new = !users.contains(caller.open_id.as_str());
        if is_new && !self.config.audited && users.len() >= UNAUDITED_USER_CAP {
            return Err(Refusal::ActiveUserCap);
        }
        let own = recent.iter().filter(|record| record.open_id == caller.open_id).count();
        let elsewhere = usize::try_from(user.posts_by_other_apps).unwrap_or(usize::MAX);
        if self.config.daily_post_cap.is_some_and(|cap| own.saturating_add(elsewhere) >= cap) {
            return Err(Refusal::TooManyPosts);
        }
        Ok(())
    }

    /// Bans, then drafts of the last day that still wait for the user.
    pub(super) fn may_send_draft(&self, caller: &Caller, now: Moment) -> Result<(), Refusal> {
        self.not_banned(caller)?;
        let waiting = |record: &&PublishRecord| record.open_id == caller.open_id && record.published_count == 0;
        if self.recent(Mode::Inbox, now).filter(waiting).count() >= PENDING_DRAFT_CAP {
            return Err(Refusal::TooManyPending);
        }
        Ok(())
    }

    /// The audit's rule, then the creator's options. A missing or unknown level is a mismatch too.
    pub(super) fn privacy(&self, caller: &Caller, level: Option<&str>) -> Result<Privacy, Refusal> {
        let user = self.user(&caller.open_id).ok_or(Refusal::AccessTokenInvalid)?;
        let level = level.and_then(Privacy::named);
        if !self.config.audited {
            if !user.private {
                return Err(Refusal::Unaudited);
            }
            if level != Some(Privacy::SelfOnly) {
                return Err(Refusal::Unaudited);
            }
        }
        level.filter(|level| user.privacy_options().contains(level)).ok_or(Refusal::PrivacyMismatch)
    }

    pub(super) fn not_banned(&self, caller: &Caller) -> Result<&User, Refusal> {
        let user = self.user(&caller.open_id).ok_or(Refusal::AccessTokenInvalid)?;
        if user.banned { Err(Refusal::Banned) } else { Ok(user) }
    }

    fn recent(&self, mode: Mode, now: Moment) -> impl Iterator<Item = &PublishRecord> {
        let records = self.publishes.iter().map(|publish| &publish.record);
        records.filter(move |record| record.mode == mode && now.since(record.created_at) < DAY)
    }
}

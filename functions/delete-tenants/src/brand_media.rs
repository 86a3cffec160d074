//! The media of a brand that goes: what is of this brand alone goes, and what is of several brands loses this one.

use std::time::Instant;

use futures_util::{StreamExt as _, stream};
use jiff::Timestamp;
use slipway_domain::lifetimes::POST_ON_ITS_WAY;
use slipway_domain::schedule::{DELETION_COMES_BACK, MEDIA_WALKED_AGAIN};
use slipway_domain::{BrandId, PostId, Reach, TargetState};
use slipway_media::{MediaError, remove, uses};
use slipway_store::accounts::{GoingBrand, MediaWalk};
use slipway_store::media::MediaRecord;
use slipway_store::posts::Waiting;
use slipway_store::{StoreError, Write};
use slipway_tokens::waiting::{self, End};

use crate::{AT_ONCE, DeleteTenants, PAGE};

/// How often media is tried that somebody else changes at the same moment.
const TRIES: u32 = 3;

/// What became of media.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Went {
    /// It is the brand's no more.
    Gone,
    /// A post that has not ended needs it, or others change it again and again.
    Left,
    /// The time is up.
    Later,
}

impl DeleteTenants {
    /// Walks over the tenant's media from where the last run has come to, and notes how far it comes. Answers whether the
    /// walk is over and no other one is due. A note that is refused is a twin's to make.
    ///
    /// What a post needs that has not ended is left, and checked again for a day, in which whatever was on its way to
    /// TikTok ends. What a post needs even then, such as one of another brand that waits for next month, stays as long
    /// as that needs it, and goes as any media does that no post needs any more.
    pub(crate) async fn media_of_brand_goes(
        &self,
        going: &GoingBrand,
        now: Timestamp,
        until: Instant,
    ) -> Result<bool, StoreError> {
        let mut walk = going.media.clone();
        while Instant::now() < until {
            let read = self.media.all_behind(&Reach::whole(&going.tenant), walk.behind.as_ref(), PAGE).await;
            let (page, more) = match read {
                Ok(read) => read,
                Err(error) => {
                    // Where a note is refused, here and below, a twin walks.
                    self.accounts.note_media_walk(going, &walk, now + DELETION_COMES_BACK).await?.either_way();
                    return Err(error);
                }
            };
            let last = page.last().map(|last| last.id.clone());
            let own = page.into_iter().filter(|media| is_of(media, &going.brand));
            let went = stream::iter(own).map(|media| self.media_leaves(media, &going.brand, now, until));
            let went: Vec<_> = went.buffer_unordered(AT_ONCE).collect().await;
            walk.has_left |= went.contains(&Went::Left);
            if went.contains(&Went::Later) {
                // The next run begins with this page.
                break;
            }
            walk.behind = last;
            if !more {
                let comes_again = walk.has_left && now.duration_since(going.began_at) < POST_ON_ITS_WAY;
                if comes_again {
                    self.accounts
                        .note_media_walk(going, &MediaWalk::default(), now + MEDIA_WALKED_AGAIN)
                        .await?
                        .either_way();
                }
                return Ok(!comes_again);
            }
        }
        self.accounts.note_media_walk(going, &walk, now).await?.either_way();
        Ok(false)
    }

    /// A failure is logged, and leaves the media to the next walk.
    async fn media_leaves(&self, media: MediaRecord, brand: &BrandId, now: Timestamp, until: Instant) -> Went {
        if Instant::now() >= until {
            return Went::Later;
        }
        let id = media.id.clone();
        self.media_leaves_brand(media, brand, now).await.unwrap_or_else(|error| {
            tracing::error!(%error, media.id = %id, "media of a brand could not be deleted; it is tried again");
            Went::Left
        })
    }

    /// Whatever it writes, it writes on the condition that the media is still as it was read: a post that takes it into
    /// use at this moment wins or finds it gone. Of media that is of no other brand the list of brands is never
    /// written, since without any it would be the whole tenant's: such media goes.
    async fn media_leaves_brand(
        &self,
        mut media: MediaRecord,
        brand: &BrandId,
        now: Timestamp,
    ) -> Result<Went, MediaError> {
        for _ in 0..TRIES {
            let met = if media.brands_without(brand).is_empty() {
                let needed_by = uses(&self.posts, &media).await?.needed_by;
                if !needed_by.is_empty() {
                    if self.drafts_fail(&media, &needed_by).await? {
                        continue;
                    }
                    return Ok(Went::Left);
                }
                match self.media.mark_deleting(&media, now).await? {
                    Write::Done(marked) => {
                        remove(&self.media, &self.bucket, &marked).await?;
                        return Ok(Went::Gone);
                    }
                    Write::Refused(met) => met,
                }
            } else {
                match self.media.leave_brand(&media, brand).await? {
                    Write::Done(_) => return Ok(Went::Gone),
                    Write::Refused(met) => met,
                }
            };
            let Some(now) = met.now().filter(|now| is_of(now, brand)) else { return Ok(Went::Gone) };
            media = now;
        }
        Ok(Went::Left)
    }
}

impl DeleteTenants {
    /// Fails what among these posts is a draft for an account that is gone: what was made while the accounts went, or
    /// before drafts were found by their account. Answers whether any did.
    async fn drafts_fail(&self, media: &MediaRecord, posts: &[PostId]) -> Result<bool, StoreError> {
        let mut have_failed = false;
        for post in posts {
            let Some(found) = self.posts.get(&Reach::whole(&media.tenant), post).await? else { continue };
            let drafts = found.targets.iter().filter(|target| matches!(target.state, TargetState::Draft));
            for account in drafts.map(|draft| &draft.account) {
                if self.accounts.get(&Reach::whole(&media.tenant), account).await?.is_none() {
                    let end = waiting::one(&self.posts, (&media.tenant, account), post, Waiting::AsDraft).await?;
                    have_failed |= end == End::Failed;
                }
            }
        }
        Ok(have_failed)
    }
}

/// Whether it is there, and of this brand.
fn is_of(media: &MediaRecord, brand: &BrandId) -> bool {
    media.is_there() && media.brands.contains(brand)
}

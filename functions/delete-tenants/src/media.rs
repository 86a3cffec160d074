//! The media: marked, then removed from the bucket, then forgotten, as whenever media is deleted.

use std::time::Instant;

use futures_util::{StreamExt as _, stream};
use jiff::Timestamp;
use slipway_domain::{Reach, TenantId};
use slipway_media::{MediaError, remove};
use slipway_store::Write;
use slipway_store::media::MediaRecord;

use crate::pass::Pass;
use crate::{AT_ONCE, DeleteTenants, PAGE};

impl DeleteTenants {
    /// What posts still send stays until they have ended. What is marked stays until no file can come any more: the sweep
    /// forgets it then.
    pub(crate) async fn media_goes(&self, space: &TenantId, now: Timestamp, pass: &mut Pass) {
        if !pass.knows_posts {
            pass.is_whole = false;
            return;
        }
        let mut after = None;
        while !pass.is_over() {
            let (page, more) = match self.media.all_behind(&Reach::whole(space), after.as_ref(), PAGE).await {
                Ok(page) => page,
                Err(error) => return pass.failed("media", &error),
            };
            after = page.last().map(|last| last.id.clone());
            let (there, marked): (Vec<_>, Vec<_>) = page.into_iter().partition(MediaRecord::is_there);
            let (sent, free): (Vec<_>, Vec<_>) =
                there.into_iter().partition(|media| pass.on_the_way.contains(&media.id));
            pass.waits += marked.len() + sent.len();
            pass.found += free.len();
            let until = pass.until;
            let gone = stream::iter(&free).map(|media| self.one_goes(media, now, until));
            let gone: Vec<_> = gone.buffer_unordered(AT_ONCE).collect().await;
            for gone in gone {
                match gone {
                    Ok(is_gone) => pass.is_whole &= is_gone,
                    Err(error) => pass.failed("media", &error),
                }
            }
            if !more {
                break;
            }
        }
        pass.step("counts of media", self.media.erase_rest(space, pass.until).await);
    }

    /// Answers whether it went: not if somebody else changed it at this moment.
    async fn one_goes(&self, media: &MediaRecord, now: Timestamp, until: Instant) -> Result<bool, MediaError> {
        if Instant::now() >= until {
            return Ok(false);
        }
        match self.media.mark_deleting(media, now).await? {
            Write::Done(marked) => remove(&self.media, &self.bucket, &marked).await.map(|()| true),
            Write::Refused(_) => Ok(false),
        }
    }
}

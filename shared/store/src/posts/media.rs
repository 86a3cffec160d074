//! Whether posts still need their media.

use jiff::Timestamp;
use slipway_domain::{MediaId, PostId, Reach, TenantId};

use super::Posts;
use crate::StoreError;

/// Whether a post still needs its media.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaNeed {
    /// It may yet send it.
    Needed,
    /// It has not needed it since then. If its caller has it tried again, that must take the media into use again.
    FreeSince(Timestamp),
    /// There is no such post, or it has nothing to do with this media.
    None,
}

impl Posts {
    /// Whether this post still needs this media, as of now.
    pub async fn media_need(&self, tenant: &TenantId, post: &PostId, media: &MediaId) -> Result<MediaNeed, StoreError> {
        let Some(found) = self.get(&Reach::whole(tenant), post).await? else { return Ok(MediaNeed::None) };
        let targets = found.targets.iter().filter(|target| target.uses(media));
        let mut need = MediaNeed::None;
        for target in targets {
            match (target.state.media_free_since(target.updated_at), need) {
                (None, _) => return Ok(MediaNeed::Needed),
                (Some(since), MediaNeed::FreeSince(other)) => need = MediaNeed::FreeSince(since.max(other)),
                (Some(since), _) => need = MediaNeed::FreeSince(since),
            }
        }
        Ok(need)
    }
}

//! Posts that wait for the media go on at once, and not at the sweep's next look.

use std::time::Duration;

use slipway_contract::queue::TransferMessage;
use slipway_store::media::MediaRecord;

use crate::{Importer, StepError};

impl Importer {
    /// Has the transfer worker look at every target of the posts that are made of this media. A message too many is
    /// harmless, and one that is lost is the sweep's.
    pub(crate) async fn wake(&self, media: &MediaRecord) -> Result<(), StepError> {
        for id in &media.posts {
            let Some(post) = self.posts.get(&media.tenant, id).await? else { continue };
            for target in post.targets.iter().filter(|target| target.media.awaited().is_some()) {
                let message = TransferMessage { target: target.target() };
                self.transfers.send(media.tenant.as_str(), &message, Duration::ZERO).await?;
            }
        }
        Ok(())
    }
}
